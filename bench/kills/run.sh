#!/usr/bin/env bash
# Kills a tiny run (hocon/kill.conf) at random moments, again and again, and compares every file of every step with those of
# a run never disturbed.   bench/kills/run.sh [KILLS=200] [SEED=1]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
kills="${1:-200}" RANDOM="${2:-1}"
runs="$(mktemp -d)"
trap 'rm -rf "$runs"' EXIT
# The program as it is now, whatever is edited or built meanwhile; started as ./fer starts it.
./fer --version >/dev/null
cp -a "$(readlink -f .fer/app)" "$runs/app"
cp hocon/kill.conf "$runs/kill.conf"
export OMP_WAIT_POLICY=passive DOTNET_TieredPGO=0
fer() { exec dotnet "$runs/app/fer.dll" "$@"; }
go() { (fer run "$runs/kill.conf" --runs "$runs" --run-id "$1") >/dev/null 2>"$runs/error"; }
# What a finished run keeps is what its steps made, under the hash of its content: hash it again, from outside the program.
result() { (cd "$runs/$1/artifacts" && find . -type f -exec sha256sum {} + | sort); }

began=$(date +%s%N); go whole; whole_ms=$((($(date +%s%N) - began) / 1000000))
result whole >"$runs/expected"
echo "undisturbed: $whole_ms ms, $(wc -l <"$runs/expected") files"
done_kills=0 chain=0 different=0
while [ "$done_kills" -lt "$kills" ]; do
  id="chain-$((chain += 1))"
  in_chain=0
  while [ "$done_kills" -lt "$kills" ]; do
    fer run "$runs/kill.conf" --runs "$runs" --run-id "$id" >/dev/null 2>&1 & pid=$!
    sleep "$(awk -v r=$RANDOM -v w=$whole_ms 'BEGIN { printf "%.3f", r / 32768 * w / 1000 }')"
    if kill -9 "$pid" 2>/dev/null; then
      wait "$pid" 2>/dev/null || true
      done_kills=$((done_kills + 1)) in_chain=$((in_chain + 1))
    else
      wait "$pid" || true
      break
    fi
  done
  go "$id" || { echo "$id did not end well: $(cat "$runs/error")"; different=$((different + 1)); continue; }
  if result "$id" | diff -q - "$runs/expected" >/dev/null; then verdict=same; else verdict=DIFFERENT; different=$((different + 1)); fi
  echo "$id: $in_chain kills, $verdict ($done_kills of $kills)"
  rm -rf "${runs:?}/$id"
done
echo "$done_kills kills in $chain runs: $different ended otherwise than the undisturbed run"
[ "$different" = 0 ]

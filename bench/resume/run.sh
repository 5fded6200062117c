#!/usr/bin/env bash
# Resume to the first training step, process start included: a run is killed with -9 in mid-training, after a checkpoint, and
# its folder is kept as it lies. Each trial puts that folder back and starts `./fer resume`. The time is from just before
# the process is started to the log's line that a training step which goes on from a checkpoint has done its first unit
# ("… moves: 401 of 1000 steps"). Files are in the system's cache.   bench/resume/run.sh [CONFIG=demo] [DATA=""] [TRIALS=10]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
config="${1:-demo}" data="${2:-}" trials="${3:-10}"
runs="$(mktemp -d)" pid=""
trap '[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || true; rm -rf "$runs"' EXIT
id=killed log="$runs/log"
./fer --version >/dev/null

# The log of the newest process, and a moment (ms since 1970) of its first line that matches.
newest() { ls -t "$runs/$id"/logs/fer-*.log 2>/dev/null | head -1; }
line() { local file; file="$(newest)"; [ -n "$file" ] && grep -m1 -E "$1" "$file"; }
wait_for() {
  for ((i = 0; i < $2 * 10; i++)); do
    line "$1" && return
    kill -0 "$pid" 2>/dev/null || { echo "the run ended before '$1': $(tail -3 "$log")" >&2; return 1; }
    sleep 0.1
  done
  echo "no '$1' in $2 s" >&2; return 1
}
murder() { kill -9 "$pid"; wait "$pid" 2>/dev/null || true; pid=""; }
start() { ./fer "$@" --runs "$runs" >"$log" 2>&1 & pid=$!; }

start run "$config" ${data:+--data "$data"} --run-id "$id" --set checkpoint-every=5s --set log.level=debug
wait_for ' is saved at ' 600 >"$runs/saved"
sleep 2
murder
saved="$(sed -E 's/.*\] ([^ ]+) is saved at ([0-9]+) of ([0-9]+).*/\1 at \2 of \3/' "$runs/saved")"
echo "killed in training: $saved was saved"
mv "$runs/$id" "$runs/kept"

for ((trial = 1; trial <= trials; trial++)); do
  rm -rf "${runs:?}/$id"; cp -a "$runs/kept" "$runs/$id"; rm -f "$runs/$id"/logs/*
  begin=$(date +%s%3N)
  start resume "$id"
  wait_for ' goes on from [0-9]+ ' 60 >"$runs/from"
  step="$(sed -E 's/.*\] ([^ ]+) goes on from .*/\1/' "$runs/from")"
  stamp="$(wait_for "\] $step moves: " 60 | cut -d' ' -f1-3)"
  murder
  ms=$(($(date -d "$stamp" +%s%3N) - begin))
  echo "$ms" >>"$runs/times"
  echo "trial $trial: $(awk "BEGIN { printf \"%.2f\", $ms / 1000 }") s ($step)"
done
# Median, and its 95 % interval by order statistics (distribution-free; for few trials the extremes).
sort -n "$runs/times" | awk '{ v[NR] = $1 / 1000 } END {
  low = int((NR - 1.96 * sqrt(NR)) / 2); if (low < 0) low = 0
  median = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
  printf "resume to the first training step: %.2f s (%.2f to %.2f, n = %d)\n", median, v[low + 1], v[NR - low], NR }'

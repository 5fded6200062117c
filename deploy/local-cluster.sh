#!/usr/bin/env bash
# Hosts on one machine, to see what hosts do: a PostgreSQL of its own, three hosts with two slots each, one small run handed to
# them while a host is killed, then the coordinator's, and both are started again. The run must complete with the very files of
# a run that nobody disturbed. Then a small sweep, and again two hosts are killed: every trial must complete.
# Takes some minutes, needs PostgreSQL's programs (apt-get install postgresql), cleans up, ends with 0.
# With OWN=1 each host has a store of its own, and the first that is killed loses its, as if its disk were gone.
#   [OWN=1] deploy/local-cluster.sh [FOLDER]     FOLDER keeps what was made; without it a temporary one that goes
set -euo pipefail
here="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
# The program as it was built here, or as it was published around this file.
if [ -f "$here/fer.sh" ]; then fer="$here/fer.sh"; else "$here/fer" --version >/dev/null; fer="$here/fer"; fi
say() { printf '%s %s\n' "$(date +%T)" "$*"; }
fail() { say "FAILED: $*" >&2; exit 1; }

keep="${1:-}"; at="${keep:-$(mktemp -d)}"; mkdir -p "$at"; at="$(cd "$at" && pwd)"
bin="$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1 || true)"
[ -n "$bin" ] || bin="$(dirname "$(command -v initdb || echo /missing/initdb)")"
[ -x "$bin/initdb" ] || { echo "local-cluster: PostgreSQL's initdb is neither on PATH nor below /usr/lib/postgresql: apt-get install postgresql" >&2; exit 69; }
declare -A pids
cleanup() {
  local code=$?
  # What is gone already must not end the cleaning.
  set +e
  for pid in "${pids[@]:-}"; do [ -n "$pid" ] && kill -9 "$pid" 2>/dev/null; done
  as_postgres "$bin/pg_ctl" -D "$at/pg/data" -m immediate stop >/dev/null 2>&1
  [ -n "$keep" ] || rm -rf "$at"
  exit "$code"
}
trap cleanup EXIT
# PostgreSQL refuses to run as root.
as_postgres() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi; }

say "PostgreSQL in $at/pg"
mkdir -p "$at/pg"; [ "$(id -u)" != 0 ] || { chmod 711 "$at"; chown postgres "$at/pg"; }
port=$((20000 + RANDOM % 20000))
(cd "$at/pg" && as_postgres "$bin/initdb" -D data -U fer -A trust --no-locale -E UTF8 >/dev/null && as_postgres "$bin/pg_ctl" -D data -w -l log -o "-p $port -h 127.0.0.1 -k $at/pg" start >/dev/null)
export FER_JOURNAL_CONNECTION_STRING="Host=127.0.0.1;Port=$port;Username=fer;Database=postgres"
cat >"$at/cluster.conf" <<CONF
fer {
  journal { provider = postgres }
  cluster { store = "$at/store"$([ -z "${OWN:-}" ] || echo ', artifacts = own') }
}
CONF

host() { # NAME: starts it in a session of its own, so that a kill takes nothing else along
  # Nobody's child: who ends is gone, and the shell has nothing to say about it.
  local own=(); [ -z "${OWN:-}" ] || own=(--set "cluster.store=$at/store-$1")
  pids[$1]="$(setsid "$fer" host "$at/cluster.conf" --runs "$at/runs" --set "cluster.name=$1" --set 'devices=[cpu:0,cpu:1]' "${own[@]}" >>"$at/$1.txt" 2>&1 & echo $!)"
}
to_hosts() { printf '%s\n' --set journal.provider=postgres --set "cluster.store=$at/store" ${OWN:+--set cluster.artifacts=own}; }
lose_disk() { [ -z "${OWN:-}" ] || { say "its disk is lost, too"; rm -rf "$at/store-$1"; }; }
run() { printf '%s\n' --runs "$at/runs" --set loop.rounds="${rounds:-2}"; }
wait_for() { # PATTERN FILE…: until a line says so
  local pattern="$1"; shift
  for _ in $(seq 600); do grep -qs -- "$pattern" "$@" && return 0; sleep 0.2; done
  fail "nobody said '$pattern' in $*"
}

say "a run that nobody disturbs"
"$fer" run kill $(run) --run-id calm >"$at/calm.txt" 2>&1 || fail "the calm run: $(tail -3 "$at/calm.txt")"

say "three hosts"
for name in a b c; do host "$name"; done
for name in a b c; do wait_for "is there with" "$at/$name.txt"; done
wait_for " coordinates" "$at"/?.txt

say "the same run is handed to them"
"$fer" submit kill $(run) --run-id shared --wait $(to_hosts) >"$at/submit.txt" 2>&1 &
submit=$!
wait_for "has done" "$at"/?.txt
lead="$(basename "$(grep -l " coordinates" "$at"/?.txt | tail -1)" .txt)"
other="$(for name in a b c; do [ "$name" = "$lead" ] || echo "$name"; done | head -1)"
say "host $other is killed";             kill -9 -- "-${pids[$other]}"; lose_disk "$other"
wait_for "takes gan/round-1" "$at"/?.txt
say "host $lead, which coordinates, is killed"; kill -9 -- "-${pids[$lead]}"
sleep 1; host "$other"; host "$lead"
say "both are started again"
wait "$submit" || fail "the run did not complete: $(tail -5 "$at/submit.txt")"

say "complete; the files of both runs"
"$fer" hosts "$at/cluster.conf"
(cd "$at" && "$fer" export calm --runs runs --to calm-files >/dev/null 2>&1 && "$fer" export shared --runs runs --to shared-files >/dev/null 2>&1) || fail "export"
diff -rq -x settings.conf -x README.md -x tensorboard -x figures.csv "$at/calm-files" "$at/shared-files" || fail "the runs differ"

say "a sweep of eight trials is handed to them"
"$fer" sweep submit sweep-demo --sweep-id search --runs "$at/runs" --wait $(to_hosts) >"$at/sweep.txt" 2>&1 &
sweep=$!
wait_for "is completed" "$at/sweep.txt"
lead="$(basename "$(ls -t "$(dirname "$at/a.txt")"/?.txt | xargs grep -l " coordinates" | head -1)" .txt)"
other="$(for name in a b c; do [ "$name" = "$lead" ] || echo "$name"; done | tail -1)"
say "hosts $lead and $other are killed"; kill -9 -- "-${pids[$lead]}" "-${pids[$other]}"
host "$other"; host "$lead"
wait "$sweep" || fail "the sweep did not complete: $(tail -5 "$at/sweep.txt")"
"$fer" sweep status search --runs "$at/runs"
[ "$("$fer" sweep status search --runs "$at/runs" --json | grep -c '"state": "completed"')" = 8 ] || fail "not every trial completed"
for name in "${!pids[@]}"; do kill -TERM "${pids[$name]}" 2>/dev/null || true; done
for name in "${!pids[@]}"; do while kill -0 "${pids[$name]}" 2>/dev/null; do sleep 0.2; done; done
say "equal, bit for bit; a host and the coordinator were killed, and nobody helped"

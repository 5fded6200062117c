#!/usr/bin/env bash
# What a kill -9 costs three hosts with one slot each, on a PostgreSQL of their own. A step trains again when its row says a
# position past the one that it went on from (a host says so once a second: up to a second late). A new step has started when it is
# open in its slot: that of a paused run, resumed in the moment of the kill. Nothing else is there to do for the slots.
# Each kill waits until the step has saved something since the last: a step whose workers die again and again without getting on is
# waited with, longer each time, and in the end paused. With "own" no host shares a folder with another.
#   bench/cluster/run.sh [TRIALS=10] [shared|own]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
trials="${1:-10}" stores="${2:-shared}" dir="$(mktemp -d)" bin="$(compgen -G '/usr/lib/postgresql/*/bin' | tail -1 || true)"
[ -n "$bin" ] || { echo "bench/cluster: PostgreSQL is missing (apt-get install postgresql)" >&2; exit 69; }
./fer --version >/dev/null
app="$(readlink -f .fer/app)"
declare -A pid=()
trap 'for p in "${pid[@]}"; do kill -9 "$p" 2>/dev/null || true; done; as "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$dir"' EXIT

as() { if [ "$(id -u)" = 0 ]; then (cd / && setpriv --reuid=postgres --regid=postgres --clear-groups "$@"); else "$@"; fi; }
port=$((20000 + RANDOM % 20000))
mkdir "$dir/socket"; chmod 755 "$dir"; [ "$(id -u)" != 0 ] || chown postgres "$dir" "$dir/socket"
as "$bin/initdb" -D "$dir/data" -U fer -A trust -E UTF8 --no-locale --no-sync >/dev/null
as "$bin/pg_ctl" -D "$dir/data" -w -l "$dir/log" -o "-p $port -h 127.0.0.1 -k $dir/socket" start >/dev/null
sql() { "$bin/psql" -h 127.0.0.1 -p "$port" -U fer -d postgres -qtAc "$1"; }

export OMP_WAIT_POLICY=passive DOTNET_TieredPGO=0 DOTNET_GCgen0size=1000000 FER_JOURNAL_CONNECTION_STRING="Host=127.0.0.1;Port=$port;Username=fer;Database=postgres;Timeout=5"
sets=(--runs "$dir/runs" --set journal.provider=postgres --set cluster.artifacts="$stores" --set workers=process --set 'devices=[cpu:0]')
store() { echo "$dir/store$([ "$stores" = shared ] || echo "-$1")"; }
host() { dotnet "$app/fer.dll" host "${sets[@]}" --set cluster.store="$(store "$1")" --set cluster.name="$1" >>"$dir/$1.log" 2>&1 & pid[$1]=$!; disown; }
# A step that trains for days, saved every second or so.
submit() { dotnet "$app/fer.dll" submit hocon/kill.conf "${sets[@]}" --set cluster.store="$(store desk)" --run-id "$1" --set loop.seed="$2" --set loop.arms=main --set gan.steps-per-round=10000000 --set checkpoint-steps=0 --set checkpoint-every=1s >/dev/null; }
until_sql() { for ((i = 0; i < 6000; i++)); do [ "$(sql "select coalesce(($1), false)")" = t ] && return; sleep 0.02; done; echo "bench/cluster: waited in vain for: $1" >&2; tail -n 5 "$dir"/*.log >&2; return 1; }

row() { echo "fer.step join fer.want using (hash) where run = '$1' and kind like 'gan%' and state = 'Running'"; }
trains() { until_sql "select token > ${2:-0} and began is not null and position > began and checkpoints <> '[]' and until > clock_timestamp() from $(row "$1")"; }
saved() { until_sql "select began is not null and checkpoints <> '[]' and (checkpoints::json->-1->>'Position')::bigint > began and until > clock_timestamp() from $(row "$1")"; }
all_there() { until_sql "select count(*) = 3 from fer.host where seen > clock_timestamp() - interval '2 seconds'"; }
owner() { sql "select host from $(row "$1")"; }
token() { sql "select token from $(row "$1")"; }
seat() { sql "select split_part(holder, '/', 1) from fer.lease where name = 'coordinator'"; }
alone() { trains "$1"; until_sql "select count(*) = 1 from fer.step join fer.want using (hash) where run = '$1' and state <> 'Done'"; }
wish() { sql "update fer.run set wish = '$2' where id = '$1'"; }
now() { date +%s%N; }

worker_killed() { local o t; o="$(owner main)" t="$(token main)"; began=$(now); pkill -9 -P "${pid[$o]}"; trains main "$t"; }
host_killed() { local o t; o="$(owner main)" t="$(token main)"; began=$(now); kill -9 "${pid[$o]}"; trains main "$t"; again="$o"; }
coordinator_killed() {
  local s o t; s="$(seat)" o="$(owner main)" t="$(token main)"
  began=$(now); kill -9 "${pid[$s]}"; wish probe resume; until_sql "select began is not null from $(row probe)"; again="$s"
  [ "$s" = "$o" ] || [ "$(token main)" = "$t" ] || disturbed=$((disturbed + 1))
}
measure() { # WHAT FUNCTION BAR
  rm -f "$dir/times"
  for ((n = 0; n < trials; n++)); do
    all_there; saved main; again=""
    "$2"
    echo $((($(now) - began) / 1000000)) >>"$dir/times"
    if [ "$2" = coordinator_killed ]; then trains probe; wish probe pause; until_sql "select status = 'paused' and wish = '' from fer.run where id = 'probe'"; fi
    [ -z "$again" ] || host "$again"
  done
  sort -n "$dir/times" | awk -v what="$1" -v bar="$3" '{ v[NR] = $1 / 1000 } END {
    median = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
    printf "%-64s median %.1f s, min %.1f, max %.1f (n = %d); bar %d s\n", what, median, v[1], v[NR], NR, bar }'
}

echo "$stores; load $(cut -d' ' -f1-3 /proc/loadavg) on $(nproc) processors"
for h in a b c; do host $h; done
submit probe 2; alone probe; wish probe pause
submit main 3; alone main
until_sql "select status = 'paused' from fer.run where id = 'probe'"
disturbed=0
measure "worker killed -> its step trains again" worker_killed 5
measure "host killed -> its step trains again" host_killed 10
measure "coordinator's host killed -> a new step starts" coordinator_killed 8
echo "steps of other hosts that a coordinator's end disturbed: $disturbed"

#!/usr/bin/env bash
# Sweeps on a PostgreSQL of their own: trials of nothing by the thousand, and sweeps whose hosts are killed at random.
#   bench/sweeps/run.sh trials [N=10000] [PARALLEL=100]    trials a second on three hosts, memory, how fast the state is read;
#                                                          then the page of that sweep and fer sweep status, five starts each
#   bench/sweeps/run.sh kills [TRIALS=1200] [TABLE]        sweeps of 100 tiny trials; a line a sweep is added until the table holds so many
#   bench/sweeps/run.sh rows [SECONDS=60]                  what 1,000 devices with steps of so many seconds would ask of the database
#   bench/sweeps/run.sh optuna [STUDIES=3] [TABLE]         the same with Debian's python3-optuna (apt-get install python3-optuna python3-psycopg2)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
dir="$(mktemp -d)" bin="$(compgen -G '/usr/lib/postgresql/*/bin' | tail -1 || true)"
[ -n "$bin" ] || { echo "bench/sweeps: PostgreSQL is missing (apt-get install postgresql)" >&2; exit 69; }
as() { if [ "$(id -u)" = 0 ]; then (cd / && setpriv --reuid=postgres --regid=postgres --clear-groups "$@"); else "$@"; fi; }
trap 'pkill -9 -P $$ || true; as "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$dir"' EXIT
port=$((20000 + RANDOM % 20000))
mkdir "$dir/socket"; chmod 755 "$dir"; [ "$(id -u)" != 0 ] || chown postgres "$dir" "$dir/socket"
as "$bin/initdb" -D "$dir/data" -U fer -A trust -E UTF8 --no-locale --no-sync >/dev/null
as "$bin/pg_ctl" -D "$dir/data" -w -l "$dir/log" -o "-p $port -h 127.0.0.1 -k $dir/socket" start >/dev/null
export OMP_WAIT_POLICY=passive DOTNET_TieredPGO=0 FER_JOURNAL_CONNECTION_STRING="Host=127.0.0.1;Port=$port;Username=fer;Database=postgres"
echo "load $(cut -d' ' -f1-3 /proc/loadavg) on $(nproc) processors"
bench() { dotnet run --project bench/Fer.Bench -c Release -- "$@"; }
sql() { "$bin/psql" -h 127.0.0.1 -p "$port" -U fer -d postgres -qtAc "$1"; }
seconds() { local began; began=$(date +%s%N); "$@" >/dev/null; awk -v ns=$(($(date +%s%N) - began)) 'BEGIN { printf "%.2f", ns / 1e9 }'; }
# What was computed is over: a host of the program as users run it shows it. The page has ten seconds to read ahead.
looks() {
  ./fer --version >/dev/null
  local app id; app="$(readlink -f .fer/app)"; id="$(sql 'select id from fer.sweep limit 1')"
  mkdir "$dir/shown"; sql 'select id from fer.store' >"$dir/shown/store.id"
  echo 'fer { journal { provider = postgres } }' >"$dir/hosts.conf"
  for ((n = 0; n < 5; n++)); do
    dotnet "$app/fer.dll" host "$dir/hosts.conf" --runs "$dir/runs" --http :0 --set cluster.store="$dir/shown" --set 'devices=[cpu:0]' >"$dir/host.log" 2>&1 &
    local host=$! url=""
    until url="$(grep -oE 'http://[^ ]+' "$dir/host.log")"; do sleep 0.1; done
    sleep 10
    echo "page of the sweep: first look $(seconds curl -sf "$url/sweeps/$id") s, again $(seconds curl -sf "$url/sweeps/$id") s, sorted and filtered $(seconds curl -sf "$url/sweeps/$id?sort=value&q=completed&page=3") s; fer sweep status $(seconds dotnet "$app/fer.dll" sweep status "$id" --config "$dir/hosts.conf" --runs "$dir/runs") s, of which any command $(seconds dotnet "$app/fer.dll" --version) s; load $(cut -d' ' -f1 /proc/loadavg)"
    kill "$host"; wait "$host" || true
  done
}
case "${1:-}" in
  trials) bench trials "${2:-10000}" "${3:-100}"; looks ;;
  kills) bench sweep-kills "${3:-bench/sweeps/kills.tsv}" "${2:-1200}" ;;
  rows) bench rows "${2:-60}" ;;
  optuna) /usr/bin/python3 bench/sweeps/optuna_kills.py "postgresql+psycopg2://fer@127.0.0.1:$port/postgres" "${3:-bench/sweeps/optuna.tsv}" "${2:-3}" ;;
  *) echo "bench/sweeps: expected trials, kills, rows or optuna" >&2; exit 64 ;;
esac

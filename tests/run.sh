#!/usr/bin/env bash
# Builds and runs every test project; adds up what they say. Called by ./build.sh test, which restores before.
#   tests/run.sh [PROJECT …]     e.g. Fer.Models.Tests
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
say() { printf '%s\n' "$*" >&2; }

# Servers and tools that some tests want: installed where we are root, else named.
left_out=""
want() { # COMMAND PACKAGE WHAT
  [ -n "$(compgen -G "$1" || command -v "$1" || true)" ] && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "Installing $2 for the tests …"
    { [ -n "${apt_updated:-}" ] || apt-get update -qq; } >/dev/null 2>&1; apt_updated=1
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >/dev/null 2>&1 && return
  fi
  left_out="$left_out
  without $2: $3 (apt-get install $2)"
}
want '/usr/lib/postgresql/*/bin/postgres' postgresql "the journal's tests on PostgreSQL"
want strace strace "kills at chosen system calls"
want '/usr/lib/*/faketime/libfaketimeMT.so.1' faketime "a host whose clock is wrong"
want ip iproute2 "hosts on a network that is cut"
want chromium chromium "the web page in a browser"
export PATH="$PATH:$(compgen -G '/usr/lib/postgresql/*/bin' | tail -1)"

say "Building …"
dotnet build Fer.Actors.sln --no-restore -v quiet --nologo >&2 || { echo "0 passed, 1 failed"; exit 1; }

# Processes of tests start the program some thousand times, as users have it: compiled ahead of time.
(cd src/Fer.Host/bin/Debug/net10.0 && ls -- *.dll) | xargs deploy/ahead/compile.sh tests/Fer.Process.Tests/bin/Debug/net10.0

projects=("$@"); [ $# -gt 0 ] || projects=(Fer.Models.Tests Fer.Actors.Tests Fer.Host.Tests Fer.Page.Tests Fer.Process.Tests)
passed=0 failed=0 skipped=0
for project in "${projects[@]}"; do
  say "$project …"
  log="$(mktemp)"
  "tests/$project/bin/Debug/net10.0/$project" -noColor 2>&1 | tee "$log" | grep -vE '^ *(Discover|Starting|Finished|===)|^xUnit' >&2
  code=${PIPESTATUS[0]}
  line="$(grep -E 'Total: [0-9]+, Errors' "$log" | tail -1)"
  number() { sed -nE "s/.*$1: ([0-9]+).*/\1/p" <<<"$line"; }
  if [ -z "$line" ]; then
    failed=$((failed + 1)); say "$project ended with code $code and no summary."
  else
    bad=$(($(number Failed) + $(number Errors))); skip=$(($(number Skipped) + $(number 'Not Run')))
    passed=$((passed + $(number Total) - bad - skip)); failed=$((failed + bad)); skipped=$((skipped + skip))
    [ "$code" = 0 ] || [ "$bad" -gt 0 ] || failed=$((failed + 1))
  fi
  rm -f "$log"
done
[ "$skipped" -eq 0 ] || say "$skipped skipped; their lines above say why."
[ -z "$left_out" ] || say "Left out on this machine:$left_out"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

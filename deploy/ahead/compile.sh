#!/usr/bin/env bash
# Adds native code to the assemblies of a built program (ReadyToRun), so that commands, hosts and workers start in about half the time.
# What `dotnet publish -p:PublishReadyToRun=true` does, without its copies of libtorch and its own restore. The code is the same by
# its module id, and whatever cannot be compiled is left as it was: nothing but time depends on it.
#   compile.sh DIR [NAME.dll …]     in DIR, all or those named
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)" to="$(cd "$1" && pwd)"; shift
say() { printf '%s\n' "$*" >&2; }
skip() { say "Not compiled ahead of time, so it starts more slowly: $*."; exit 0; }

[ "$(uname -s)" = Linux ] || skip "that is done on Linux alone"
dotnet restore "$here/Crossgen.csproj" -v quiet >/dev/null 2>&1 || skip "the package Microsoft.NETCore.App.Crossgen2 could not be fetched"
found="$(dotnet msbuild "$here/Crossgen.csproj" -nologo -getProperty:CrossgenAndFrameworks)" || skip "$found"
IFS='|' read -r crossgen shared version <<<"$found"
[ -x "$crossgen/crossgen2" ] || skip "$crossgen/crossgen2 is missing"
case "$(uname -m)" in x86_64) arch=x64 ;; aarch64) arch=arm64 ;; *) skip "of $(uname -m) nothing is known here" ;; esac
work="$(mktemp -d)"; trap 'rm -rf "$work"' EXIT
printf '%s\n' -O --targetos:linux "--targetarch:$arch" --parallelism:1 >"$work/options"
# Native code stays good when the runtime is updated within its version, so any that is installed does.
for framework in Microsoft.NETCore.App Microsoft.AspNetCore.App; do
  [ -d "$shared/$framework/$version" ] || version="$(ls "$shared/$framework" | grep "^${version%%.*}\." | sort -V | tail -1 || true)"
  [ -n "$version" ] && [ -d "$shared/$framework/$version" ] || skip "$shared/$framework has no runtime of that version"
  printf -- '-r:%s\n' "$shared/$framework/$version/*.dll" >>"$work/options"
done
printf -- '-r:%s\n' "$to/*.dll" >>"$work/options"

# Packages do not change: what was made of them once is kept, by their content.
cache="$here/../../.fer/ahead"
mkdir -p "$cache" 2>/dev/null && [ -w "$cache" ] || skip "nothing may be written in $cache"
find "$cache" -type f -mtime +14 -delete 2>/dev/null || true
sum() { sha256sum <"$1" | cut -d' ' -f1; }
one() { # NAME
  local dll="$to/$1" of made
  of="$(sum "$dll")" made="$cache/$of-$version.dll"
  # It has been compiled already.
  [ ! -f "$cache/$of" ] || return 0
  if [ -s "$made" ]; then
    cp "$made" "$work/$1"
    touch -c "$made" || true
  else
    "$crossgen/crossgen2" "$(readlink -f "$dll")" -o "$work/$1" "@$work/options" >"$work/$1.log" 2>&1 || return 0
    # Whole or not at all, whoever else builds now.
    touch "$cache/$(sum "$work/$1")" && cp "$work/$1" "$made.$$" && mv "$made.$$" "$made" || true
  fi
  # With its own time: publishing anew goes by that. Never a link: whoever writes over it would write into what is kept.
  touch -r "$dll" "$work/$1"
  cp -p "$work/$1" "$dll.new"
  mv "$dll.new" "$dll"
}
export -f sum one
export to cache version crossgen work

say "Compiling it ahead of time; the first time that takes about a minute …"
# LanguageExt.Core is left as it is: its generic types multiply, so it takes ten minutes and five gigabytes, and hardly any of it is called.
{ [ $# -gt 0 ] && printf '%s\n' "$@" || (cd "$to" && ls -- *.dll); } | grep -vx LanguageExt.Core.dll | tr '\n' '\0' | xargs -0 -P "$(nproc)" -n 1 bash -euc 'one "$1"' one

#!/usr/bin/env bash
# Builds, tests and publishes Fer.Actors on a machine with the .NET 10 SDK. Needs no root.
#   ./build.sh            build everything (Debug)
#   ./build.sh app        build what ./fer runs (Release, compiled ahead of time), into .fer/app
#   ./build.sh test       build and run every test; last line: N passed, N failed
#   ./build.sh publish [DIR]   a folder that runs on hosts with the .NET runtime and no SDK (default out/publish)
#   ./build.sh bench NAME …    run a benchmark of bench/ (bench cluster [N]: what kills of hosts cost)
#   ./build.sh clean
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
# Read when OpenMP's library loads: threads that wait must not spin beside those that compute.
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"

say() { printf '%s\n' "$*" >&2; }

need_sdk() {
  command -v dotnet >/dev/null || { say "build.sh: the .NET 10 SDK is missing: dotnet is not on PATH."; exit 69; }
  case "$(dotnet --version 2>/dev/null || true)" in
    10.*|[1-9][1-9].*) ;;
    *) say "build.sh: dotnet --version says '$(dotnet --version 2>&1 | head -1)'; expected 10 or newer."; exit 69 ;;
  esac
}

# cuda where there is a driver and the feed has the package; the choice is remembered until the driver comes or goes.
choose_torch() {
  if [ -n "${FerTorch:-}" ]; then export FerTorch; return; fi
  local driver=no chosen why
  { [ -e /proc/driver/nvidia/version ] || nvidia-smi -L >/dev/null 2>&1; } && driver=yes
  mkdir -p .fer
  if [ -f .fer/torch ] && read -r chosen was <.fer/torch && [ "$was" = "$driver" ]; then
    export FerTorch="$chosen"; return
  fi
  if [ "$driver" = no ]; then
    chosen=cpu why="no NVIDIA driver is here"
  elif dotnet restore src/Fer.Models -p:FerTorch=cuda -v quiet >/dev/null 2>&1; then
    chosen=cuda why="an NVIDIA driver is here and the feed has TorchSharp-cuda-linux"
  else
    chosen=cpu why="an NVIDIA driver is here, but the feed has no TorchSharp-cuda-linux"
  fi
  printf '%s %s\n' "$chosen" "$driver" >.fer/torch
  say "Torch: $chosen, because $why (FerTorch=cpu|cuda overrides)."
  export FerTorch="$chosen"
}

restore() {
  local cache="${NUGET_PACKAGES:-$HOME/.nuget/packages}"
  if [ ! -d "$cache/torchsharp" ]; then
    say "First restore: about 1.4 GB of packages (libtorch alone 0.6 GB). Progress:"
    ( while sleep 5; do say "  $(du -sm "$cache" 2>/dev/null | cut -f1 || echo 0) MB so far"; done ) & local meter=$!
    trap 'kill $meter 2>/dev/null || true' EXIT
    dotnet restore Fer.Actors.sln -v minimal >&2 || { kill $meter; exit 1; }
    kill $meter 2>/dev/null || true
    trap - EXIT
  else
    dotnet restore Fer.Actors.sln -v quiet >&2
  fi
}

rid() { case "$(uname -s)-$(uname -m)" in Linux-x86_64) echo linux-x64 ;; Linux-aarch64) echo linux-arm64 ;; Darwin-arm64) echo osx-arm64 ;; *) echo "" ;; esac; }

# Each build goes into a folder of its own, and .fer/app points to the newest: a run that is under way keeps the program it
# was started with.
app() {
  say "Building what ./fer runs …"
  mkdir -p .fer
  local to=".fer/app-$(date +%s)"
  dotnet build src/Fer.Host -c Release --no-restore -v quiet --nologo >&2
  local bin=src/Fer.Host/bin/Release/net10.0 link
  cp -a "$bin" "$to"
  # Links into the package cache may stay; those to our own assemblies would change under a running program.
  for link in "$to"/Fer.*; do cp --remove-destination -L "$bin/$(basename "$link")" "$link"; done
  deploy/ahead/compile.sh "$to"
  touch "$to/built"
  [ -L .fer/app ] || rm -rf .fer/app
  ln -sfn "$(basename "$to")" .fer/app
  local old
  for old in .fer/app-*; do
    [ "$old" = "$to" ] || grep -qs "$PWD/$old/" /proc/[0-9]*/maps || rm -rf "$old"
  done
}

case "${1:-build}" in
  build) need_sdk; choose_torch; restore; dotnet build Fer.Actors.sln --no-restore -v quiet --nologo ;;
  app) need_sdk; choose_torch; restore; app ;;
  test) shift; need_sdk; choose_torch; restore; exec tests/run.sh "$@" ;;
  publish)
    need_sdk; choose_torch
    to="${2:-out/publish}"
    dotnet publish src/Fer.Host -c Release -r "$(rid)" --no-self-contained -p:CreateSymbolicLinksForCopyLocalIfPossible=false -o "$to" -v quiet --nologo
    deploy/ahead/compile.sh "$to"
    cp deploy/fer "$to/fer.sh"; chmod +x "$to/fer.sh"
    say "$to: copy it to a host with the ASP.NET Core 10 runtime and start fer.sh there." ;;
  bench) shift; need_sdk; choose_torch; restore; app; name="${1:?which one: kills, resume, cluster, overhead, load, memory, headroom, classifier, baseline, quality or pytorch?}"; shift
    [ -x "bench/$name/run.sh" ] && exec "bench/$name/run.sh" "$@"
    exec dotnet run --project bench/Fer.Bench -c Release -- "$name" "$@" ;;
  clean) rm -rf .fer out; find . -type d \( -name bin -o -name obj \) -not -path './.git/*' -prune -exec rm -rf {} + ;;
  *) say "build.sh: '$1' is no task: expected build, app, test, publish, bench or clean."; exit 64 ;;
esac

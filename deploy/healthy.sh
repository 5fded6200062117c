#!/usr/bin/env bash
# Ends with 0 while the database hears this host: what a container's health check asks.
#   healthy.sh CONFIG [NAME]     NAME: the host's, where it is not the machine's
set -euo pipefail
here="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)"
# Two lines for each slot: the host's name, then its state; silent is the third there is.
"${FER:-$here/fer.sh}" hosts "$1" --json | grep -F -A1 "\"host\": \"${2:-$(uname -n)}\"" | grep -qE '"state": "(there|draining)"'

#!/usr/bin/env bash
# Certificates for hosts that meet over a network: an authority of a lab's own, and for each host a PFX file with its key that the
# authority signed, good for server and client. Run again it keeps the authority and the password, and makes the named hosts' anew.
#   deploy/make-certificates.sh FOLDER NAME[=ADDRESS,ADDRESS…] …     e.g. secrets gpu7=10.0.0.7 gpu8=10.0.0.8
# FOLDER then holds ca.pem (each host needs it), ca.key (nobody else may have it), NAME.pfx, and tls.env with FER_CLUSTER_TLS_PASSWORD.
# Whoever has a file NAME.pfx and the password is a host.
set -euo pipefail
[ $# -ge 2 ] || { sed -n 's/^#   /usage: /p' "$0" >&2; exit 64; }
command -v openssl >/dev/null || { echo "make-certificates: openssl is missing: apt-get install openssl" >&2; exit 69; }
at="$1"; shift
# The folder keeps strangers out; the files in it can be read, because a container's user has another number than ours.
mkdir -p -m 700 "$at"; chmod 700 "$at"; cd "$at"
umask 022
days=825

curve() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; chmod 600 "$1"; }

if [ ! -f ca.pem ]; then
  curve ca.key
  openssl req -x509 -new -key ca.key -sha256 -days 3650 -subj "/CN=Fer lab authority" \
    -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign" -out ca.pem
fi
[ -f tls.env ] || printf 'FER_CLUSTER_TLS_PASSWORD=%s\n' "$(openssl rand -hex 24)" >tls.env
# Read from the file by openssl itself: an argument could be seen in the list of processes.
password="$(mktemp)"; sed -n 's/^FER_CLUSTER_TLS_PASSWORD=//p' tls.env >"$password"
work="$(mktemp -d)"; trap 'rm -rf "$work" "$password"' EXIT

for host in "$@"; do
  name="${host%%=*}"; addresses="${host#"$name"}"; addresses="${addresses#=}"
  names="DNS:$name"
  for address in ${addresses//,/ }; do
    case "$address" in *[!0-9.]*) [[ "$address" == *:* ]] && names="$names,IP:$address" || names="$names,DNS:$address" ;; *) names="$names,IP:$address" ;; esac
  done
  curve "$work/key"
  openssl req -new -key "$work/key" -subj "/CN=$name" -out "$work/request"
  printf '%s\n' "basicConstraints=critical,CA:FALSE" "keyUsage=critical,digitalSignature" "extendedKeyUsage=serverAuth,clientAuth" "subjectAltName=$names" >"$work/extensions"
  openssl x509 -req -in "$work/request" -CA ca.pem -CAkey ca.key -set_serial "0x$(openssl rand -hex 16)" -sha256 -days "$days" -extfile "$work/extensions" -out "$work/certificate" 2>/dev/null
  openssl pkcs12 -export -inkey "$work/key" -in "$work/certificate" -name "$name" -passout "file:$password" -out "$work/pfx"
  install -m 644 "$work/pfx" "$name.pfx"
  echo "$at/$name.pfx for $names, $days days"
done

#!/usr/bin/env bash
# Rollcall beside masscan, zmap, nmap, fping and a connect script, on the same fleets in labs on this
# machine; writes docs/benchmarks.md and a plot. See --help.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

die() { echo "compare: $*" >&2; exit 3; }

python=/usr/bin/python3
[[ -x $python ]] || python=python3
for argument; do
  [[ $argument != -h && $argument != --help ]] || exec "$python" -B "$here/compare/main.py" --help
done
((EUID == 0)) || die "the labs need root; try: sudo $0 $*"
for binary in rollcall bench/rate_responder; do
  [[ -x $here/../build/release/cli/$binary ]] ||
    die "build first: cmake --preset release && ninja -C build/release"
done

# What is on PATH is used, so a newer zmap or nmap is; only what is missing comes from Debian.
missing=()
for tool in masscan zmap nmap fping; do
  PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null || missing+=("$tool")
done
command -v gnuplot >/dev/null || missing+=(gnuplot-nox)
if ((${#missing[@]})); then
  echo "compare: installing ${missing[*]}" >&2
  apt-get -qq update
  DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends "${missing[@]}" \
    >/dev/null
fi
exec "$python" -B "$here/compare/main.py" "$@"

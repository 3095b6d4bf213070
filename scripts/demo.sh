#!/usr/bin/env bash
# The first minute: builds Rollcall, raises a small hosting network inside this machine, breaks one
# server the way nobody notices, and lets `rollcall sweep` find exactly the addresses that are dead.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$here")
exec </dev/null

case ${1:-} in
  '') ;;
  -h | --help)
    echo "Usage: demo.sh    (as root: it makes network namespaces, with no route out of them)"
    exit 0
    ;;
  *) echo "demo: unknown argument '$1'" >&2; exit 3 ;;
esac
((EUID == 0)) || { echo "demo: must be root (network namespaces); try: sudo $0" >&2; exit 3; }

export ROLLCALL_LAB=${ROLLCALL_LAB_PREFIX:-demo}-$$
work=$(mktemp -d)
clean_up() {
  "$here/lab.sh" down
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

step() { printf '\n== %s\n' "$*"; }
die() { printf 'demo: %s\n' "$*" >&2; exit 1; }
quietly() { "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; die "failed: $*"; }; }
# On a terminal, ninja shows on one line how far it is.
with_progress() { if [[ -t 1 ]]; then "$@" || die "failed: $*"; else quietly "$@"; fi; }
monitor() { "$here/lab.sh" exec monitor timeout 60 "$@"; }

# sweep EXIT: shows the result and insists on the exit code.
sweep() {
  local code=0
  printf '$ rollcall sweep -i fleet.csv\n'
  monitor "$top/build/release/cli/rollcall" sweep -i "$fleet" >"$work/result" || code=$?
  cat "$work/result"
  printf '(exit code %d)\n' "$code"
  ((code == $1)) || die "the sweep was to end with exit code $1"
}

step "Installing the packages that are missing, and building (some minutes on two cores the first time)"
"$here/setup.sh" --demo
cd "$top"
[[ -e build/release/build.ninja ]] || quietly cmake --preset release -DROLLCALL_TESTS=OFF
with_progress cmake --build --preset release --target rollcall

step "Raising a network of its own: a monitor, a router, and web01 to web03 with 254 addresses each"
fleet=$("$here/lab.sh" up story --servers 3 --aliases 254)
cat "$fleet"

step "All is well: every address answers"
sweep 0

step "web02 is rebooted; its ipaliases script stops after 200 of 254 addresses, without a word"
"$here/lab.sh" break web02 --after 200

step "Ordinary monitoring stays green, for the server itself answers"
monitor bash -c '</dev/tcp/198.19.0.2/80' && echo "web02 (198.19.0.2) port 80: open"

step "Rollcall asks every address, from outside, and twice before it calls one dead"
sweep 2
grep -q '198\.18\.2\.201-198\.18\.2\.254' "$work/result" ||
  die "the missing range is not in the result"

step "Found: exactly the 54 addresses that did not come up. The network is taken down again"

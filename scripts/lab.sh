#!/usr/bin/env bash
# Network-namespace labs with real kernels on both ends and no route out of them.
set -euo pipefail

lab_home=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/lab
# shellcheck source=lab/state.sh
source "$lab_home/state.sh"
# shellcheck source=lab/story.sh
source "$lab_home/story.sh"
# shellcheck source=lab/scale.sh
source "$lab_home/scale.sh"
# shellcheck source=lab/rate.sh
source "$lab_home/rate.sh"
# shellcheck source=lab/mixed.sh
source "$lab_home/mixed.sh"
# shellcheck source=lab/loss.sh
source "$lab_home/loss.sh"

usage() {
  cat <<'HELP'
Usage: lab.sh [--name LAB] COMMAND ...        (as root)

  up story [--servers N] [--aliases M]
                            monitor - router - bridge - N servers web01.. (default 3), each with M
                            aliases (default 254): web07 hosts 198.18.7.1-198.18.7.M, all with a
                            listener on port 80
  up scale [--prefix CIDR]  monitor - target; the target's kernel owns the whole prefix (default
                            10.0.0.0/12: 1,048,576 addresses) and 2001:db8:42::/64; port 80 listens
  up rate [--prefix CIDR] [--silent SHARE]
                            monitor - target, as scale; a BPF program answers SYNs to every address
                            but a SHARE of them (0 to 1; default 0), listed in unbound.txt beside
                            the inventory. `exec target build/release/cli/bench/rate_responder counts eth0` reads its
                            counters. Needs the build.
  up mixed                  a monitor with two gateways, gw1 and gw2, and on-link neighbours in near
                            (each `up` prints the path of the lab's inventory)
  exec NAMESPACE COMMAND... runs in monitor, router, web07, target, gw1 ...
  down                      removes the lab and the processes it started; fine when there is none
  list                      the labs that are up

 Story lab:
  break SERVER --after K    "reboot": the aliases are gone, ipaliases stops silently after K
  break SERVER --flush      "reboot": the aliases are gone, ipaliases has not run yet
  break SERVER --service    only the listener is stopped
  break SERVER --off        the whole server is gone (its link is down)
  heal [SERVER...]          link, aliases and listener are back (default: of every server)

 Scale lab:
  break --unbind N [--seed S] [--within CIDR] [--unreachable]
                            N random addresses stop answering: silently, or with ICMP host
                            unreachable; prints the path of their sorted list
  heal                      every address is bound again

 Story and scale:
  loss PERCENT              drops that share of the packets, each way; 0 ends it

  --name LAB   lower-case letters, digits and dashes; default: $ROLLCALL_LAB, else "rc".
               Several labs can be up at once.
HELP
}

cmd_up() {
  local kind=${1:-}
  case $kind in
    story | scale | rate | mixed) ;;
    *) die "up: which lab? story, scale, rate or mixed (see lab.sh --help)" ;;
  esac
  shift
  "parse_$kind" "$@"
  claim_state "$kind"
  # A half-built lab is worse than none: until the last line, every way out takes it down again.
  trap 'trap - EXIT; remove_lab; say "up $kind failed: lab $lab was removed again"; exit 1' EXIT
  trap 'exit 130' INT TERM
  "raise_$kind"
  trap - EXIT INT TERM
  echo "$state/fleet.csv"
}

cmd_list() {
  local dir
  for dir in "$state_root"/*/; do
    [[ -r $dir/kind ]] || continue
    printf '%s\t%s\t%s\n' "$(basename "$dir")" "$(<"$dir/kind")" "${dir}fleet.csv"
  done
}

cmd_exec() {
  (($# >= 2)) || die "exec: give a namespace and a command"
  local space=$1
  shift
  require_lab
  require_namespace "$space"
  exec ip netns exec "$(netns "$space")" "$@"
}

main() {
  lab=${ROLLCALL_LAB:-rc}
  while (($#)); do
    case $1 in
      --name) (($# >= 2)) || die "--name: give a name"; lab=$2; shift 2 ;;
      --name=*) lab=${1#--name=}; shift ;;
      -h | --help) usage; return ;;
      *) break ;;
    esac
  done
  (($#)) || { usage >&2; exit 3; }
  local command=$1 argument
  shift
  if [[ $command != exec ]]; then
    for argument; do
      [[ $argument == -h || $argument == --help ]] && { usage; return; }
    done
  fi
  [[ $lab =~ ^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$ ]] ||
    die "lab name '$lab': at most 32 lower-case letters, digits and dashes inside"
  state=$state_root/$lab
  [[ $EUID -eq 0 ]] || die "must be root (network namespaces); try: sudo $0 ..."
  case $command in
    up) cmd_up "$@" ;;
    down) (($# == 0)) || die "down takes no argument"; remove_lab ;;
    list) cmd_list ;;
    exec) cmd_exec "$@" ;;
    loss) require_lab; set_loss "$@" ;;
    break | heal) require_lab; "${command}_$(<"$state/kind")" "$@" ;;
    *) die "unknown command '$command' (see lab.sh --help)" ;;
  esac
}

main "$@"

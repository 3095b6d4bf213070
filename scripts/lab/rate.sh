# The rate lab: a far end without a stack, for pure rate. Sourced by lab.sh.
# shellcheck shell=bash
#
#   monitor eth0 ------------------ eth0 target: a BPF program answers SYNs to the whole prefix
#   198.19.255.1 (route to PREFIX)  198.19.255.2

responder=${ROLLCALL_RESPONDER:-$lab_home/../../build/release/cli/bench/rate_responder}

parse_rate() {
  prefix=10.0.0.0/12
  silent=0
  while (($#)); do
    case $1 in
      --prefix) prefix=$(value_of "$@"); shift 2 ;;
      --silent) silent=$(value_of "$@"); shift 2 ;;
      *) die "up rate: unknown option '$1'" ;;
    esac
  done
  [[ -x $responder ]] ||
    die "no $responder: build it (ninja -C build/release rate_responder), or set ROLLCALL_RESPONDER"
  "$python" "$lab_home/pick.py" check "$prefix" || exit 3
}

raise_rate() {
  add_netns monitor
  add_netns target
  add_veth monitor eth0 target eth0
  ip -n "$(netns monitor)" -batch - <<-BATCH
	addr add 198.19.255.1/30 dev eth0
	route add $prefix via 198.19.255.2
	BATCH
  ip -n "$(netns target)" addr add 198.19.255.2/30 dev eth0
  "$responder" silent "$prefix" --silent "$silent" >"$state/unbound.txt"
  in_netns target "$responder" attach eth0 "$prefix" --silent "$silent"
  printf 'address,ports\n%s,80\n' "$prefix" >"$state/fleet.csv"
}

break_rate() { die "break: a rate lab is broken from the start, by up rate --silent SHARE"; }
heal_rate() { die "heal: a rate lab has nothing to heal"; }

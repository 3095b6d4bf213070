# The mixed lab: two gateways and on-link neighbours behind one monitor. Sourced by lab.sh.
# shellcheck shell=bash
#
#   monitor eth0 --- eth0 gw1                  owns 10.1.0.0/24
#   198.19.1.1       198.19.1.2
#           eth1 --- br0 switch --- eth0 gw2   owns 10.2.0.0/24
#   198.19.2.1              |       198.19.2.2
#                           +------ eth0 near  owns 198.19.2.128/25: on-link, found by ARP

parse_mixed() { (($# == 0)) || die "up mixed: takes no options"; }

raise_mixed() {
  local space
  for space in monitor switch gw1 gw2 near; do add_netns "$space"; done
  add_veth monitor eth0 gw1 eth0
  for space in monitor gw2 near; do
    add_veth "$space" "$([[ $space == monitor ]] && echo eth1 || echo eth0)" switch "$space"
  done
  ip -n "$(netns switch)" link add br0 type bridge
  for space in monitor gw2 near; do ip -n "$(netns switch)" link set "$space" master br0; done
  ip -n "$(netns switch)" link set br0 up
  ip -n "$(netns monitor)" -batch - <<-BATCH
	addr add 198.19.1.1/24 dev eth0
	addr add 198.19.2.1/24 dev eth1
	route add 10.1.0.0/24 via 198.19.1.2
	route add 10.2.0.0/24 via 198.19.2.2
	BATCH
  owner gw1 198.19.1.2/24 10.1.0.0/24
  owner gw2 198.19.2.2/24 10.2.0.0/24
  owner near 198.19.2.3/24 198.19.2.128/25
  cat >"$state/fleet.csv" <<-FLEET
	address,ports,group
	10.1.0.0/24,80,gw1
	10.2.0.0/24,80,gw2
	198.19.2.129-198.19.2.254,80,near
	FLEET
}

owner() {
  ip -n "$(netns "$1")" addr add "$2" dev eth0
  ip -n "$(netns "$1")" route add local "$3" dev lo
  start_listener "$1"
}

break_mixed() { die "a mixed lab has no break; use exec"; }
heal_mixed() { break_mixed; }

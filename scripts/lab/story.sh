# The story lab: a router in front of real servers whose aliases a script adds. Sourced by lab.sh.
# shellcheck shell=bash
#
#   monitor eth0 --- up0 router br0 --+-- eth0 web01   198.19.0.1 and the aliases 198.18.1.1-254
#   198.19.255.1     198.19.255.2     +-- eth0 web02   198.19.0.2 and the aliases 198.18.2.1-254
#                    198.19.127.254   ...
#
# The router holds 198.18.0.0/16 on its bridge and asks by ARP for each address, as a hosting router
# does: nobody answers for an unbound one, and the router says "host unreachable".

parse_story() {
  servers=3 aliases=254
  while (($#)); do
    case $1 in
      --servers) servers=$(value_of "$@"); shift 2 ;;
      --aliases) aliases=$(value_of "$@"); shift 2 ;;
      *) die "up story: unknown option '$1'" ;;
    esac
  done
  count --servers "$servers" 1 250
  count --aliases "$aliases" 1 254
  servers=$((10#$servers)) aliases=$((10#$aliases))
  local limit needed=$((servers * (aliases + 1) + 64))
  limit=$(</proc/sys/net/ipv4/neigh/default/gc_thresh3)
  # The kernel has one neighbour table for all namespaces, and only the host may size it.
  ((needed <= limit)) || die "up story: $servers servers x $aliases aliases need" \
    "$needed neighbour entries, this host allows $limit. Fewer, or:" \
    "sysctl -w net.ipv4.neigh.default.gc_thresh3=$needed"
}

server_name() { printf 'web%02d' "$1"; }

raise_story() {
  add_netns monitor
  add_netns router
  add_veth monitor eth0 router up0
  ip -n "$(netns monitor)" -batch - <<-BATCH
	addr add 198.19.255.1/30 dev eth0
	route add default via 198.19.255.2
	BATCH
  ip -n "$(netns router)" -batch - <<-BATCH
	addr add 198.19.255.2/30 dev up0
	link add br0 type bridge
	addr add 198.19.127.254/17 dev br0
	link set br0 up
	route add 198.18.0.0/16 dev br0
	BATCH
  in_netns router sysctl -q -w net.ipv4.ip_forward=1
  echo address,ports,group >"$state/fleet.csv"
  mkdir "$state/ips"
  local number
  for ((number = 1; number <= servers; number++)); do add_server "$number"; done
}

add_server() {
  local number=$1 name host
  name=$(server_name "$number")
  echo "198.18.$number.1-198.18.$number.$aliases,80,$name" >>"$state/fleet.csv"
  for ((host = 1; host <= aliases; host++)); do
    echo "198.18.$number.$host:255.255.255.0:198.18.$number.255"
  done >"$state/ips/$name"
  add_netns "$name"
  add_veth "$name" eth0 router "$name"
  ip -n "$(netns router)" link set "$name" master br0
  ip -n "$(netns "$name")" -batch - <<-BATCH
	addr add 198.19.0.$number/17 dev eth0
	route add default via 198.19.127.254
	BATCH
  run_ipaliases "$name"
  start_listener "$name"
}

run_ipaliases() {
  IPALIASES_STOP_AFTER=${2:-} in_netns "$1" "$lab_home/ipaliases" "$state/ips/$1" eth0
}

flush_aliases() { ip -n "$(netns "$1")" addr flush dev eth0 to 198.18.0.0/16; }

require_server() {
  require_namespace "$1"
  [[ -e $state/ips/$1 ]] || die "'$1' is not a server of lab $lab"
}

break_story() {
  (($# >= 2)) || die "break: give a server and one of --after K, --flush, --service, --off"
  local server=$1 how=$2
  require_server "$server"
  case $how in
    --after)
      (($# == 3)) || die "break --after: give the number of aliases that still come up"
      count --after "$3" 0 254
      flush_aliases "$server"
      run_ipaliases "$server" "$((10#$3))"
      ;;
    --flush) flush_aliases "$server" ;;
    --service) stop_listener "$server" ;;
    # At the switch, so that the server keeps its own configuration.
    --off) ip -n "$(netns router)" link set "$server" down ;;
    *) die "break: unknown way '$how'" ;;
  esac
}

heal_story() {
  local server
  if (($# == 0)); then
    set -- "$state"/ips/*
    set -- "${@##*/}"
  fi
  for server; do
    require_server "$server"
    ip -n "$(netns router)" link set "$server" up
    run_ipaliases "$server"
    [[ -e $state/pids/$server ]] || start_listener "$server"
  done
}

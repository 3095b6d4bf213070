# The scale lab: one kernel that owns a million addresses. Sourced by lab.sh.
# shellcheck shell=bash
#
#   monitor eth0 ------------------ eth0 target, `ip route add local PREFIX dev lo`
#   198.19.255.1 (route to PREFIX)  198.19.255.2, one listener on port 80 of everything

parse_scale() {
  prefix=10.0.0.0/12
  while (($#)); do
    case $1 in
      --prefix) prefix=$(value_of "$@"); shift 2 ;;
      *) die "up scale: unknown option '$1'" ;;
    esac
  done
  "$python" "$lab_home/pick.py" check "$prefix" || exit 3
}

raise_scale() {
  add_netns monitor
  add_netns target
  add_veth monitor eth0 target eth0
  # ip_forward: without it the kernel sends no ICMP for an `unreachable` route.
  in_netns target sysctl -q -w net.ipv4.ip_forward=1 net.core.somaxconn=65535 \
    net.ipv4.tcp_max_syn_backlog=65535
  ip -n "$(netns monitor)" -batch - <<-BATCH
	addr add 198.19.255.1/30 dev eth0
	addr add 2001:db8:ffff::1/126 dev eth0 nodad
	route add $prefix via 198.19.255.2
	route add 2001:db8:42::/64 via 2001:db8:ffff::2
	BATCH
  ip -n "$(netns target)" -batch - <<-BATCH
	addr add 198.19.255.2/30 dev eth0
	addr add 2001:db8:ffff::2/126 dev eth0 nodad
	route add local $prefix dev lo
	route add local 2001:db8:42::/64 dev lo
	BATCH
  start_listener target
  echo "$prefix" >"$state/prefix"
  # No group: the default, one for each /24, is what a fleet looks like to the limit per group.
  printf 'address,ports\n%s,80\n' "$prefix" >"$state/fleet.csv"
}

break_scale() {
  local unbind='' seed=1 within way=blackhole
  within=$(<"$state/prefix")
  while (($#)); do
    case $1 in
      --unbind) unbind=$(value_of "$@"); shift 2 ;;
      --seed) seed=$(value_of "$@"); shift 2 ;;
      --within) within=$(value_of "$@"); shift 2 ;;
      --unreachable) way=unreachable; shift ;;
      *) die "break: unknown option '$1' (a scale lab breaks with --unbind N)" ;;
    esac
  done
  count --unbind "${unbind:-none}" 1 1048576
  count --seed "$seed" 0 999999999
  [[ ! -e $state/unbound.txt ]] || die "break: addresses are unbound already; heal first"
  "$python" "$lab_home/pick.py" pick "$(<"$state/prefix")" --within "$within" --count "$unbind" \
    --seed "$seed" >"$state/picked.txt" || { rm -f "$state/picked.txt"; exit 3; }
  mv "$state/picked.txt" "$state/unbound.txt"
  echo "$way" >"$state/way"
  sed "s/.*/route add $way & table local/" "$state/unbound.txt" | ip -n "$(netns target)" -batch -
  echo "$state/unbound.txt"
}

heal_scale() {
  (($# == 0)) || die "heal: a scale lab has no servers to name"
  [[ -e $state/unbound.txt ]] || return 0
  local space way
  space=$(netns target) way=$(<"$state/way")
  # -force: a `break` that was interrupted half-way has added only some of them.
  sed "s/.*/route del $way & table local/" "$state/unbound.txt" |
    ip -n "$space" -force -batch - 2>/dev/null || true
  ! ip -n "$space" route show table local type "$way" | grep -q . ||
    die "heal: some routes are left"
  rm -f "$state/unbound.txt" "$state/way"
}

# Random packet loss in the middle of a lab. Sourced by lab.sh.
# By nftables, since not every kernel has netem.
# shellcheck shell=bash

set_loss() {
  (($# == 1)) && [[ $1 =~ ^([0-9]{1,3})(\.([0-9]{1,2}))?$ ]] ||
    die "loss: give percent, such as 2 or 0.5"
  local hundredths=${BASH_REMATCH[3]:-0} per_myriad middle=target
  ((${#hundredths} == 2)) || hundredths+=0
  per_myriad=$((10#${BASH_REMATCH[1]} * 100 + 10#$hundredths))
  ((per_myriad <= 10000)) || die "loss: at most 100 percent"
  case $(<"$state/kind") in
    story) middle=router ;;
    mixed) die "loss: a mixed lab has no single middle" ;;
    rate) die "loss: the far end of a rate lab answers before any filter" ;;
  esac

  in_netns "$middle" nft -f - <<-RULES
	add table inet rollcall_loss
	delete table inet rollcall_loss
	RULES
  ((per_myriad > 0)) || return 0
  local drop="numgen random mod 10000 < $per_myriad counter drop"
  ((per_myriad < 10000)) || drop="counter drop"
  # A packet passes exactly one of these hooks once, whichever way it goes; ARP stays out of it.
  if [[ $middle == router ]]; then
    in_netns router nft -f - <<-RULES
	table inet rollcall_loss {
	  chain forward { type filter hook forward priority 0; $drop; }
	}
	RULES
  else
    in_netns target nft -f - <<-RULES
	table inet rollcall_loss {
	  chain inward { type filter hook prerouting priority -300; iifname eth0 ip version 4 $drop; }
	  chain outward { type filter hook postrouting priority 300; oifname eth0 ip version 4 $drop; }
	}
	RULES
  fi
}

# Names, recorded state and processes of a lab. Sourced by lab.sh, which sets $lab and $state.
# Everything that a lab makes is written down here before it is made: `down` removes exactly that.
# shellcheck shell=bash

state_root=/run/rollcall-lab
# A shim in front of the interpreter would start slowly, once for each server.
python=/usr/bin/python3
[[ -x $python ]] || python=python3

say() { printf 'lab: %s\n' "$*" >&2; }
die() { say "$*"; exit 3; }

netns() { printf '%s.%s' "$lab" "$1"; }
in_netns() { local space; space=$(netns "$1"); shift; ip netns exec "$space" "$@"; }

# count NAME VALUE LOW HIGH: a whole number inside its limits, else an error that names them.
count() {
  [[ $2 =~ ^[0-9]{1,9}$ ]] && ((10#$2 >= $3 && 10#$2 <= $4)) ||
    die "$1 '$2': a number from $3 to $4"
}

value_of() { (($# >= 2)) || die "$1: give a value"; printf '%s' "$2"; }

require_lab() { [[ -r $state/kind ]] || die "lab $lab is not up (lab.sh up story|scale|rate|mixed)"; }

require_namespace() {
  grep -qxF -- "$1" "$state/namespaces" ||
    die "lab $lab has no namespace '$1'; it has: $(paste -sd' ' "$state/namespaces")"
}

claim_state() {
  mkdir -p "$state_root"
  mkdir "$state" 2>/dev/null ||
    die "lab $lab is up already ($state); lab.sh --name $lab down removes it"
  mkdir "$state/pids"
  : >"$state/namespaces"
  echo "$1" >"$state/kind"
}

# Fails, and records nothing, if somebody else owns a namespace of that name.
add_netns() {
  local space
  space=$(netns "$1")
  if [[ -e /run/netns/$space ]]; then
    say "a namespace $space exists already and is not ours"
    return 1
  fi
  echo "$1" >>"$state/namespaces"
  ip netns add "$space"
  in_netns "$1" sysctl -q -w net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
  ip -n "$space" link set lo up
}

# add_veth A IF_A B IF_B: a cable between two namespaces, both ends up.
add_veth() {
  local a b
  a=$(netns "$1") b=$(netns "$3")
  ip link add "$2" netns "$a" type veth peer name "$4" netns "$b"
  ip -n "$a" link set "$2" up
  ip -n "$b" link set "$4" up
}

start_listener() {
  local pid_file=$state/pids/$1
  [[ ! -e $pid_file ]] || stop_listener "$1"
  # It returns once it listens, so nobody has to wait for it.
  in_netns "$1" "$python" "$lab_home/listener.py" --port 80 --pid-file "$pid_file"
}

start_time() {
  local stat
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  read -ra stat <<<"${stat##*) }"
  # A zombie has ended; its parent may reap it seconds later.
  [[ ${stat[0]} != Z ]] || return 1
  # Field 22 of proc(5), the 20th after the name.
  echo "${stat[19]}"
}

still_ours() { [[ $(start_time "$1") == "$2" ]]; }

# A pid is reused by others sooner or later: only the process that we started is stopped.
stop_listener() {
  local pid_file=$state/pids/$1 pid started
  read -r pid started <"$pid_file" 2>/dev/null || { rm -f "$pid_file"; return 0; }
  if still_ours "$pid" "$started"; then
    kill -KILL "$pid" 2>/dev/null || true
    local turn
    for ((turn = 0; turn < 250; turn++)); do
      still_ours "$pid" "$started" || break
      sleep 0.02
    done
  fi
  rm -f "$pid_file"
}

remove_lab() {
  [[ -d $state ]] || return 0
  local pid_file space
  for pid_file in "$state"/pids/*; do
    [[ ! -e $pid_file ]] || stop_listener "$(basename "$pid_file")"
  done
  # `up` may have been killed at any line, so any of these files may be missing.
  while read -r space; do
    [[ ! -e /run/netns/$(netns "$space") ]] || ip netns del "$(netns "$space")" || true
  done < <(cat "$state/namespaces" 2>/dev/null)
  rm -rf "$state"
  rmdir "$state_root" 2>/dev/null || true
}

# bash completion for rollcall(1)
_rollcall() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
  local sending='--rate --group-rate --interface --source --lane --seed'
  local fleet='-i --inventory -p --ports --expect --exclude --notes'
  local result='--format -o --output --quiet --help'
  case $previous in
    -i | --inventory | -o | --output | --notes | --into)
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
    --lane) mapfile -t COMPREPLY < <(compgen -W 'auto io_uring sendmmsg ip' -- "$current"); return ;;
    --expect) mapfile -t COMPREPLY < <(compgen -W 'open bound' -- "$current"); return ;;
    --format) mapfile -t COMPREPLY < <(compgen -W 'text json ndjson csv' -- "$current"); return ;;
    --from) mapfile -t COMPREPLY < <(compgen -W 'ip-addr etc-ips file-sd csv' -- "$current"); return ;;
    --interface)
      mapfile -t COMPREPLY < <(compgen -W "$(ls /sys/class/net 2>/dev/null)" -- "$current")
      return
      ;;
  esac
  local words=
  if ((COMP_CWORD == 1)); then
    words='sweep verify inventory doctor --help --version'
  else
    case $command in
      sweep) words="$fleet $sending $result --group --attempts --no-recheck --all --dry-run" ;;
      verify) words="$fleet $sending $result --wait --stable --by --note" ;;
      inventory) words='check show import diff --help' ;;
      doctor) words="$fleet --rate --interface --source --lane --format --help" ;;
    esac
  fi
  if [[ $current == -* || $COMP_CWORD -eq 1 || $command == inventory && $COMP_CWORD -eq 2 ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}
complete -F _rollcall rollcall

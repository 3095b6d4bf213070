# bash completion for rollcall(1)

# _rollcall_words COMMAND...: the options of that command, or its commands and options.
_rollcall_words() {
  local fleet='-i --inventory -p --ports --expect --exclude --allow --notes'
  local sending='--rate --group-rate --interface --source --capture-ring --lane --seed'
  local canaries='--canary --canary-closed --canary-unused'
  local result='--format -o --output --quiet'
  local client='--url --ca-file --token-file --format'
  case $* in
    '')
      echo 'sweep verify inventory doctor bench check-config watch status incidents silence note' \
        'alert --version'
      ;;
    sweep) echo "$fleet $canaries $sending $result --group --attempts --no-recheck --all --dry-run" ;;
    verify) echo "$fleet $canaries $sending $result --wait --stable --by --note --watch --token-file --ca-file" ;;
    doctor) echo "$fleet $sending $result" ;;
    bench) echo "$fleet $sending $result --seconds" ;;
    watch) echo '--config' ;;
    status) echo "$client" ;;
    incidents) echo "$client --since" ;;
    silence) echo 'add list end' ;;
    'silence add') echo "$client --group --label --for --after --by --reason" ;;
    'silence list') echo "$client" ;;
    'silence end') echo "$client" ;;
    note) echo "$client --by" ;;
    alert) echo 'test' ;;
    'alert test') echo "$client" ;;
    inventory) echo 'import check show diff' ;;
    'inventory import')
      echo '--from --group --interface --main --group-label --exclude -p --ports --expect' \
        '--parent --note --into --allow-shrink --dry-run'
      ;;
    'inventory check') echo '-p --ports --notes' ;;
    'inventory show') echo '-p --ports --notes --format --all' ;;
    'inventory diff') echo '-p --ports --format --all' ;;
  esac
  echo '-h --help'
}

_rollcall_files() {
  # A folder is gone on with, and a blank within a name is quoted.
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

_rollcall() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local command=("${COMP_WORDS[@]:1:1}") words=
  case ${command[0]} in
    inventory | silence | alert) command=("${COMP_WORDS[@]:1:2}") ;;
  esac
  # What is still being typed names no command yet.
  if ((COMP_CWORD <= ${#command[@]})); then command=("${COMP_WORDS[@]:1:COMP_CWORD-1}"); fi
  case $previous in
    -i | --inventory | -o | --output | --notes | --into | --config | --token-file | --ca-file)
      _rollcall_files "$current"
      return
      ;;
    --rate) words=auto ;;
    --lane) words='auto io_uring sendmmsg ip' ;;
    --expect) words='open bound' ;;
    --format)
      words='text json'
      if [[ ${command[0]} == sweep ]]; then words+=' ndjson csv'; fi
      ;;
    --from) words='ip-addr etc-ips file-sd csv' ;;
    --interface) words=$(ls /sys/class/net 2>/dev/null) ;;
    *)
      words=$(_rollcall_words "${command[@]}")
      # Where no command is due, options must be begun: what else is wanted is seldom a file.
      if [[ $current != -* ]]; then
        case ${command[*]} in
          '' | inventory | silence | alert) ;;
          check-config | inventory\ *)
            _rollcall_files "$current"
            return
            ;;
          bench) words='send loop recheck all' ;;
          *) words= ;;
        esac
      fi
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _rollcall rollcall

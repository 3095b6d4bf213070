#!/usr/bin/env bash
# Everything that must hold before a change lands: builds, unit tests, labs, sanitizers, fuzz smoke.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/.."
exec </dev/null

usage() {
  cat <<'HELP'
Usage: test.sh [--quick | --all]     (as root, for the labs; --quick also without)

  (nothing)  release build, unit tests, labs; under sanitizers the fuzzers and the tests of all that
             reads packets or has threads, but for a few slow ones
  --quick    the release build and its unit tests
  --all      every unit test and a lab under the sanitizers too, and clang-tidy
HELP
}

mode=full
case ${1:-} in
  '') ;;
  --quick) mode=quick ;;
  --all) mode=all ;;
  -h | --help) usage; exit 0 ;;
  *) usage >&2; exit 3 ;;
esac
if [[ $mode != quick ]] && ((EUID != 0)); then
  echo "test: the labs need root; try sudo, or --quick" >&2
  exit 3
fi

export ROLLCALL_LAB_PREFIX=ci$$
scratch=$(mktemp -d)
chmod 711 "$scratch" # some tests run the binary as somebody else, from a folder in here
export TMPDIR=$scratch
# Settings of the machine that a test changes for its time, by their files.
declare -A settings_before
for setting in kernel/io_uring_disabled net/ipv4/neigh/default/gc_thresh{2,3}; do
  [[ ! -r /proc/sys/$setting ]] || settings_before[$setting]=$(<"/proc/sys/$setting")
done
child=

# A test may have been killed in the middle: what it had no time to put back is put back here.
clean_up() {
  local dir space setting
  if [[ -n $child ]]; then
    kill -TERM -- "-$child" 2>/dev/null || true
    kill -KILL -- "-$child" 2>/dev/null || true
  fi
  if [[ $mode != quick ]]; then
    for dir in /run/rollcall-lab/"$ROLLCALL_LAB_PREFIX"-*/; do
      [[ ! -d $dir ]] || "$here/lab.sh" --name "$(basename "$dir")" down
    done
    for space in /run/netns/"$ROLLCALL_LAB_PREFIX"-*; do
      [[ ! -e $space ]] || ip netns del "$(basename "$space")"
    done
    # Of a systemd that a test ran; its processes ended with the step above.
    awk '$3 == "cgroup2" { print $2 }' /proc/mounts | while read -r dir; do
      find "$dir" -maxdepth 4 -depth -type d -path "$dir/$ROLLCALL_LAB_PREFIX-*" -exec rmdir {} \; 2>/dev/null || true
    done
    for setting in "${!settings_before[@]}"; do
      [[ $(<"/proc/sys/$setting") == "${settings_before[$setting]}" ]] ||
        echo "${settings_before[$setting]}" >"/proc/sys/$setting"
    done
    awk -v scratch="$scratch/" 'index($2, scratch) == 1 { print $2 }' /proc/mounts |
      while read -r dir; do umount --lazy "$dir"; done
  fi
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

say() { printf '== %s\n' "$*"; }

# Each step is a process group of its own, so that an interrupt ends all of it at once.
step() {
  local code=0
  set -m
  "$@" &
  child=$!
  set +m
  wait "$child" || code=$?
  child=
  return "$code"
}

quietly() {
  step "$@" >"$scratch/log" 2>&1 || { cat "$scratch/log"; say "failed: $*"; exit 1; }
}

launcher=()
# build PRESET [CMAKE-OPTION...] [-- TARGET...]
build() {
  local preset=$1 options=() targets=()
  shift
  while (($#)) && [[ $1 != -- ]]; do options+=("$1"); shift; done
  if (($#)); then targets=(--target "${@:2}"); fi
  say "building $preset"
  quietly cmake --preset "$preset" "${launcher[@]}" "${options[@]}"
  quietly cmake --build --preset "$preset" "${targets[@]}" -- -j "$(nproc)"
}

"$here/setup.sh"
if command -v ccache >/dev/null; then
  launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  # What was compiled in one checkout is found from another.
  # With precompiled headers ccache wants to be told that macros and times in them do not matter.
  export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros
fi

if [[ $mode == quick ]]; then
  build release -DROLLCALL_TESTS=ON
  step ctest --test-dir build/release -j "$(nproc)" --output-on-failure --no-tests=error \
    -LE 'lab|sanitizer|style'
  exit
fi

# What reads packets or has threads, by the names of its test executables; but for tests that take
# minutes under a sanitizer and do much of the same.
asan=(packet capture send alert history web)
tsan=(capture send recheck sweep service alert history web)
too_slow='AFailingDisk|BehindASlowProxy|StayUnderAMegabyte'
tidy=OFF
if [[ $mode == all ]]; then
  asan=() tsan=() too_slow='' tidy=ON
fi
of() { printf 'test_%s\n' "$@"; }
any() { (IFS='|'; echo "^($*)[.]"); }
build release -DROLLCALL_TESTS=ON -DROLLCALL_FULL_TESTS=ON -DROLLCALL_TIDY_TEST=$tidy \
  -DROLLCALL_TOO_SLOW_TESTS="$too_slow" \
  -DROLLCALL_ASAN_TESTS="$( ((${#asan[@]})) && any fuzz "${asan[@]}" || echo .)" \
  -DROLLCALL_TSAN_TESTS="$( ((${#tsan[@]})) && any "${tsan[@]}" || echo .)"
if [[ $mode == all ]]; then
  build asan
  build tsan
else
  build asan -- fuzz_frame fuzz_import fuzz_inventory fuzz_request $(of "${asan[@]}")
  build tsan -- $(of "${tsan[@]}")
fi
say "testing"
step ctest --test-dir build/release -j "$(nproc)" --output-on-failure --no-tests=error

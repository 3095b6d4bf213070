#!/usr/bin/env bash
# Installs the Debian 12 packages for the build, the tests and the labs. Touches nothing, not even
# the network, if all of them are there.
set -euo pipefail

demo_packages=(
  # build
  g++ cmake ninja-build pkg-config ccache
  libboost-dev libbpf-dev libcap-ng-dev libcli11-dev libcpp-httplib-dev libcurl4-openssl-dev libfmt-dev
  libnl-route-3-dev libpcap-dev libsodium-dev libsqlitecpp-dev libssl-dev libtomlplusplus-dev
  liburing-dev libutf8proc-dev libyaml-cpp-dev nlohmann-json3-dev prometheus-cpp-dev
  clang-19 # for the BPF program of `rollcall bench`; also sanitizers, fuzzing
  # the lab that the demo raises
  iproute2 nftables procps python3
)
packages=(
  # tests, benchmarks, sanitizers and fuzzing, tidy, format
  libgtest-dev libgmock-dev libbenchmark-dev
  clang-format-19 clang-tidy-19 libclang-rt-19-dev llvm-19
  # the shells' completions
  zsh
  # the Debian package
  dpkg-dev
  # labs
  libcap2-bin openssl prometheus prometheus-alertmanager systemd tcpdump
  # the status page in a real browser
  chromium
  # bench/compare.sh, of which a test runs the quick mode
  fping gnuplot-nox masscan nmap zmap
)

# For the page's library, and its tests. A Node from elsewhere stays: Debian's npm would bring
# another one.
command -v node >/dev/null && command -v npm >/dev/null || demo_packages+=(nodejs npm)

die() { echo "setup: $*" >&2; exit 3; }

case ${1:-} in
  '') packages+=("${demo_packages[@]}") ;;
  --demo) packages=("${demo_packages[@]}") ;;
  -h | --help)
    echo "Usage: setup.sh [--demo]    installs the Debian 12 packages that are missing"
    echo "  --demo    those alone that scripts/demo.sh needs"
    exit 0
    ;;
  *) die "unknown argument '$1'; see --help" ;;
esac

command -v dpkg-query >/dev/null ||
  die "this is no Debian system; the packages needed are: ${packages[*]}"

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null) || status=
  grep -qx installed <<<"$status" || missing+=("$package")
done
((${#missing[@]})) || exit 0

as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null || die "missing: ${missing[*]}. Run this as root, or install sudo"
  as_root=(sudo)
  # Without a terminal no password can be typed: fail instead of hanging.
  [[ -t 0 ]] || as_root=(sudo -n)
fi
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -o Dpkg::Use-Pty=0 "$@" </dev/null
}

echo "setup: installing ${missing[*]}" >&2
apt update || { echo "setup: apt-get update failed, once more" >&2; apt update; } ||
  die "apt-get update failed twice; missing: ${missing[*]}"
# Only their programs are wanted: no server must start, neither now nor at the next boot.
quiet_services=()
if [[ -d /run/systemd/system ]]; then
  for package in prometheus prometheus-alertmanager; do
    [[ " ${missing[*]} " != *" $package "* ]] || quiet_services+=("$package.service")
  done
fi
((!${#quiet_services[@]})) ||
  "${as_root[@]}" systemctl --quiet --runtime mask "${quiet_services[@]}"
apt install --yes --no-install-recommends "${missing[@]}" >/dev/null ||
  die "apt-get could not install: ${missing[*]}"
if ((${#quiet_services[@]})); then
  "${as_root[@]}" systemctl --quiet --runtime unmask "${quiet_services[@]}"
  "${as_root[@]}" systemctl --quiet disable "${quiet_services[@]}"
fi

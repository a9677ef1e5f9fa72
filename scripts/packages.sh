#!/usr/bin/env bash
# Installs the Debian packages that Tidewright is built and tested with. Does nothing where all are there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/terminal.sh
PROGRAM=packages.sh

usage() {
  cat <<'TEXT'
Usage: scripts/packages.sh [--list] GROUP...
Installs the Debian packages of the groups that are missing.

  build    compilers and libraries for the C++ programs
  image    building images without Docker
  cluster  running the local cluster
  test     running the tests
  lint     checking the code's form
  coverage counting the branches that tests take

  --list   print the packages' names instead, one a line
TEXT
}

packages_of() {
  case $1 in
    build) echo g++ cmake ninja-build ccache libcpprest-dev libboost-dev libssl-dev zlib1g-dev libcurl4-openssl-dev \
      libyaml-cpp-dev nlohmann-json3-dev prometheus-cpp-dev libcivetweb-dev libfmt-dev libspdlog-dev libcli11-dev \
      libhowardhinnant-date-dev ;;
    image) echo buildah mmdebstrap ca-certificates ;;
    cluster) echo containerd runc containernetworking-plugins iptables conntrack ipset socat iproute2 util-linux procps \
      openssl kmod catatonit curl python3 ;;
    test) echo curl openssl iproute2 ca-certificates libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev python3 \
      python3-pytest python3-pytest-xdist python3-yaml tzdata zsh ;;
    lint) echo clang-format clang-tidy shellcheck git python3 python3-yaml ;;
    coverage) echo clang-19 llvm-19 libclang-rt-19-dev ;;
    *) refuse "unknown group \"$1\"; the groups are build, image, cluster, test, lint and coverage" ;;
  esac
}

list=false
groups=()
for argument in "$@"; do
  case $argument in
    -h | --help) usage; exit 0 ;;
    --list) list=true ;;
    -*) refuse "unknown flag $argument; see --help" ;;
    *) groups+=("$argument") ;;
  esac
done
[ ${#groups[@]} -gt 0 ] || refuse "name at least one group: build, image, cluster, test, lint or coverage"

wanted=$(for group in "${groups[@]}"; do packages_of "$group" || exit; done | tr ' ' '\n' | sort -u)
if $list; then
  echo "$wanted"
  exit 0
fi

missing=$(for package in $wanted; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
done)
[ -n "$missing" ] || exit 0

command -v apt-get >/dev/null || refuse "these Debian packages are missing, and this is not Debian: $(echo "$missing" | tr '\n' ' ')"
[ "$(id -u)" -eq 0 ] || refuse "some packages are missing; as root, run: apt-get install --no-install-recommends $(echo "$missing" | tr '\n' ' ')"
need_space /var/cache/apt 2 "installing packages"

install_missing() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q
  # shellcheck disable=SC2086 # one word a package
  apt-get install -q -y -o DPkg::Lock::Timeout=300 --no-install-recommends $missing
}
count=$(echo "$missing" | wc -l)
step "installing $count Debian packages (${groups[*]})" "$(state_dir)/logs/packages.log" install_missing

#!/usr/bin/env bash
# The figures of docs/performance.md: builds the release preset and measures the operator on an API-only cluster.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/terminal.sh
PROGRAM=bench.sh
readonly RESULTS=build/test-results

usage() {
  cat <<'TEXT'
Usage: scripts/bench.sh [PART...] [--sizes N,N,...] [--window SECONDS] [--apps N] [--rounds N] [--queries N] [--name NAME]

  rollouts   1 000 apps with pretended pods: until all are Healthy, beside as many Deployments with the same objects; at
             rest; and from a new image to its ReplicaSet, beside a client that makes the same two requests and nothing else
  reaction   from a step in the metric to the written count, 100 times, poll 5 s
  queries    10 000 distinct queries: how many are asked within a poll, and how many at once
  sizes      100, 1 000 and 10 000 autoscaled apps without pods: restart, processor time, memory, requests, writes
  decision   one decision of the autoscaler, by google-benchmark

Without a part it measures them all, in about fifteen minutes, and ends with a table that has the bound beside each figure.
Nothing passes or fails. Where other work shares the processors believe the ratios and the processor times, not the times.
TEXT
}

parts=() flags=()
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    rollouts | reaction | queries | sizes | decision) parts+=("$1") ;;
    --sizes | --window | --apps | --rounds | --queries | --name)
      [ $# -gt 1 ] || refuse "$1 needs a value; see scripts/bench.sh --help"
      flags+=("$1" "$2")
      shift
      ;;
    *) refuse "unknown part or flag \"$1\"; see scripts/bench.sh --help" ;;
  esac
  shift
done
[ ${#parts[@]} -gt 0 ] || parts=(rollouts reaction queries sizes decision)

build_release() { cmake --preset release -DTIDEWRIGHT_TESTS=ON && cmake --build --preset release --target tidewright bench_autoscale; }

mkdir -p $RESULTS
scripts/packages.sh build test
step "building the release" $RESULTS/bench-build.log build_release || fail "the build failed; see $RESULTS/bench-build.log"
clustered=()
for part in "${parts[@]}"; do
  if [ "$part" = decision ]; then build/release/tests/bench/bench_autoscale; else clustered+=("$part"); fi
done
# Debian's Python, whatever a version manager has put before it: the packages are for that one.
[ ${#clustered[@]} -eq 0 ] || exec /usr/bin/python3 tests/bench/bench.py "${clustered[@]}" ${flags[@]+"${flags[@]}"}

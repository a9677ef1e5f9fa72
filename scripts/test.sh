#!/usr/bin/env bash
# The one test command: installs what it needs, builds, and runs every level, a line each.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/terminal.sh
PROGRAM=test.sh
readonly LEVELS="lint unit threads conformance integration e2e proof"
readonly DEFAULT_LEVELS="lint unit threads conformance integration e2e"
readonly RESULTS=build/test-results

usage() {
  cat <<'TEXT'
Usage: scripts/test.sh [LEVEL...]

  lint         the code's form and the layering
  unit         pure code, with the address and undefined-behaviour sanitizers
  threads      what has threads of its own (http, kube, prometheus), with the thread sanitizer
  conformance  decisions that other systems computed: ../shared/conformance where it is there, and the copy in the repository
  integration  the real binaries against a real etcd and kube-apiserver (an API-only cluster; needs no root), and the chart
  e2e          a whole local cluster: containers, Services, Prometheus (needs root)
  proof        the long forms: 300 000 requests over 300 pod terminations, five minutes at rest, 200 000 random histories of a
               rollout, a million of each property, the operator killed at each write of a rollout; the operator and control/ with
               the thread sanitizer (about 45 minutes, needs root and a machine with nothing else to do)

Without a level it runs all but proof. Reports and the logs of failed clusters are kept in build/test-results.
TEXT
}

# count FILE...: "PASSED FAILED SKIPPED" from JUnit reports.
count() {
  /usr/bin/python3 - "$@" <<'PYTHON'
import sys, xml.etree.ElementTree as tree
passed = failed = skipped = 0
for path in sys.argv[1:]:
    for case in tree.parse(path).getroot().iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None: failed += 1
        elif case.find("skipped") is not None or case.get("status") == "disabled": skipped += 1
        else: passed += 1
print(passed, failed, skipped)
PYTHON
}

build_asan() {
  cmake --preset asan && cmake --build --preset asan
}

ensure_built() {
  [ -z "${BUILT:-}" ] || return 0
  step "building with sanitizers" $RESULTS/build.log build_asan || fail "the build failed; see $RESULTS/build.log"
  BUILT=yes
}

run_lint() { scripts/lint.sh --junit "$1"; }
# The longest of them wait more than they work.
run_unit() {
  ctest --preset asan -j4 -E '^conformance$' --output-junit "$PWD/$1"
}
run_threads() { watch_threads "$1" base http kube kube_client prometheus; }
# watch_threads REPORT MODULE...: the modules' unit tests with the thread sanitizer.
watch_threads() {
  local report=$1
  shift
  note "building with the thread sanitizer"
  cmake --preset tsan && cmake --build --preset tsan --target "${@/#/unit_}" || return
  note "tests with the thread sanitizer"
  ctest --preset tsan -j2 --no-tests=error -R "^($(IFS="|" && echo "$*"))\\." --output-junit "$PWD/$report"
}
# The program says "FILE: N passed, M failed" of each file; a case is a test.
run_conformance() {
  local folder status=0
  : >"$1.txt"
  for folder in tests/conformance/data ../shared/conformance; do
    [ -d "$folder" ] || continue
    echo "== $folder"
    build/asan/tests/conformance --data "$folder" >>"$1.txt" || status=1
  done
  cat "$1.txt"
  awk '/: [0-9]+ passed, [0-9]+ failed/ {
         for (i = 1; i < NF; i++) { if ($(i + 1) ~ /^passed/) p += $i; if ($(i + 1) ~ /^failed/) f += $i }
       }
       END {
         print "<testsuite>"
         while (p-- > 0) print "<testcase/>"
         while (f-- > 0) print "<testcase><failure/></testcase>"
         print "</testsuite>"
       }' "$1.txt" >"$1"
  return "$status"
}
run_integration() {
  HELM=$(scripts/cluster.sh tool helm) && scripts/cluster.sh tool kwok >/dev/null || return
  export HELM
  # Most of it waits: for a window to pass, a poll, a time-out. Each worker has a cluster of its own.
  run_pytest "$1" -n 5 --dist loadgroup tests/integration tests/packaging
}
# Half of it waits, too: two workers, each with a node.
run_e2e() { wait_for_images && run_pytest "$1" -n 2 --dist loadgroup tests/e2e; }

# What is too long for every day: the properties of what is decided, optimised; then what is marked `proof`. TIDEWRIGHT_HISTORIES,
# RC_PARAMS and TIDEWRIGHT_PROOF_SCALE (0.1: a tenth of the requests) ask for less or more. All parts run whatever the ones before said.
run_proof() {
  local parts=${1%.xml} status=0
  prove_decisions "$parts.decide.xml" || status=1
  prove_threads "$parts.threads.xml" "$parts.operator.xml" || status=1
  note "integration"
  prove_marked "$parts.integration.xml" -n 2 --dist loadgroup tests/integration || status=1
  note "images"
  wait_for_images && prove_marked "$parts.e2e.xml" tests/e2e || status=1
  return $status
}
prove_decisions() {
  local build=build/proof targets
  note "building what is decided, optimised"
  # A folder of its own: the load generator is built in the release preset's meanwhile, without the tests.
  cmake --preset release -B $build -DTIDEWRIGHT_TESTS=ON || return
  targets=$(ninja -C $build -t targets all | sed -n 's/^\(unit_decide[a-z_]*\): phony.*/\1/p') || return
  # shellcheck disable=SC2086 # one word a target
  cmake --build $build -j2 --target $targets || return
  note "random histories and properties"
  TIDEWRIGHT_HISTORIES=${TIDEWRIGHT_HISTORIES:-200000} RC_PARAMS=${RC_PARAMS:-max_success=1000000} \
    ctest --test-dir $build -j2 --output-on-failure -R '^decide' --timeout 3600 --output-junit "$PWD/$1"
}
# Also the operator itself, through whole rollouts and autoscaling, by kills and lost leases: the first race ends it.
prove_threads() {
  local status=0
  watch_threads "$1" control || status=1
  cmake --build --preset tsan --target tidewright || return
  note "the operator with the thread sanitizer"
  TESTED=build/tsan FIGURES=${2%.xml}.figures run_pytest "$2" -n 3 --dist loadgroup \
    tests/integration/test_{operator,strategies,config_change,lease,analysis,autoscaling,target_owners,gateway_route}.py || status=1
  return $status
}
# Pytest answers 5 where nothing is marked.
prove_marked() {
  local status=0
  TIDEWRIGHT_PROOF=1 run_pytest "$@" -m proof || status=$?
  [ $status -eq 0 ] || [ $status -eq 5 ]
}
# note TEXT: where it is, shown behind the elapsed time; the tests say it with cluster.progress().
note() { echo "$1" >"$STEP_PROGRESS"; }

# The images of the e2e level are built beside the levels before it, of which some only wait; at the lowest priority.
begin_images() {
  rm -f $RESULTS/images.status
  {
    status=0
    nice -n 19 /usr/bin/python3 tests/e2e/installation.py >$RESULTS/images.log 2>&1 || status=$?
    echo "$status" >$RESULTS/images.status
  } &
  images=$!
}
wait_for_images() {
  while [ ! -e $RESULTS/images.status ] && kill -0 "$images" 2>/dev/null; do sleep 0.5; done
  [ "$(cat $RESULTS/images.status)" = 0 ] || { cat $RESULTS/images.log; return 1; }
}
# Debian's Python, whatever a version manager has put before it: the packages are for that one.
run_pytest() {
  local report=$1
  shift
  TIDEWRIGHT_BUILD=$PWD/${TESTED:-build/asan} TIDEWRIGHT_FIGURES=$PWD/${FIGURES:-${report%.xml}.figures} TIDEWRIGHT_PROGRESS=${STEP_PROGRESS:+$PWD/$STEP_PROGRESS} \
    LSAN_OPTIONS=suppressions=$PWD/tests/leaks.supp:print_suppressions=0 \
    TSAN_OPTIONS=suppressions=$PWD/tests/races.supp:print_suppressions=0:halt_on_error=1 \
    /usr/bin/python3 -m pytest -p no:cacheprovider -v -s --tb=short -rfEs --durations=10 \
    --junitxml "$report" "$@"
}

total_passed=0 total_failed=0 total_skipped=0
run_level() {
  local level=$1 report=$RESULTS/$1.xml log=$RESULTS/$1.log started status=0 passed failed skipped
  local reports=("$report") FIGURES=$RESULTS/$1.figures STEP_PROGRESS=$RESULTS/$1.progress
  rm -f "${report%.xml}".{,*.}{xml,figures} "$STEP_PROGRESS"
  started=$(now_ms)
  step "running $level" "$log" "run_$level" "$report" || status=$?
  # A level of several parts has a report of each.
  if [ ! -e "$report" ]; then reports=("${report%.xml}".*.xml); fi
  if [ -e "${reports[0]}" ]; then
    read -r passed failed skipped <<<"$(count "${reports[@]}")"
  else
    passed=0 failed=1 skipped=0
  fi
  # A level that ended badly without naming a failure, or that ran nothing, has failed.
  if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ] || [ $((passed + failed)) -eq 0 ]; then failed=$((failed + 1)); fi
  if [ "$failed" -gt 0 ]; then
    grep -E '^(FAILED|ERROR|E  )|\*\*\*Failed|Kept the logs' "$log" | head -n 40 | sed 's/^/    /' >&2 || true
    say "  all of it is in $log"
  fi
  grep -hs '^figure: ' "$FIGURES" | awk '!seen[$0]++' | sed 's/^figure: /    /' || true
  printf '%-12s %4d passed, %d failed, %d skipped in %s s\n' "$level" "$passed" "$failed" "$skipped" "$(seconds_since "$started")"
  total_passed=$((total_passed + passed))
  total_failed=$((total_failed + failed))
  total_skipped=$((total_skipped + skipped))
}

levels=()
for argument in "$@"; do
  case " $LEVELS -h --help " in
    *" $argument "*) ;;
    *) refuse "unknown level or flag \"$argument\"; the levels are ${LEVELS// /, }" ;;
  esac
  case $argument in
    -h | --help) usage; exit 0 ;;
    *) levels+=("$argument") ;;
  esac
done
# shellcheck disable=SC2206 # one word a level
[ ${#levels[@]} -gt 0 ] || levels=($DEFAULT_LEVELS)
case " ${levels[*]} " in
  *" e2e "* | *" proof "*) [ "$(id -u)" -eq 0 ] || refuse "e2e and proof need root for their cluster; run as root, or name the other levels" ;;
esac

# The sanitizers of GCC 12 start only at addresses of 28 random bits; many newer kernels give 32 (google/sanitizers#1716).
if [ "$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 28)" -gt 28 ] && [ "$(cat /proc/self/personality)" = 00000000 ] &&
  setarch -R true 2>/dev/null; then
  exec setarch -R scripts/test.sh "$@"
fi

begun=$(now_ms)
mkdir -p $RESULTS
scripts/packages.sh build test
case " ${levels[*]} " in *" lint "*) scripts/packages.sh lint ;; esac
images=
for level in "${levels[@]}"; do
  if [ "$level" != lint ] && [ "$level" != threads ]; then ensure_built; fi
  case " ${levels[*]} " in *" e2e "* | *" proof "*) if [ -z "$images" ] && [ -n "${BUILT:-}" ]; then begin_images; fi ;; esac
  run_level "$level"
done
say "all levels took $(seconds_since "$begun") s"
echo "$total_passed passed, $total_failed failed, $total_skipped skipped"
[ "$total_failed" -eq 0 ]

#!/usr/bin/env bash
# Which branches of the decisions no test takes: a table of operator/decide, file by file, and each of them by its place.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/terminal.sh
PROGRAM=coverage.sh
readonly BUILD=build/coverage
readonly TESTS="unit_decide_autoscale unit_decide_rollout unit_decide_children"
readonly LLVM=19

usage() {
  cat <<'TEXT'
Usage: scripts/coverage.sh [--properties]
Builds the unit tests of operator/decide with Clang's source-based coverage, runs them, and prints how many branches of each
file were taken, then where the others are. A branch is one outcome of one condition, or one case of a switch.

  --properties  run only the random cases: the autoscaler's properties and the histories of rollouts

RC_PARAMS (max_success=2000) and TIDEWRIGHT_HISTORIES (1000) say how many. The table is also in build/coverage/branches.txt.
TEXT
}

filter='*'
case "${1:-}" in
  "") ;;
  -h | --help) usage; exit 0 ;;
  --properties) filter='*Property.*:RolloutSimulation.*' ;;
  *) refuse "unknown argument \"$1\"; there is --properties, or none" ;;
esac

scripts/packages.sh build test coverage

# -w: the warnings are GCC's to give.
build() {
  cmake -S . -B $BUILD -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER=clang++-$LLVM \
    "-DCMAKE_CXX_FLAGS=-fprofile-instr-generate -fcoverage-mapping -w" || return
  # shellcheck disable=SC2086 # one word a test
  cmake --build $BUILD --target $TESTS
}
run_tests() {
  local test
  rm -f $BUILD/*.profraw
  for test in $TESTS; do
    LLVM_PROFILE_FILE=$PWD/$BUILD/$test.profraw RC_PARAMS=${RC_PARAMS:-max_success=2000} \
      $BUILD/tests/unit/"$test" --gtest_brief=1 --gtest_filter="$filter" || return
  done
  llvm-profdata-$LLVM merge -o $BUILD/tests.profdata $BUILD/*.profraw || return
  # shellcheck disable=SC2046 # one word a program
  llvm-cov-$LLVM export -instr-profile $BUILD/tests.profdata $(printf -- "-object $BUILD/tests/unit/%s " $TESTS) \
    -sources operator/decide/*.cc operator/decide/*.h >$BUILD/coverage.json
}

# table FILE: sums up what several programs and a template's instances say of one place.
table() {
  /usr/bin/python3 - "$1" <<'PYTHON'
import collections, functools, json, os, sys
data = json.load(open(sys.argv[1]))["data"][0]
lines = functools.cache(lambda file: open(file).read().splitlines())
def text(file, line): return lines(file)[line - 1].strip()

taken = collections.defaultdict(lambda: collections.defaultdict(int))
for file in data["files"]:
    for line, column, _, _, true, false, *_, kind in file["branches"]:
        name = os.path.relpath(file["filename"])
        before, start = lines(name)[line - 1][:column - 1], lines(name)[line - 1][column - 1:]
        # What no case of a switch names is no value of its enumeration, and a case that is not it is another case.
        if before.endswith("switch ("): continue
        taken[name][line, column, "true"] += true
        if not start.startswith(("case ", "default:")): taken[name][line, column, "false"] += false
called = collections.defaultdict(int)
for function in data["functions"]:
    called[os.path.relpath(function["filenames"][0]), function["regions"][0][0]] += function["count"]

missing, rows = [], []
for file, outcomes in taken.items():
    untaken = [place for place, count in sorted(outcomes.items()) if count == 0]
    rows.append((len(outcomes), len(untaken), file))
    missing += [f"{file}:{line}:{column} never {way}: {text(file, line)}" for line, column, way in untaken]
missing += [f"{file}:{line} never called: {text(file, line)}" for (file, line), count in sorted(called.items())
            if count == 0 and file in taken]
width = max(len(file) for _, _, file in rows)
print(f"{'file':<{width}}  branches  not taken")
for branches, untaken, file in sorted(rows, key=lambda row: (row[1], row[2])): print(f"{file:<{width}}  {branches:8}  {untaken or '':>9}")
print(f"{'all':<{width}}  {sum(row[0] for row in rows):8}  {sum(row[1] for row in rows) or '':>9}")
for line in missing: print(line)
PYTHON
}

mkdir -p $BUILD
step "building operator/decide and its tests" $BUILD.log build || fail "the build failed; see $BUILD.log"
step "running them" $BUILD/tests.log run_tests || fail "a test failed; see $BUILD/tests.log"
table $BUILD/coverage.json >$BUILD/branches.txt
cat $BUILD/branches.txt

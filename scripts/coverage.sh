#!/usr/bin/env bash
# Which branches of the decisions no unit test takes: a table of operator/decide, file by file, with their lines.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/terminal.sh
PROGRAM=coverage.sh
readonly BUILD=build/coverage
readonly TESTS="unit_decide_autoscale unit_decide_rollout unit_decide_children"

usage() {
  cat <<'TEXT'
Usage: scripts/coverage.sh
Builds the unit tests of operator/decide with gcov, runs them, and prints which lines have branches that were never taken.
Branches that only an exception takes are left out. The table is also in build/coverage/branches.txt.
TEXT
}

case "${1:-}" in
  "") ;;
  -h | --help) usage; exit 0 ;;
  *) refuse "unknown argument \"$1\"; there is none" ;;
esac

scripts/packages.sh build test coverage
mkdir -p build
cmake -S . -B $BUILD -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS=--coverage >$BUILD.log
# shellcheck disable=SC2086 # one word a test
cmake --build $BUILD --target $TESTS >>$BUILD.log
find $BUILD -name '*.gcda' -delete
for test in $TESTS; do
  # The counters are not atomic, and what they count is more than enough.
  RC_PARAMS=${RC_PARAMS:-max_success=1000} $BUILD/tests/unit/"$test" --gtest_brief=1 >>$BUILD.log
done
gcovr --root . --filter operator/decide/ --exclude-throw-branches --exclude-unreachable-branches --branches \
  --sort-uncovered --output $BUILD/branches.txt --object-directory $BUILD $BUILD
cat $BUILD/branches.txt

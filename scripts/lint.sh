#!/usr/bin/env bash
# Checks the code's form: formatting, layering, scripts. `--fix` formats; `--tidy` runs clang-tidy as well (minutes).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/terminal.sh
PROGRAM=lint.sh

usage() {
  cat <<'TEXT'
Usage: scripts/lint.sh [--fix] [--tidy] [--junit FILE]

  --fix         let clang-format rewrite what differs, then check
  --tidy        also run clang-tidy over every source that the debug build compiles (minutes)
  --junit FILE  also write the results as a JUnit report
TEXT
}

fix=false tidy=false junit=
while [ $# -gt 0 ]; do
  case $1 in
    --fix) fix=true; shift ;;
    --tidy) tidy=true; shift ;;
    --junit) [ $# -ge 2 ] || refuse "--junit needs a file"; junit=$2; shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) refuse "unknown flag $1; see --help" ;;
  esac
done
scripts/packages.sh lint

cpp_files() { git ls-files '*.cc' '*.h'; }
shell_files() { git ls-files '*.sh' .ci/run; }

check_format() { cpp_files | xargs -r clang-format --dry-run --Werror; }
check_layers() { python3 tests/layers.py; }
check_shell() { shell_files | xargs -r shellcheck --external-sources --severity=warning; }
check_python() { git ls-files '*.py' | xargs -r python3 -m py_compile; }
check_generated() { /usr/bin/python3 scripts/generate-crd.py --check && /usr/bin/python3 scripts/generate-manifests.py --check; }
check_tidy() {
  cmake --preset debug >/dev/null
  cpp_files | grep '\.cc$' | xargs -r -P2 -n4 clang-tidy --quiet -p build/debug
}

if $fix; then cpp_files | xargs -r clang-format -i; fi
checks="format layers shell python generated"
if $tidy; then checks+=" tidy"; fi
failures=0 cases=
for check in $checks; do
  output=$(mktemp)
  if "check_$check" >"$output" 2>&1; then
    echo "ok      $check"
    cases+="<testcase name=\"$check\"/>"
  else
    echo "FAILED  $check"
    head -n 40 "$output"
    failures=$((failures + 1))
    cases+="<testcase name=\"$check\"><failure/></testcase>"
  fi
  rm -f "$output"
done
if [ -n "$junit" ]; then printf '<testsuite name="lint">%s</testsuite>\n' "$cases" >"$junit"; fi
[ "$failures" -eq 0 ]

# shellcheck shell=bash
# How our scripts speak: sourced, never run. What was asked for goes to standard output, all the rest to standard error.

say() { printf '%s\n' "$*" >&2; }

# refuse SENTENCE: the request cannot be carried out as it stands; nothing was changed. Exit 2.
refuse() {
  say "${PROGRAM:-$(basename "$0")}: $*"
  exit 2
}

# fail SENTENCE: it was tried and did not work. Exit 1.
fail() {
  say "${PROGRAM:-$(basename "$0")}: $*"
  exit 1
}

# seconds_since MILLISECONDS_OF_START: "4.2"
now_ms() { date +%s%3N; }
seconds_since() {
  local ms=$(($(now_ms) - $1))
  printf '%d.%d' $((ms / 1000)) $((ms % 1000 / 100))
}

# step TEXT LOG COMMAND...: runs the command with its output in LOG and the elapsed time on the terminal, redrawn every second on a
# terminal and otherwise one line every 30 s, and behind it what the file STEP_PROGRESS says and, by the log, how far ninja is.
# Answers as the command does; on failure shows the end of the log and names it.
# The command runs in the foreground, so that Ctrl-C reaches it. Where step is part of a condition, set -e does not hold inside
# the command: it must test what it does.
step() {
  local text=$1 log=$2 started status=0 clock
  shift 2
  started=$(now_ms)
  mkdir -p "$(dirname "$log")"
  show_elapsed "$text" "$started" "$log" &
  clock=$!
  ("$@") >"$log" 2>&1 || status=$?
  kill "$clock" 2>/dev/null || true
  wait "$clock" 2>/dev/null || true
  [ -t 2 ] && printf '\r\033[K' >&2
  if [ "$status" -eq 0 ]; then
    say "  $text: $(seconds_since "$started")s"
  else
    say "  $text: failed after $(seconds_since "$started")s; the end of $log:"
    tail -n 15 "$log" | sed 's/^/    /' >&2
  fi
  return "$status"
}

# pause SECONDS: without a process of its own, which would outlive a kill and hold whatever pipe our output goes to.
pause() { read -r -t "$1" <> <(:) || true; }

# Until it is killed, or until the script is gone that it tells about.
show_elapsed() {
  while kill -0 $$ 2>/dev/null; do
    if [ -t 2 ]; then
      pause 0.5
      printf '\r\033[K  %s ... %ss%s' "$1" "$(seconds_since "$2")" "$(step_progress "$3")" >&2
    else
      pause 30
      say "  $1 ... $(seconds_since "$2")s$(step_progress "$3")"
    fi
  done
}

step_progress() {
  local said='' built=''
  if [ -s "${STEP_PROGRESS:-}" ]; then said=$(cat "$STEP_PROGRESS"); fi
  if [ -s "$1" ]; then built=$(tail -n 1 "$1" | grep -oE '^\[[0-9]+/[0-9]+\]') || true; fi
  printf '%s%s' "${said:+  $said}" "${built:+  $built}"
}

# wait_until SECONDS WHAT COMMAND...: tries until the command succeeds; on time-out says what was waited for.
wait_until() {
  local limit=$1 what=$2 started
  shift 2
  started=$(now_ms)
  until "$@" >/dev/null 2>&1; do
    if [ $(($(now_ms) - started)) -gt $((limit * 1000)) ]; then
      say "$what: not within $limit s"
      return 1
    fi
    sleep 0.1
  done
}

# need COMMAND REMEDY: refuses when a program is missing.
need() { command -v "$1" >/dev/null 2>&1 || refuse "$1 is not installed; $2"; }

# need_space DIR GIB WHAT: refuses when the file system of DIR has less than GIB free.
need_space() {
  local dir=$1 free
  while [ ! -d "$dir" ]; do dir=$(dirname "$dir"); done
  free=$(df --output=avail -k "$dir" | tail -n 1)
  [ "$free" -ge $(($2 * 1024 * 1024)) ] ||
    refuse "$3 needs $2 GiB free on the file system of $1, which has $((free / 1024)) MiB; free some, or set XDG_CACHE_HOME and XDG_STATE_HOME to another disk"
}

# Where things live that outlast a checkout (caches) or a command (state).
cache_dir() { printf '%s/tidewright' "${XDG_CACHE_HOME:-$HOME/.cache}"; }
state_dir() { printf '%s/tidewright' "${XDG_STATE_HOME:-$HOME/.local/state}"; }

"""How a step speaks: commands and progress on standard error, the one verdict line on standard output."""
import shlex
import sys
import threading
import time


class Failed(Exception):
    """The claim of a step does not hold; the text says what was seen instead."""


_lock = threading.RLock()
_drawn = 0  # lines of the board that stand below the narration


def on_terminal():
    return sys.stderr.isatty()


def say(text=""):
    with _lock:
        _wipe()
        print(text, file=sys.stderr, flush=True)


def command(*words):
    say(f"$ {shlex.join(str(word) for word in words)}")


def draw(lines):
    """Puts these lines in the place of those drawn before; narration goes on above them."""
    global _drawn
    with _lock:
        _wipe()
        print("\n".join(lines), file=sys.stderr, flush=True)
        _drawn = len(lines)


def leave_drawn():
    """What is drawn stays where it is, and narration goes on below it."""
    global _drawn
    _drawn = 0


def _wipe():
    global _drawn
    if _drawn:
        sys.stderr.write(f"\033[{_drawn}A\033[J")
        _drawn = 0


def verdict(passed, name, figure):
    say()
    print(f"{'PASS' if passed else 'FAIL'} {name} {figure}", flush=True)


def require(holds, text):
    if not holds:
        raise Failed(text)


def until(seconds, what, attempt, pause=0.2):
    """Calls `attempt` until it returns something true, and returns that; on time-out says what was seen last."""
    deadline = time.monotonic() + seconds
    while True:
        seen = attempt()
        if seen:
            return seen
        require(time.monotonic() < deadline, f"{what}: not within {seconds} s")
        time.sleep(pause)

"""Runs the steps named on the command line: PYTHONPATH=scripts python3 -m demo STEP..."""
import os
import sys
import time

from . import narration
from .access import Answer, Kube
from .steps import autoscale, crash, rollback, rollout, scale

STEPS = {"scale": scale, "rollout": rollout, "autoscale": autoscale, "crash": crash, "rollback": rollback}


def main(names):
    with Kube(os.environ["TIDEWRIGHT_DEMO_NAMESPACE"], os.environ.get("TIDEWRIGHT_DEMO_CONTEXT")) as kube:
        for name in names:
            began = time.monotonic()
            narration.say(f"\n== {STEPS[name].__doc__.strip()}")
            try:
                figure = STEPS[name].run(kube)
            except (narration.Failed, Answer, OSError) as error:
                narration.verdict(False, name, str(error))
                return 1
            narration.verdict(True, name, figure)
            narration.say(f"  ({time.monotonic() - began:.0f} s)")
    return 0


sys.exit(main(sys.argv[1:]))

"""Runs the steps named on the command line: PYTHONPATH=scripts python3 -m demo STEP..."""
import os
import sys
import time

from . import narration
from .access import Answer, Kube
from .steps import autoscale, bluegreen, canary, crash, rollback, rollout, scale

STEPS = {"scale": scale, "rollout": rollout, "canary": canary, "bluegreen": bluegreen, "rollback": rollback, "autoscale": autoscale,
         "crash": crash}


EXPECTED = (narration.Failed, Answer, OSError)


def main(names):
    try:
        with Kube(os.environ["TIDEWRIGHT_DEMO_NAMESPACE"], os.environ.get("TIDEWRIGHT_DEMO_CONTEXT")) as kube:
            return 0 if all(take(kube, name) for name in names) else 1
    except EXPECTED as error:
        narration.verdict(False, "demo", f"the cluster cannot be asked: {error}")
        return 1


def take(kube, name):
    began = time.monotonic()
    narration.say(f"\n== {STEPS[name].__doc__.strip()}")
    try:
        figure = STEPS[name].run(kube)
    except EXPECTED as error:
        narration.verdict(False, name, str(error))
        return False
    narration.verdict(True, name, figure)
    narration.say(f"  ({time.monotonic() - began:.0f} s)")
    return True


sys.exit(main(sys.argv[1:]))

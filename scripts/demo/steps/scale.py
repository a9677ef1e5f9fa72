"""scale: four pods serve at least 3.3 times what one does, and the one is honestly at its own limit."""
import time

from .. import apps, narration, processor
from ..access import Kube, is_ready
from ..board import Board
from ..load import Load, failures

LEAST_GAIN = 3.3
LIMIT = 0.250  # processors, as apps/scale.yaml has it
CLIENTS = 32
SECONDS = 10


def run(kube: Kube):
    apps.apply(kube, apps.OURS / "scale.yaml")
    apps.wait_ready(kube, "scale", 1)
    first = next(pod for pod in kube.pods("scale") if is_ready(pod))
    before = processor.used(kube, first)
    one = measure(kube)
    ended = time.time()

    kube.in_namespace("scale", "sapp/scale", "--replicas=4")
    apps.wait_ready(kube, "scale", 4)
    after = narration.until(60, "the kubelet has looked at the first pod's processor time",
                            lambda: (seen := processor.used(kube, first)).at > ended and seen)
    four = measure(kube)
    apps.delete(kube, "scale")

    narration.require(one["failed"] + four["failed"] == 0, f"failed requests: {failures(one)}; {failures(four)}")
    narration.require(len(four["instances"]) == 4, f"{len(four['instances'])} pods answered, not 4")
    share = (after.seconds - before.seconds) / one["elapsedSeconds"]
    throttled = after.throttled - before.throttled
    narration.require(throttled > 0 and share > 0.8 * LIMIT,
                      f"the one pod used {share * 1000:.0f}m and was throttled {throttled} times: it was not at its limit of "
                      f"{LIMIT * 1000:.0f}m, so the gain would mean nothing; is the machine busy with something else?")
    gain = four["okPerSecond"] / one["okPerSecond"]
    figure = (f"x{gain:.2f}: {one['okPerSecond']:.0f} -> {four['okPerSecond']:.0f} requests/s with 1 -> 4 pods, "
              f"0 of {one['requests'] + four['requests']} failed, the one pod throttled {throttled} times at {share * 1000:.0f}m")
    narration.require(gain >= LEAST_GAIN, f"{figure}; at least x{LEAST_GAIN} is the claim")
    return figure


def measure(kube: Kube):
    load = Load(kube, "max", kube.service_url("scale"), "max", seconds=SECONDS, concurrency=CLIENTS).start()
    with Board(kube, "scale", loads=[load]):
        return load.result()

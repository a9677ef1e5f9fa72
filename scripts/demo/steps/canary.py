"""canary: a new version gets a quarter of the requests, then a half, then all, each when somebody says so; no request fails."""
import time

from .. import apps, narration
from ..access import Kube
from ..board import Board
from ..load import Load, failures

NAME = "canary"
RATE = 100
SECONDS = 6  # in each step
# Five standard deviations of what that many requests may differ by, if the proxy throws honest dice.
LEEWAY = 5 * 0.5 / (RATE * SECONDS) ** 0.5


def run(kube: Kube):
    apps.apply(kube, apps.OURS / "canary.yaml")
    apps.wait_ready(kube, NAME, 4)
    # Kept connections stay with the pods that they have. Without some new ones nothing could be said of a new revision
    # between the measurements below, and the rollout would wait.
    backgrounds = [Load(kube, "kept", kube.service_url(NAME), 40, "keep-alive", seconds=600, pool=20).start(),
                   Load(kube, "fresh", kube.service_url(NAME), 20, seconds=600).start()]
    shares = []
    try:
        with Board(kube, NAME, loads=backgrounds):
            apps.set_image(kube, NAME, apps.image(2))
            for weight in (25, 50):
                narration.until(60, f"weight {weight} is reached", lambda: is_paused_at(kube, weight))
                time.sleep(1)  # The proxies' turn.
                shares.append((weight, share_of_the_new(kube)))
                kube.in_namespace("annotate", f"sapp/{NAME}", "tidewright.dev/command=promote", "--overwrite")
            apps.wait_ready(kube, NAME, 4)
        reports = [background.end() for background in backgrounds]
    finally:
        for background in backgrounds:
            background.stop()
    app = kube.app(NAME)
    apps.delete(kube, NAME)

    narration.require(app["status"]["stableRevision"] == app["status"]["currentRevision"], "the new revision is not the stable one")
    for weight, share in shares:
        narration.require(abs(share - weight / 100) < LEEWAY, f"{share:.1%} of the requests went to the new version at weight {weight}")
    for background, report in zip(backgrounds, reports):
        narration.require(report["failed"] == 0, f"{background.name} connections: {report['failed']} of {report['requests']} failed "
                                                 f"({failures(report)})")
    said = ", ".join(f"{share:.1%} at weight {weight}" for weight, share in shares)
    return (f"the new version got {said} of {RATE * SECONDS} requests each, then all; measured every 3 s meanwhile, and promoted "
            f"twice by hand; 0 of {sum(report['requests'] for report in reports) + 2 * RATE * SECONDS} failed")


def is_paused_at(kube: Kube, weight):
    rollout = kube.app(NAME).get("status", {}).get("rollout", {})
    # Steps 1 and 3 are the pauses.
    return rollout.get("stepIndex") == (1 if weight == 25 else 3) and rollout.get("weight") == weight


def share_of_the_new(kube: Kube):
    """Of requests on new connections: those are what the Service balances."""
    report = Load(kube, "new", kube.service_url(NAME), RATE, seconds=SECONDS).start().result()
    narration.require(report["failed"] == 0, f"{report['failed']} of {report['requests']} failed ({failures(report)})")
    return report["versions"].get("2", 0) / report["requests"]

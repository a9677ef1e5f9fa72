"""rollback: an image that does not start; the rollout stops at its deadline and returns, and nobody notices."""
import time

from .. import apps, narration
from ..access import Kube, condition
from ..board import Board
from ..invariants import Watcher
from ..load import Load, failures

NAME = "rollback"
DEADLINE = 30  # seconds, as apps/rollback.yaml has it
# No such registry can exist: names below .invalid never resolve.
BAD_IMAGE = "registry.invalid/tidewright/app:2"


def run(kube: Kube):
    apps.apply(kube, apps.OURS / "rollback.yaml")
    apps.wait_ready(kube, NAME, 4)
    stable = kube.app(NAME)["status"]["stableRevision"]
    watcher = Watcher(kube, NAME, 4, 1, 0).start()
    load = Load(kube, "new", kube.service_url(NAME), 60, seconds=DEADLINE + 20).start()
    with Board(kube, NAME, loads=[load]):
        began = time.monotonic()
        apps.set_image(kube, NAME, BAD_IMAGE)
        narration.until(DEADLINE + 25, "the rollout is given up", lambda: given_up(kube))
        took = time.monotonic() - began
        narration.until(20, "the bad ReplicaSet is at 0", lambda: only(kube, stable))
        report = load.result()
    broken = watcher.stop()
    app = kube.app(NAME)
    said = condition(app, "Progressing")
    narration.say(f"  Progressing={said['status']}/{said['reason']}: {said['message']}")
    kept = app["spec"]["template"]["spec"]["containers"][0]["image"] == BAD_IMAGE
    apps.delete(kube, NAME)

    narration.require(took >= DEADLINE - 5, f"given up after {took:.0f} s already, before the deadline of {DEADLINE} s")
    narration.require("Pull" in said["message"], f"the condition does not tell the container's own reason: {said['message']}")
    narration.require(app["status"]["stableRevision"] == stable, "the stable revision is another one now")
    narration.require(kept, "the spec was written over")
    narration.require(report["failed"] == 0, f"{report['failed']} of {report['requests']} failed ({failures(report)})")
    narration.require(not broken, f"broken at {len(broken)} of {watcher.events} events: {'; '.join(broken[:3])}")
    return (f"a bad image given up after {took:.0f} s (deadline {DEADLINE} s) for its container's own reason, stable revision "
            f"kept; 0 of {report['requests']} failed")


def given_up(kube: Kube):
    said = condition(kube.app(NAME), "Progressing")
    return said.get("status") == "False" and said.get("reason") == "RolledBack"


def only(kube: Kube, revision):
    """Only that revision's ReplicaSet has pods."""
    sets = kube.replica_sets(NAME)
    return all(item["spec"]["replicas"] == (4 if item["metadata"]["labels"]["tidewright.dev/revision"] == revision else 0)
               for item in sets)

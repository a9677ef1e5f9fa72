"""rollback: an image that does not start, and beside it a canary that answers with errors; both are undone by themselves."""
import json
import time

from .. import apps, narration
from ..access import Kube, condition
from ..board import Board
from ..invariants import Watcher
from ..load import Load, failures

NAME, CANARY = "rollback", "canary"
DEADLINE = 30  # seconds, as apps/rollback.yaml has it
INTERVAL, LIMIT = 3, 0.01  # of the analysis, as apps/canary.yaml has it
RATE = 100  # on the canary and the pods beside it
# No such registry can exist: names below .invalid never resolve.
BAD_IMAGE = "registry.invalid/tidewright/app:2"


def run(kube: Kube):
    apps.apply(kube, apps.OURS / "rollback.yaml")
    apps.apply(kube, apps.OURS / "canary.yaml")
    apps.wait_ready(kube, NAME, 4)
    apps.wait_ready(kube, CANARY, 4)
    stable = kube.app(NAME)["status"]["stableRevision"]
    watcher = Watcher(kube, NAME, 4, 1, 0).start()
    load = Load(kube, "new", kube.service_url(NAME), 60, seconds=DEADLINE + 20).start()
    asking = Load(kube, "canary", kube.service_url(CANARY), RATE, seconds=600).start()
    try:
        with Board(kube, NAME, CANARY, loads=[load, asking]):
            began = time.monotonic()
            apps.set_image(kube, NAME, BAD_IMAGE)
            undone = bad_canary(kube)
            asked = asking.end()
            narration.until(DEADLINE + 25, "the rollout is given up", lambda: given_up(kube, NAME))
            took = time.monotonic() - began
            narration.until(20, "the bad ReplicaSet is at 0", lambda: only(kube, NAME, stable))
            report = load.result()
    finally:
        asking.stop()
    broken = watcher.stop()
    app = kube.app(NAME)
    said = condition(app, "Progressing")
    narration.say(f"  Progressing={said['status']}/{said['reason']}: {said['message']}")
    kept = app["spec"]["template"]["spec"]["containers"][0]["image"] == BAD_IMAGE
    apps.delete(kube, NAME, CANARY)

    narration.require(took >= DEADLINE - 5, f"given up after {took:.0f} s already, before the deadline of {DEADLINE} s")
    narration.require("Pull" in said["message"], f"the condition does not tell the container's own reason: {said['message']}")
    narration.require(app["status"]["stableRevision"] == stable, "the stable revision is another one now")
    narration.require(kept, "the spec was written over")
    narration.require(report["failed"] == 0, f"{report['failed']} of {report['requests']} failed ({failures(report)})")
    narration.require(not broken, f"broken at {len(broken)} of {watcher.events} events: {'; '.join(broken[:3])}")
    return (f"a bad image given up after {took:.0f} s (deadline {DEADLINE} s) for its container's own reason, stable revision "
            f"kept; 0 of {report['requests']} failed; {undone}, when {asked['failed']} of {asked['requests']} had been errors")


def bad_canary(kube: Kube):
    """5 % of what the new version answers are errors; it is back at weight 0 within an interval and 5 s of when that is known."""
    stable = kube.app(CANARY)["status"]["stableRevision"]
    make_bad(kube)
    asked = kube.app(CANARY)
    query = error_rate(asked, narration.until(30, "the canary has its revision", lambda: new_revision(kube, stable)))
    narration.until(60, f"Prometheus has an error rate above {LIMIT:.0%}", lambda: value(kube, query) > LIMIT)
    known = time.monotonic()
    narration.until(INTERVAL + 5, "the canary is back at weight 0", lambda: only(kube, CANARY, stable, least=3))
    took = time.monotonic() - known
    narration.until(30, "the stable revision is the whole app", lambda: given_up(kube, CANARY) and only(kube, CANARY, stable))
    app = kube.app(CANARY)
    said = condition(app, "Progressing")
    narration.say(f"  Progressing={said['status']}/{said['reason']}: {said['message']}")
    narration.require("error-rate" in said["message"], f"the condition does not tell the analysis: {said['message']}")
    narration.require(app["metadata"]["generation"] == asked["metadata"]["generation"], "the spec was written over")
    return f"a canary with 5 % errors at weight 0 {took:.1f} s after Prometheus knew (interval {INTERVAL} s)"


def make_bad(kube: Kube):
    """Version 2, of which one answer in twenty is an error."""
    container = "/spec/template/spec/containers/0"
    patch = [{"op": "replace", "path": f"{container}/image", "value": apps.image(2)},
             {"op": "add", "path": f"{container}/args/-", "value": "--error-rate=0.05"}]
    kube.in_namespace("patch", f"sapp/{CANARY}", "--type=json", "-p", json.dumps(patch))


def new_revision(kube: Kube, stable):
    current = kube.app(CANARY)["status"].get("currentRevision")
    return current if current != stable else None


def error_rate(app, revision):
    """The analysis' own query, as the operator fills it in."""
    query = app["spec"]["rollout"]["analysis"][0]["prometheus"]["query"]
    return query.replace("{{namespace}}", app["metadata"]["namespace"]).replace("{{revision}}", revision)


def value(kube: Kube, query):
    """What Prometheus answers now; 0 while it knows nothing."""
    found = kube.prometheus(query)
    return found[0][1] if found and found[0][1] == found[0][1] else 0  # NaN is not equal to itself.


def given_up(kube: Kube, name):
    said = condition(kube.app(name), "Progressing")
    return said.get("status") == "False" and said.get("reason") == "RolledBack"


def only(kube: Kube, name, revision, least=4):
    """Only that revision's ReplicaSet is to have pods, and at least so many."""
    sets = {item["metadata"]["labels"]["tidewright.dev/revision"]: item["spec"]["replicas"] for item in kube.replica_sets(name)}
    return sets.pop(revision, 0) >= least and not any(sets.values())

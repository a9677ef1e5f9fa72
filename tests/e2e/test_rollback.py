"""A revision that does not start is given up at its deadline; the stable one goes on as if nothing had been."""
import json

import pytest

from cluster import until
from demo import apps
from demo.access import condition

NAME = "rollback"


@pytest.fixture
def deployed(kube):
    """Version 1, Healthy, and ten seconds for the next; also where the test before left something bad."""
    apps.apply(kube, apps.OURS / "rollback.yaml")
    patch(kube, [{"op": "replace", "path": "/spec/rollout/progressDeadlineSeconds", "value": 10}])
    apps.wait_ready(kube, NAME, 4)
    return kube


def patch(kube, operations):
    kube.in_namespace("patch", f"sapp/{NAME}", "--type=json", "-p", json.dumps(operations))


CONTAINER = "/spec/template/spec/containers/0"


# A pull that nobody answers can take longer than the deadline to fail; one that is forbidden fails at once.
@pytest.mark.parametrize("operations, reason", [
    ([{"op": "replace", "path": f"{CONTAINER}/image", "value": "docker.io/tidewright/app:missing"},
      {"op": "replace", "path": f"{CONTAINER}/imagePullPolicy", "value": "Never"}], "ErrImageNeverPull"),
    ([{"op": "replace", "path": f"{CONTAINER}/args", "value": ["--no-such-flag"]}], "CrashLoopBackOff"),
], ids=["image-not-found", "exits-at-once"])
def test_returns_to_the_stable_revision_and_says_why(deployed, operations, reason):
    kube = deployed
    stable = kube.app(NAME)["status"]["stableRevision"]
    patch(kube, operations)

    def given_up():
        said = condition(kube.app(NAME), "Progressing")
        return said if (said.get("status"), said.get("reason")) == ("False", "RolledBack") else None

    said = until(60, "Progressing is False/RolledBack", given_up)
    assert reason in said["message"]
    app = kube.app(NAME)
    assert app["status"]["phase"] == "RolledBack" and app["status"]["stableRevision"] == stable

    def by_revision():
        return {item["metadata"]["labels"]["tidewright.dev/revision"]: item["spec"]["replicas"] for item in kube.replica_sets(NAME)}

    until(20, "only the stable revision has pods", lambda: {r: n for r, n in by_revision().items() if n} == {stable: 4})
    assert len(by_revision()) >= 2, "the bad ReplicaSet is kept for inspection"

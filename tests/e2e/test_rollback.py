"""A revision that does not start is given up at its deadline; the stable one goes on as if nothing had been."""
import pytest

from cluster import until
from demo import apps
from demo.access import condition

NAME = "rollback"


@pytest.fixture(scope="module")
def deployed(kube):
    apps.apply(kube, apps.OURS / "rollback.yaml")
    kube.in_namespace("patch", f"sapp/{NAME}", "--type=merge", "-p", '{"spec": {"rollout": {"progressDeadlineSeconds": 10}}}')
    apps.wait_ready(kube, NAME, 4)
    return kube


@pytest.mark.parametrize("change, word", [
    ('{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "registry.invalid/app:2"}', "Pull"),
    ('{"op": "replace", "path": "/spec/template/spec/containers/0/args", "value": ["--no-such-flag"]}', "CrashLoopBackOff"),
], ids=["image-not-found", "exits-at-once"])
def test_returns_to_the_stable_revision_and_says_why(deployed, change, word):
    kube = deployed
    stable = kube.app(NAME)["status"]["stableRevision"]
    kube.in_namespace("patch", f"sapp/{NAME}", "--type=json", "-p", f"[{change}]")

    def given_up():
        said = condition(kube.app(NAME), "Progressing")
        return said if (said.get("status"), said.get("reason")) == ("False", "RolledBack") else None

    said = until(60, "Progressing is False/RolledBack", given_up)
    assert word in said["message"]
    app = kube.app(NAME)
    assert app["status"]["phase"] == "RolledBack" and app["status"]["stableRevision"] == stable

    def by_revision():
        return {item["metadata"]["labels"]["tidewright.dev/revision"]: item["spec"]["replicas"] for item in kube.replica_sets(NAME)}

    until(20, "only the stable revision has pods", lambda: {r: n for r, n in by_revision().items() if n} == {stable: 4})
    assert len(by_revision()) >= 2, "the bad ReplicaSet is kept for inspection"
    # Back to what runs: the person's next edit is taken at once.
    apps.apply(kube, apps.OURS / "rollback.yaml")
    kube.in_namespace("patch", f"sapp/{NAME}", "--type=merge", "-p", '{"spec": {"rollout": {"progressDeadlineSeconds": 10}}}')
    apps.wait_ready(kube, NAME, 4)

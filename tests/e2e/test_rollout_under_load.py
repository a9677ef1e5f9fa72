"""The short form of the demo's rollout: images change under load and nothing fails; what was left out shows that it could."""
import pytest

from cluster import figure
from demo import apps
from demo.access import condition
from demo.invariants import Watcher
from demo.load import Load, failures

REPLICAS, SURGE = 4, 1


@pytest.fixture(scope="module")
def deployed(kube):
    for name in ("rollout", "careless"):
        apps.apply(kube, apps.OURS / f"{name}.yaml")
    apps.wait_ready(kube, "rollout", REPLICAS)
    apps.wait_ready(kube, "careless", 2)
    return kube


def test_no_request_fails_and_the_bounds_hold(deployed):
    kube, url = deployed, deployed.service_url("rollout")
    watcher = Watcher(kube, "rollout", REPLICAS, SURGE, 0).start()
    arms = [Load(kube, "new", url, 100, seconds=45).start(),
            Load(kube, "kept", url, 100, "keep-alive", seconds=45, pool=20).start()]
    apps.set_image(kube, "rollout", apps.image(2))
    apps.wait_ready(kube, "rollout", REPLICAS)
    reports = [arm.result() for arm in arms]
    broken = watcher.stop()
    for arm, report in zip(arms, reports):
        figure(f"rollout, {arm.name} connections: {report['failed']} of {report['requests']} failed")
        assert report["failed"] == 0, f"{failures(report)}: {report['firstFailures']}"
        assert set(report["versions"]) == {"1", "2"}
    assert broken == [] and watcher.events > 0
    assert watcher.least_available >= REPLICAS and watcher.most_wanted == REPLICAS + SURGE


def test_the_careless_app_fails_some(deployed):
    """The negative control: without it the test above could not be told from one that sees nothing."""
    kube = deployed
    assert condition(kube.app("careless"), "ZeroDowntime")["reason"] == "NoReadinessProbe"
    load = Load(kube, "careless", kube.service_url("careless"), 100, seconds=15).start()
    apps.set_image(kube, "careless", apps.image(2))
    report = load.result()
    figure(f"rollout without readiness, preStop and drain: {report['failed']} of {report['requests']} failed")
    assert report["failed"] > 0

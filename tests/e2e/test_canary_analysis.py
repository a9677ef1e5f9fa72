"""A canary judged by the Prometheus of a whole cluster: a bad one is undone and says why, and nobody is promoted on nothing."""
import json
import threading
import time

import pytest

from cluster import BUILD, figure, run, until
from demo import apps
from demo.access import Answer, condition
from demo.load import Load
from demo.steps import rollback

NAME, REPLICAS, INTERVAL = rollback.CANARY, 4, rollback.INTERVAL
RATE = 100

pytestmark = pytest.mark.proof


@pytest.fixture
def asked(kube):
    """Version 1 of the canary's app, Healthy, and asked for the whole test."""
    apps.apply(kube, apps.OURS / "canary.yaml")
    apps.wait_ready(kube, NAME, REPLICAS)
    load = Load(kube, "new", kube.service_url(NAME), RATE, seconds=900).start()
    yield kube
    load.stop()
    apps.delete(kube, NAME)
    until(60, "its pods are gone", lambda: not kube.pods(NAME))


@pytest.fixture
def tide(operator, namespace):
    def call(*words):
        return run(BUILD / "kubectl-tide", *words, "-n", namespace, env=operator.env(), timeout=150, check=False)
    return call


def status(kube):
    return kube.app(NAME)["status"]


def sizes(kube):
    """Pods wanted, by revision."""
    return {item["metadata"]["labels"]["tidewright.dev/revision"]: item["spec"]["replicas"] for item in kube.replica_sets(NAME)}


def events(kube):
    listed = kube.json(f"/apis/events.k8s.io/v1/namespaces/{kube.namespace}/events")["items"]
    return {event["reason"]: event["note"] for event in listed if event["regarding"]["name"] == NAME}


class FirstTime(threading.Thread):
    """Notes when something holds for the first time, whatever the test waits for meanwhile."""

    def __init__(self, attempt):
        super().__init__(daemon=True)
        self._attempt, self.at = attempt, None
        self.start()

    def run(self):
        deadline = time.monotonic() + 120
        while self.at is None and time.monotonic() < deadline:
            try:
                if self._attempt():
                    self.at = time.monotonic()
            except (Answer, OSError, ValueError):
                pass  # Nobody answered, which is not yet.
            time.sleep(0.1)


def test_a_canary_with_errors_is_undone_and_not_tried_again(asked, tide):
    kube = asked
    stable = status(kube)["stableRevision"]
    rollback.make_bad(kube)
    wanted = kube.app(NAME)
    bad = until(30, "the canary has its revision", lambda: rollback.new_revision(kube, stable))
    query = rollback.error_rate(wanted, bad)
    limit = FirstTime(lambda: rollback.value(kube, query) > rollback.LIMIT)
    until(60, "the canary has pods", lambda: sizes(kube).get(bad))
    until(90, "weight 0", lambda: sizes(kube)[bad] == 0)
    ended = time.monotonic()
    limit.join()
    assert limit.at, "Prometheus never knew of the errors"
    figure(f"canary with 5 % errors: at weight 0 {max(0.0, ended - limit.at):.1f} s after Prometheus knew, at an interval of {INTERVAL} s")
    assert ended - limit.at <= INTERVAL + 5

    apps_whole = {stable: REPLICAS, bad: 0}
    until(30, "the stable revision is the whole app", lambda: sizes(kube) == apps_whole and status(kube)["phase"] == "RolledBack")
    progressing = condition(kube.app(NAME), "Progressing")
    assert (progressing["status"], progressing["reason"]) == ("False", "RolledBack")
    assert "AnalysisFailed: error-rate is 0." in progressing["message"]
    assert "error-rate is 0." in until(20, "the Event", lambda: events(kube).get("RolledBack"))
    shown = tide("get", NAME).stdout
    assert shown.startswith(f"{NAME}: RolledBack") and "error-rate is 0." in shown.replace("\n            ", " "), shown
    now = kube.app(NAME)
    assert now["metadata"]["generation"] == wanted["metadata"]["generation"] and now["spec"] == wanted["spec"]

    time.sleep(4 * INTERVAL)
    assert sizes(kube) == apps_whole, "the same template was tried again"

    # What was given up is tried anew from the first step when somebody asks for it; and undone by one rolling update.
    assert tide("retry", NAME).returncode == 0
    first = until(30, "the canary is back", lambda: sizes(kube)[bad] and status(kube).get("rollout"))
    assert first["stepIndex"] == 0
    until(30, "the first step's weight", lambda: sizes(kube) == {stable: 3, bad: 1})
    assert f"revision {stable}" in tide("undo", NAME).stdout
    until(60, "the stable revision alone", lambda: sizes(kube) == apps_whole and status(kube)["phase"] == "Healthy")
    assert status(kube)["currentRevision"] == status(kube)["stableRevision"] == stable
    assert condition(kube.app(NAME), "Progressing")["status"] == "True"


def test_without_prometheus_a_canary_waits_and_then_goes_on(asked):
    kube = asked
    # The pauses end by themselves: only the analysis can hold it.
    steps = [{"setWeight": 25}, {"pause": {"seconds": 20}}, {"setWeight": 50}, {"pause": {"seconds": 5}}]
    kube.in_namespace("patch", f"sapp/{NAME}", "--type=merge", "-p", json.dumps({"spec": {"rollout": {"steps": steps}}}))
    apps.set_image(kube, NAME, apps.image(2))

    def measured(phase):
        found = status(kube).get("rollout", {}).get("analysis", [])
        return found and found[0]["phase"] == phase and found[0]

    until(60, "a measurement that is good", lambda: (measured("Running") or {}).get("successful"))
    before = sizes(kube)
    assert sorted(before.values()) == [1, 3]
    kube.kubectl("-n", "monitoring", "scale", "deployment/prometheus", "--replicas=0")
    try:
        until(60, "nobody knows", lambda: measured("Inconclusive") and status(kube)["phase"] == "Paused")
        waited = time.monotonic()
        while time.monotonic() < waited + 30:
            assert sizes(kube) == before, "it went on without knowing"
            time.sleep(0.5)
        assert "AnalysisInconclusive" in events(kube)
    finally:
        kube.kubectl("-n", "monitoring", "scale", "deployment/prometheus", "--replicas=1")
    apps.wait_ready(kube, NAME, REPLICAS, seconds=150)
    assert status(kube)["stableRevision"] == status(kube)["currentRevision"]
    assert sorted(sizes(kube).values()) == [0, 4]
    figure("Prometheus away for 30 s in a canary's analysis: it stayed at its weight, and was promoted after it was back")

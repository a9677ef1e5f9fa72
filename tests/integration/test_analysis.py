"""A new version is judged by what a Prometheus says of it, undone when that is bad, and not promoted on nothing."""
import json
import time

import pytest

from cluster import figure, until
from tidewright import app

INTERVAL = 3
ERRORS = 'errors{app="{{app}}",revision="{{revision}}"}'


def errors(**more):
    return {"name": "errors", "prometheus": {"query": ERRORS}, "successWhen": "value <= 0.01",
            "intervalSeconds": INTERVAL, **more}


def rolling(ns, analysis, **rollout):
    """An app at its first version, and then the wish for a second one."""
    first = app("web", replicas=4, rollout={"minReadySeconds": 0, "maxSurge": 1, "analysis": [analysis], **rollout})
    ns.apply(first)
    until(60, "the first revision", lambda: ns.healthy("web", 4))
    ns.apply(json.loads(json.dumps(first).replace("app:0.1.0", "app:0.2.0")))
    until(30, "the second revision is wanted", lambda: ns.status("web")["currentRevision"] != ns.status("web")["stableRevision"])


def canary(ns, analysis, *steps):
    rolling(ns, analysis, strategy="Canary", steps=list(steps))


def sizes(ns):
    """Pods by image, as asked for."""
    return {s["spec"]["template"]["spec"]["containers"][0]["image"].rsplit(":", 1)[1]: s["spec"]["replicas"]
            for s in ns.sets("web")}


def measured(ns):
    return next(iter(ns.status("web").get("rollout", {}).get("analysis", [])), {})


def events(ns):
    return {e["reason"]: e["note"] for e in ns.items("events.events.k8s.io")}


@pytest.fixture
def watched(nodes, start, prometheus):
    """The operator, and the Prometheus that it asks."""
    prometheus.value = 0.0
    prometheus.operator = start("--no-leader-elect", "--prometheus-url", prometheus.url)
    return prometheus


def test_a_canary_with_errors_is_undone_within_an_interval(ns, watched):
    canary(ns, errors(), {"setWeight": 25}, {"pause": {}})
    until(30, "a good measurement", lambda: measured(ns).get("successful", 0) >= 2)
    assert sizes(ns) == {"0.1.0": 3, "0.2.0": 1}
    generation = ns.app("web")["metadata"]["generation"]
    revision = ns.status("web")["currentRevision"]
    assert any(f"revision%3D%22{revision}%22" in query for query in watched.queries)

    watched.value, began = 0.05, time.monotonic()
    until(INTERVAL + 5, "weight 0", lambda: sizes(ns).get("0.2.0") == 0)
    figure(f"a canary with errors was at weight 0 after {time.monotonic() - began:.1f} s, at an interval of {INTERVAL} s")
    status = until(30, "the old version whole", lambda: sizes(ns) == {"0.1.0": 4, "0.2.0": 0} and ns.status("web"))
    assert status["phase"] == "RolledBack" and "errors is 0.05" in status["message"], status
    progressing = ns.condition("web", "Progressing")
    assert (progressing["status"], progressing["reason"]) == ("False", "RolledBack")
    assert "AnalysisFailed: errors is 0.05, wanted is value <= 0.01" in progressing["message"]
    assert [m["value"] for m in measured(ns)["measurements"]][-1] == 0.05, "what it was undone for"
    assert "errors is 0.05" in until(20, "the Event", lambda: events(ns).get("RolledBack"))
    whole = ns.app("web")
    assert whole["metadata"]["generation"] == generation, "the spec is the user's"
    assert ns.condition("web", "Valid")["reason"] == "Accepted"

    watched.value = 0.0
    asked = len(watched.queries)
    time.sleep(3 * INTERVAL)
    assert sizes(ns) == {"0.1.0": 4, "0.2.0": 0}, "the same template is not tried again"
    assert len(watched.queries) == asked, "nobody asks about what is over"
    ns.kubectl("annotate", "sapp", "web", "tidewright.dev/command=retry")
    until(30, "tried again", lambda: sizes(ns) == {"0.1.0": 3, "0.2.0": 1})


def test_without_prometheus_a_canary_waits_and_then_goes_on(ns, watched):
    canary(ns, errors(), {"setWeight": 25}, {"pause": {"seconds": 2 * INTERVAL + 1}})
    until(30, "a good measurement", lambda: measured(ns).get("successful", 0) >= 1)
    watched.value = None
    until(30, "nobody knows", lambda: measured(ns).get("phase") == "Inconclusive")
    time.sleep(4 * INTERVAL)
    status = ns.status("web")
    assert status["phase"] == "Paused" and "503" in status["message"], status
    assert sizes(ns) == {"0.1.0": 3, "0.2.0": 1} and status["rollout"]["stepIndex"] == 1
    assert "503" in until(20, "the Event", lambda: events(ns).get("AnalysisInconclusive"))
    watched.value = 0.0
    until(60, "it goes on", lambda: ns.healthy("web", 4))
    assert sizes(ns) == {"0.1.0": 0, "0.2.0": 4}
    assert ns.status("web")["stableRevision"] == ns.status("web")["currentRevision"]


def test_a_step_waits_for_its_measurements(ns, watched):
    watched.value = "empty"
    canary(ns, errors(count=2), {"setWeight": 25}, {"analysis": {"metrics": ["errors"]}}, {"setWeight": 50})
    until(30, "there is no data", lambda: measured(ns).get("inconclusive", 0) >= 2)
    assert sizes(ns) == {"0.1.0": 3, "0.2.0": 1} and ns.status("web")["rollout"]["stepIndex"] == 1
    watched.value, began = 0.0, time.monotonic()
    until(60, "promoted", lambda: ns.healthy("web", 4) and sizes(ns) == {"0.1.0": 0, "0.2.0": 4})
    assert time.monotonic() - began > INTERVAL, "two measurements are one interval apart"


def test_a_rolling_update_is_undone_even_when_it_was_through(ns, watched):
    watched.value = 0.05
    rolling(ns, errors())
    until(60, "undone", lambda: ns.status("web")["phase"] == "RolledBack" and sizes(ns) == {"0.1.0": 4, "0.2.0": 0})
    assert "AnalysisFailed" in ns.condition("web", "Progressing")["message"]


def test_a_restart_of_the_operator_forgets_no_measurement(ns, watched, start):
    canary(ns, errors(failureLimit=2), {"setWeight": 25}, {"pause": {}})
    until(30, "a good measurement", lambda: measured(ns).get("successful", 0) >= 1)
    watched.value = 0.05
    until(30, "a bad one", lambda: measured(ns).get("failed", 0) >= 1)
    watched.operator.kill()
    before = measured(ns)
    start("--no-leader-elect", "--prometheus-url", watched.url)
    until(60, "undone", lambda: ns.status("web")["phase"] == "RolledBack")
    after = measured(ns)
    assert after["failed"] == 3 and after["startedAt"] == before["startedAt"]
    assert after["measurements"][:len(before["measurements"])] == before["measurements"]


def test_an_expression_that_nobody_can_meet_is_refused(ns, watched):
    ns.apply(app("web", rollout={"analysis": [errors(successWhen="value > 5 and value < 1")]}))
    valid = until(30, "it is refused", lambda: ns.condition("web", "Valid"))
    assert (valid["status"], valid["reason"]) == ("False", "InvalidSpec")
    assert "spec.rollout.analysis[0].successWhen" in valid["message"] and "holds for no number" in valid["message"]
    assert not ns.sets("web")

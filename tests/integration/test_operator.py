"""The whole operator against a real API server: one app from its first pod to its end."""
import contextlib
import json
import os
import time
import unittest.mock

from cluster import figure, until
from demo.access import Kube
from demo.invariants import Watcher
from tidewright import app, audited, ours


def test_an_app_becomes_a_replica_set_a_service_and_a_budget(nodes, ns, operator):
    ns.apply(app("web"))
    status = until(60, "web is healthy", lambda: ns.healthy("web", 3))
    assert status["replicas"] == status["readyReplicas"] == status["updatedReplicas"] == 3
    assert status["stableRevision"] == status["currentRevision"]

    replica_set, = ns.sets("web")
    revision = status["currentRevision"]
    assert replica_set["metadata"]["name"] == f"web-{revision}"
    owner, = replica_set["metadata"]["ownerReferences"]
    assert owner["kind"] == "ScaledApp" and owner["controller"]
    assert replica_set["spec"]["template"]["spec"]["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"] == 5
    service = json.loads(ns.kubectl("get", "service", "web", "-o", "json").stdout)
    assert service["spec"]["selector"] == {"tidewright.dev/app": "web"}
    budget = json.loads(ns.kubectl("get", "pdb", "web", "-o", "json").stdout)
    assert budget["spec"]["maxUnavailable"] == 1
    for kind, value in {"Ready": "True", "Available": "True", "Progressing": "True", "Valid": "True",
                        "ZeroDowntime": "True"}.items():
        assert ns.condition("web", kind)["status"] == value, kind


def test_scale_by_kubectl(nodes, ns, operator):
    ns.apply(app("web", replicas=2))
    until(60, "two pods", lambda: ns.healthy("web", 2))
    ns.kubectl("scale", "sapp/web", "--replicas=5")
    until(60, "five pods", lambda: ns.healthy("web", 5))
    ns.kubectl("scale", "sapp/web", "--replicas=0")
    until(60, "none", lambda: ns.status("web").get("phase") == "Suspended")
    assert len(ns.sets("web")) == 1


@contextlib.contextmanager
def watched(ns, replicas, surge):
    """The bounds of an update of `web` hold at every event of the block."""
    with unittest.mock.patch.dict(os.environ, ns.api.env()), Kube(ns.name) as kube:
        watcher = Watcher(kube, "web", replicas, surge, 0).start()
        try:
            yield
        finally:
            broken = watcher.stop()
        assert broken == []
        assert watcher.events > 0


def test_a_new_image_rolls_within_its_limits(nodes, ns, operator):
    ns.apply(app("web", replicas=4))
    first = until(60, "web is healthy", lambda: ns.healthy("web", 4))["currentRevision"]

    def rolled():
        status = ns.healthy("web", 4)
        return status["stableRevision"] != first and status
    with watched(ns, replicas=4, surge=1):
        ns.apply(app("web", replicas=4, image="docker.io/tidewright/app:0.2.0"))
        until(90, "the new revision is the whole app", rolled)
    sizes = {s["metadata"]["labels"]["tidewright.dev/revision"]: s["spec"]["replicas"] for s in ns.sets("web")}
    assert sizes.pop(first) == 0 and list(sizes.values()) == [4]

    events = [e["reason"] for e in ns.items("events.events.k8s.io")]
    assert "RolloutCompleted" in events


def test_what_is_deleted_comes_back(nodes, ns, operator):
    ns.apply(app("web"))
    until(60, "web is healthy", lambda: ns.healthy("web", 3))
    ns.kubectl("delete", "service,pdb", "web")
    ns.kubectl("delete", "replicasets", "--all")
    until(30, "the Service is back", lambda: ns.kubectl("get", "service,pdb", "web", check=False).returncode == 0)
    until(60, "the pods are back", lambda: ns.healthy("web", 3))


def test_at_the_fixed_point_nothing_is_written(nodes, ns, operator):
    names = [f"app-{i}" for i in range(10)]
    ns.apply(*(app(name, replicas=1) for name in names))
    for name in names:
        until(90, f"{name} is healthy", lambda n=name: ns.healthy(n, 1))
    time.sleep(8)  # Statuses of EndpointSlices and budgets settle, and Events are written.
    before = len(ours(audited(nodes, ns.name)))
    assert before > 0
    seconds = 20
    # Reconciles must happen, or no writes prove nothing.
    reconciles = operator.metric("controller_runtime_reconcile_total")
    for name in names:
        ns.kubectl("label", "sapp", name, "looked-at=yes")
    time.sleep(seconds)
    assert operator.metric("controller_runtime_reconcile_total") - reconciles >= len(names)
    writes = ours(audited(nodes, ns.name))[before:]
    assert writes == [], [(w["verb"], w["requestURI"]) for w in writes]
    figure(f"writes at the fixed point in {seconds} s: 0")


def test_the_operator_killed_ten_times_during_a_rollout(nodes, ns, start):
    operator = start()
    ns.apply(app("web", replicas=6))
    first = until(60, "web is healthy", lambda: ns.healthy("web", 6))["currentRevision"]

    def rolled():
        status = ns.healthy("web", 6)
        return status["stableRevision"] != first
    with watched(ns, replicas=6, surge=2):
        ns.apply(app("web", replicas=6, image="docker.io/tidewright/app:0.2.0"))
        for i in range(10):
            time.sleep(0.15 + 0.1 * i)
            operator.kill()
            operator = start()
        until(90, "the rollout ends", rolled)
    assert len(ns.sets("web")) == 2


def test_an_app_deleted_while_the_operator_is_down(nodes, ns, start):
    operator = start()
    ns.apply(app("web"), app("stays", replicas=1))
    until(60, "both are healthy", lambda: ns.healthy("web", 3) and ns.healthy("stays", 1))
    assert operator.stop() == 0
    ns.kubectl("delete", "sapp", "web")
    operator = start()
    until(60, "its children are gone", lambda: not ns.sets("web") and ns.kubectl(
        "get", "service,pdb", "web", check=False).returncode != 0)
    until(30, "the other one still is looked after", lambda: ns.healthy("stays", 1))
    ns.kubectl("scale", "sapp/stays", "--replicas=2")
    until(60, "and scales", lambda: ns.healthy("stays", 2))
    assert f'app="web",namespace="{ns.name}"' not in operator.get("/metrics")[1]


def test_somebody_elses_service_is_left_alone(nodes, ns, operator):
    ns.apply({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
              "spec": {"ports": [{"port": 80}], "selector": {"somebody": "else"}}})
    ns.apply(app("web"))
    valid = until(30, "the condition", lambda: ns.condition("web", "Valid").get("status") == "False"
                  and ns.condition("web", "Valid"))
    assert valid["reason"] == "NameTaken" and "Service web" in valid["message"]
    assert ns.status("web")["phase"] == "Invalid"
    service = json.loads(ns.kubectl("get", "service", "web", "-o", "json").stdout)
    assert service["spec"]["selector"] == {"somebody": "else"} and "ownerReferences" not in service["metadata"]


def test_a_template_that_the_api_server_refuses_touches_nothing(nodes, ns, operator):
    ns.apply(app("web"))
    revision = until(60, "web is healthy", lambda: ns.healthy("web", 3))["currentRevision"]
    bad = app("web", image="docker.io/tidewright/app:0.2.0")
    bad["spec"]["template"]["spec"]["containers"][0]["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
    ns.apply(bad)
    valid = until(30, "the condition", lambda: ns.condition("web", "Valid").get("status") == "False"
                  and ns.condition("web", "Valid"))
    assert valid["reason"] == "TemplateRefused" and 'Not found: "data"' in valid["message"]
    replica_set, = ns.sets("web")
    assert replica_set["metadata"]["name"].endswith(revision) and replica_set["spec"]["replicas"] == 3
    ns.apply(app("web", image="docker.io/tidewright/app:0.2.0"))
    until(60, "it recovers", lambda: ns.healthy("web", 3) and ns.condition("web", "Valid")["status"] == "True")


def test_commands_are_taken_once(nodes, ns, operator):
    ns.apply(app("web", replicas=1))
    until(60, "web is healthy", lambda: ns.healthy("web", 1))
    for command, word in (("retry", "nothing failed"), ("dance", "known ones are promote")):
        ns.kubectl("annotate", "sapp", "web", f"tidewright.dev/command={command}")
        last = until(20, command, lambda c=command: ns.status("web").get("lastCommand", {}).get("name") == c
                     and ns.status("web")["lastCommand"])
        assert word in last["result"]
        until(10, "the annotation is gone", lambda: "tidewright.dev/command" not in
              ns.app("web")["metadata"].get("annotations", {}))
    until(15, "a Warning", lambda: [e for e in ns.items("events.events.k8s.io") if e["reason"] == "UnknownCommand"
                                    and e["type"] == "Warning"])


def test_the_lease_is_handed_over(nodes, ns, start):
    flags = ["--lease-namespace", ns.name, "--lease-name", "handover"]
    one = start(*flags)
    until(20, "the first leads", one.leads)
    two = start(*flags)
    until(20, "the second is ready", lambda: two.get("/readyz")[0] == 200)
    assert not two.leads()
    ns.apply(app("web", replicas=1))
    until(60, "web is healthy", lambda: ns.healthy("web", 1))
    assert one.stop() == 0
    began = time.monotonic()
    until(10, "the second leads", two.leads)
    figure(f"hand-over of the lease in {time.monotonic() - began:.1f} s")
    ns.kubectl("scale", "sapp/web", "--replicas=2")
    until(60, "the second acts", lambda: ns.healthy("web", 2))


def test_readiness_and_metrics(nodes, ns, operator):
    assert operator.get("/healthz")[0] == 200
    ns.apply(app("web", replicas=2))
    until(60, "web is healthy", lambda: ns.healthy("web", 2))
    text = operator.get("/metrics")[1]
    # A request counts once it is over, and a watch is not: only after the first write is the counter sure to be there.
    for name in ("workqueue_depth", "rest_client_requests_total", "leader_election_master_status",
                 "tidewright_decision_seconds", "tidewright_watch_last_heard_seconds"):
        assert name in text, name
    assert f'tidewright_desired_replicas{{namespace="{ns.name}",app="web"}} 2' in text

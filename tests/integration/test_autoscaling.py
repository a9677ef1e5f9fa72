"""The count follows a number that a Prometheus says, and survives that nobody says one."""
import re
import time

from cluster import ROOT, until
from tidewright import app, audited, ours


def scaled(name="web", **more):
    metric = {"name": "rps", "prometheus": {"query": 'sum(rate(requests{app="{{app}}"}[15s]))'},
              "target": {"type": "AverageValue", "value": 10}}
    rules = {"stabilizationWindowSeconds": 0, "policies": [{"type": "Pods", "value": 100, "periodSeconds": 1}]}
    return app(name, replicas=1, autoscaling={
        "minReplicas": 1, "maxReplicas": 8, "pollSeconds": 1, "metrics": [metric],
        "behavior": {"scaleUp": rules, "scaleDown": rules}, **more})


def test_the_count_follows_the_metric_and_holds_without_one(nodes, ns, start, prometheus):
    operator = start("--no-leader-elect", "--prometheus-url", prometheus.url)
    ns.apply(scaled())
    until(60, "one pod", lambda: ns.healthy("web", 1))
    prometheus.value = 55
    until(30, "six pods", lambda: ns.healthy("web", 6))
    assert any("app%3D%22web%22" in query for query in prometheus.queries)
    status = ns.status("web")
    assert status["autoscaling"]["desiredReplicas"] == status["desiredReplicas"] == 6
    assert status["autoscaling"]["lastDecision"]["result"] == 6
    assert ns.app("web")["spec"]["replicas"] == 1, "what a person wrote stays"
    assert ns.condition("web", "ScalingActive")["status"] == "True"
    assert ns.condition("web", "MetricsAvailable")["status"] == "True"

    prometheus.value = None
    until(30, "the metric is unknown", lambda: ns.condition("web", "MetricsAvailable")["status"] == "False")
    assert ns.condition("web", "MetricsAvailable")["reason"] == "PrometheusUnreachable"
    prometheus.value = "empty"
    until(30, "the metric has no data", lambda: ns.condition("web", "MetricsAvailable")["reason"] == "NoData")
    time.sleep(3)
    assert ns.healthy("web", 6)

    prometheus.value = 20
    until(30, "two pods", lambda: ns.healthy("web", 2))
    assert ns.condition("web", "MetricsAvailable")["status"] == "True"
    values = re.findall(rf'^tidewright_metric_value{{[^}}]*namespace="{ns.name}"[^}}]*}} (\S+)', operator.get("/metrics")[1], re.M)
    assert values == ["20"]
    # What the chart's alerts and dashboard ask for is there to be asked for.
    text = operator.get("/metrics")[1]
    for file in (ROOT / "helm" / "tidewright" / "files").glob("[ad]*s*"):
        for name, labels in re.findall(r"((?:tidewright|controller_runtime|workqueue|rest_client|leader_election)_\w+)(\{[^}]*\})?",
                                       file.read_text()):
            series = [line for line in text.splitlines() if re.match(rf"{name}[{{ ]", line)]
            assert series, f"{file.name}: {name}"
            for label in re.findall(r"(\w+)(?:=|!)", labels):
                assert f'{label}="' in series[0], f"{file.name}: {name} has no label {label}"
    reasons = [e["reason"] for e in ns.items("events.events.k8s.io")]
    assert "ScaledUp" in reasons and "ScaledDown" in reasons


def test_constant_metrics_write_nothing(nodes, ns, start, prometheus):
    start("--no-leader-elect", "--prometheus-url", prometheus.url)
    prometheus.value = 20
    ns.apply(scaled())
    until(60, "two pods", lambda: ns.healthy("web", 2))
    time.sleep(5)
    before, asked = len(ours(audited(nodes, ns.name))), len(prometheus.queries)
    time.sleep(15)
    writes = ours(audited(nodes, ns.name))[before:]
    assert writes == [], [(w["verb"], w["requestURI"]) for w in writes]
    assert 12 <= len(prometheus.queries) - asked <= 18, "one query a poll"


def test_dry_run_decides_and_writes_no_count(nodes, ns, start, prometheus):
    start("--no-leader-elect", "--prometheus-url", prometheus.url)
    prometheus.value = 50
    ns.apply(scaled(mode="DryRun"))
    until(60, "one pod", lambda: ns.healthy("web", 1))
    steps = until(30, "the decision is told", lambda: ns.status("web")["autoscaling"]["lastDecision"]["steps"])
    assert {"mode"} <= {step["step"] for step in steps} and steps[0]["to"] == 5
    assert ns.condition("web", "ScalingActive")["reason"] == "DryRun"
    assert ns.healthy("web", 1)


def test_the_count_stays_when_autoscaling_is_taken_away(nodes, ns, start, prometheus):
    start("--no-leader-elect", "--prometheus-url", prometheus.url)
    prometheus.value = 40
    ns.apply(scaled())
    until(60, "four pods", lambda: ns.healthy("web", 4))
    ns.kubectl("patch", "sapp", "web", "--type=json", "-p", '[{"op": "remove", "path": "/spec/autoscaling"}]')
    until(20, "it is told", lambda: ns.condition("web", "ScalingActive").get("reason") == "Removed")
    time.sleep(2)
    assert ns.healthy("web", 4)
    ns.kubectl("scale", "sapp/web", "--replicas=2")
    until(30, "what a person says counts", lambda: ns.healthy("web", 2))


def test_a_lost_status_costs_no_pods(nodes, ns, start, prometheus):
    operator = start("--no-leader-elect", "--prometheus-url", prometheus.url)
    prometheus.value = 50
    ns.apply(scaled())
    until(60, "five pods", lambda: ns.healthy("web", 5))
    operator.kill()
    prometheus.value = None
    ns.kubectl("patch", "sapp", "web", "--subresource=status", "--type=json", "-p",
               '[{"op": "replace", "path": "/status", "value": {}}]')
    start("--no-leader-elect", "--prometheus-url", prometheus.url)
    until(30, "the status is rebuilt", lambda: ns.status("web").get("desiredReplicas") == 5)
    time.sleep(3)
    assert ns.status("web")["desiredReplicas"] == 5
    assert sum(s["spec"]["replicas"] for s in ns.sets("web")) == 5


def test_a_hand_over_without_metrics_costs_no_pods(nodes, ns, start, prometheus):
    flags = ["--lease-namespace", ns.name, "--lease-name", "count", "--prometheus-url", prometheus.url]
    one = start(*flags)
    until(20, "the first leads", one.leads)
    two = start(*flags)
    prometheus.value = 50
    ns.apply(scaled())
    until(60, "five pods", lambda: ns.healthy("web", 5))
    prometheus.value = None
    assert one.stop() == 0
    until(20, "the second leads", two.leads)
    until(20, "the second finds that nothing is known", lambda: ns.condition("web", "MetricsAvailable")["status"] == "False")
    assert ns.status("web")["desiredReplicas"] == 5
    prometheus.value = 20
    until(30, "two pods", lambda: ns.healthy("web", 2))
    assert sum(s["spec"]["replicas"] for s in ns.sets("web")) == 2


def test_a_target_that_exists_is_scaled(nodes, ns, start, prometheus):
    start("--no-leader-elect", "--prometheus-url", prometheus.url)
    template = {"metadata": {"labels": {"app": "legacy"}}, "spec": {"containers": [{"name": "app", "image": "x"}]}}
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "legacy"}
    spec = {"targetRef": target, "autoscaling": scaled()["spec"]["autoscaling"]}
    ns.apply({"apiVersion": "tidewright.dev/v1alpha1", "kind": "ScaledApp", "metadata": {"name": "web"}, "spec": spec})
    until(20, "it is missed", lambda: ns.condition("web", "Valid").get("reason") == "TargetNotFound")
    assert "Deployment legacy" in ns.condition("web", "Valid")["message"]
    ns.apply({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "legacy"}, "spec": {
        "replicas": 2, "selector": {"matchLabels": {"app": "legacy"}}, "template": template}})
    prometheus.value = 40
    ns.kubectl("label", "sapp", "web", "look=now")
    until(40, "four pods", lambda: ns.status("web").get("phase") == "Healthy" and ns.status("web")["replicas"] == 4)
    assert not ns.sets("web")

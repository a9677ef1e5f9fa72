"""Whatever a Prometheus does wrong, the count holds, the condition says what is wrong, and the right answer counts again."""
import base64
import json
import ssl
import time

import pytest

from cluster import run, until
from misbehaving_prometheus import Misbehaving
from tidewright import app, audited, ours

PODS = 6  # What the true load asks for; every fault, read wrongly, would ask for one.


@pytest.fixture
def prometheus():
    source = Misbehaving(value=10 * PODS)
    yield source
    source.stop()


def scaled(**prometheus):
    metric = {"name": "rps", "prometheus": {"query": "load", **prometheus}, "target": {"type": "AverageValue", "value": 10}}
    rules = {"stabilizationWindowSeconds": 0, "policies": [{"type": "Pods", "value": 100, "periodSeconds": 1}]}
    return app("web", replicas=1, autoscaling={
        "minReplicas": 1, "maxReplicas": 8, "pollSeconds": 1, "metrics": [metric],
        "behavior": {"scaleUp": rules, "scaleDown": rules}})


def available(ns):
    return ns.condition("web", "MetricsAvailable")


FAULTS = {  # fault: (reason, what the sentence says)
    "empty": ("NoData", "no series"),
    "nan": ("Unknown", "NaN"),
    "infinite": ("Unknown", "infinite"),
    "several": ("Unknown", "2 series"),
    "stale": ("Unknown", "evaluated at"),
    "partial": ("Unknown", "store-1"),
    "broken": ("PrometheusUnreachable", "HTTP 500"),
    "error_with_200": ("QueryFailed", "parse error at char 7"),
    "truncated": ("PrometheusUnreachable", "cut while answering"),
    "half_a_body": ("Unknown", "not Prometheus'"),
    "login_page": ("Unknown", "log in"),
    "redirecting": ("Unknown", "redirects to"),
    "huge": ("Unknown", "more than"),
    "slow": ("PrometheusUnreachable", "10 s"),
    "dribbling": ("PrometheusUnreachable", "no whole answer within 10 s"),
}


# Those that cost a time-out each, and halves of the others, side by side: the test is the longest of its level.
@pytest.mark.parametrize("faults", [list(FAULTS)[:7], list(FAULTS)[7:13], list(FAULTS)[13:]],
                         ids=["answers", "refusals", "delays"])
def test_no_fault_of_the_server_removes_a_pod(nodes, ns, start, prometheus, faults):
    elsewhere = Misbehaving(value=1)
    prometheus.elsewhere = elsewhere.url + "/api/v1/query?query=1"
    operator = start("--no-leader-elect", "--prometheus-url", prometheus.url)
    ns.apply(scaled())
    until(60, "six pods", lambda: ns.healthy("web", PODS))
    changes = operator.said().count("scaled ReplicaSet")
    for fault in faults:
        reason, words = FAULTS[fault]
        asked = prometheus.asked
        prometheus.fault = getattr(Misbehaving, fault)
        said = until(30, f"{fault}: the condition", lambda: available(ns)["status"] == "False" and available(ns))
        assert said["reason"] == reason and words in said["message"], (fault, said)
        until(30, f"{fault}: it is asked again", lambda: prometheus.asked >= asked + 3)
        assert sum(s["spec"]["replicas"] for s in ns.sets("web")) == PODS, fault
        assert ns.status("web")["autoscaling"]["desiredReplicas"] == PODS, fault
        prometheus.fault = None
        until(50, f"{fault} is over", lambda: available(ns)["status"] == "True")
    assert operator.said().count("scaled ReplicaSet") == changes, "no fault moved the count, even for a moment"
    assert elsewhere.asked == 0, "a redirect is not followed"
    prometheus.value = 20
    until(30, "two pods", lambda: ns.healthy("web", 2))
    elsewhere.stop()


def test_a_dead_server_costs_few_requests_and_no_writes(nodes, ns, start, prometheus):
    start("--no-leader-elect", "--prometheus-url", prometheus.url)
    ns.apply(scaled())
    until(60, "six pods", lambda: ns.healthy("web", PODS))
    asked = prometheus.asked
    prometheus.fault = Misbehaving.broken
    # Five failures open it; the first of them may still have been an answer.
    until(30, "it is asked five times", lambda: prometheus.asked >= asked + 5)
    until(20, "it is noticed", lambda: available(ns)["status"] == "False")
    time.sleep(2)  # The breaker has opened, and what was decided on the last answer is written.
    asked, writes = prometheus.asked, len(ours(audited(nodes, ns.name)))
    time.sleep(12)  # Not waiting for anything: what is shown is that little happens in it.
    assert prometheus.asked - asked <= 3
    assert len(ours(audited(nodes, ns.name))) - writes == 0
    prometheus.fault = None
    until(50, "it is asked again", lambda: available(ns)["status"] == "True")
    assert ns.healthy("web", PODS)


def put_secret(ns, name, **data):
    ns.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name},
              "data": {key.replace("_", "."): base64.b64encode(value.encode()).decode() for key, value in data.items()}})


def test_a_token_comes_from_a_secret_and_may_be_fixed(nodes, ns, start, prometheus):
    prometheus.token = "right-f00d"
    operator = start("--no-leader-elect", "--log-level", "debug")
    ns.apply(scaled(serverAddress=prometheus.url, authRef={"name": "metrics"}))
    missing = until(30, "it is missed", lambda: available(ns).get("reason") == "CredentialsFailed" and available(ns))
    assert f"Secret metrics in namespace {ns.name} does not exist" in missing["message"]
    assert prometheus.asked == 0

    put_secret(ns, "metrics", password="wrong-beef")
    until(30, "a key is missed", lambda: "has no key username" in available(ns)["message"])
    assert prometheus.asked == 0
    put_secret(ns, "metrics", token="wrong-beef")
    until(30, "it is refused", lambda: "HTTP 401" in available(ns)["message"])
    put_secret(ns, "metrics", token="right-f00d")
    until(30, "six pods", lambda: ns.healthy("web", PODS))
    prometheus.value = 20
    until(30, "two pods", lambda: ns.healthy("web", 2))

    seen = operator.said() + json.dumps(ns.app("web")) + json.dumps(ns.items("events.events.k8s.io"))
    for secret in ("beef", "f00d", base64.b64encode(b"right-f00d").decode()):
        assert secret not in seen


def certificate(folder, name, ca=None):
    """A certificate authority, or what it has signed for `name`; returns (certificate, key) as files."""
    key, request, out = folder / f"{name}.key", folder / f"{name}.csr", folder / f"{name}.crt"
    run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-subj",
        f"/CN={name}", *(["-out", request] if ca else ["-x509", "-days", "2", "-out", out]))
    if ca:
        (folder / "names").write_text(f"subjectAltName=DNS:{name}\n")
        run("openssl", "x509", "-req", "-in", request, "-CA", ca[0], "-CAkey", ca[1], "-CAcreateserial", "-days", "2",
            "-extfile", folder / "names", "-out", out)
    return out, key


def test_certificates_come_from_secrets(nodes, ns, start, tmp_path):
    ca, other = certificate(tmp_path, "ca"), certificate(tmp_path, "other")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate(tmp_path, "prom.local", ca))
    tls.load_verify_locations(ca[0])
    tls.verify_mode = ssl.CERT_REQUIRED
    source = Misbehaving(value=10 * PODS, tls=tls)
    mine = [file.read_text() for file in certificate(tmp_path, "operator", ca)]

    put_secret(ns, "ca", ca_crt=other[0].read_text())
    put_secret(ns, "me", tls_crt=mine[0], tls_key=mine[1])
    start("--no-leader-elect")
    ns.apply(scaled(serverAddress=source.url,
                    tls={"caRef": {"name": "ca"}, "certRef": {"name": "me"}, "serverName": "prom.local"}))
    refused = until(30, "it is not trusted", lambda: available(ns).get("status") == "False" and available(ns))
    assert "certificate verify failed" in refused["message"], refused
    put_secret(ns, "ca", ca_crt=ca[0].read_text())
    until(60, "six pods", lambda: ns.healthy("web", PODS))
    source.stop()

"""Whatever a Prometheus does wrong, the count holds, the condition says what is wrong, and the right answer counts again."""
import base64
import http.server
import json
import ssl
import threading
import time

import pytest

from cluster import run, until
from tidewright import app, audited, ours

PODS = 6  # What the true load asks for; every fault, read wrongly, would ask for one.


def vector(*values, at=None, **more):
    result = [{"metric": {"pod": str(i)}, "value": [at or time.time(), value]} for i, value in enumerate(values)]
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}, **more}).encode()


class Misbehaving:
    """Answers every query as `fault` says; without one, with `value`. With `token`, only who bears it."""

    def __init__(self, tls=None):
        self.fault, self.value, self.token, self.asked, source = None, 10 * PODS, None, 0, self
        self.released = threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                source.asked += 1
                if source.token and self.headers["Authorization"] != f"Bearer {source.token}":
                    return self.answer(401, f"who is {self.headers['Authorization']}?".encode())
                return (source.fault or Misbehaving.well)(source, self)
            do_POST = do_GET

            def answer(self, status, body, length=None, **headers):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body) if length is None else length))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # Clients that give up are part of the test.
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def well(self, request):
        request.answer(200, vector(str(self.value)))

    def empty(self, request):
        request.answer(200, vector())

    def nan(self, request):
        request.answer(200, vector("NaN"))

    def infinite(self, request):
        request.answer(200, vector("-Inf"))

    def several(self, request):
        request.answer(200, vector("1", "2"))

    def stale(self, request):
        request.answer(200, vector("1", at=time.time() - 3600))

    def partial(self, request):
        request.answer(200, vector("1", warnings=["Partial response: store-1 did not answer"]))

    def broken(self, request):
        request.answer(500, b"panic: runtime error")

    def error_with_200(self, request):
        request.answer(200, b'{"status":"error","errorType":"bad_data","error":"parse error at char 7"}')

    def truncated(self, request):
        body = vector("1")
        request.close_connection = True
        request.answer(200, body[:-9], length=len(body))

    def half_a_body(self, request):
        request.answer(200, vector("1")[:-9])

    def slow(self, request):
        self.released.wait(60)
        request.answer(200, vector("1"))

    def dribbling(self, request):
        body = vector("1").ljust(10_000)
        request.answer(200, b"", length=len(body))
        for byte in body:
            if self.released.wait(0.2):
                return
            request.wfile.write(bytes([byte]))

    def huge(self, request):
        request.answer(200, vector("1") + b" " * (20 << 20))

    def redirecting(self, request):
        request.answer(302, b"", Location=self.elsewhere)

    def login_page(self, request):
        request.answer(200, b"<html>Please log in</html>")

    def stop(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def prometheus():
    source = Misbehaving()
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


def test_no_fault_of_the_server_removes_a_pod(nodes, ns, start, prometheus):
    elsewhere = Misbehaving()
    elsewhere.value, prometheus.elsewhere = 1, elsewhere.url + "/api/v1/query?query=1"
    operator = start("--no-leader-elect", "--prometheus-url", prometheus.url)
    ns.apply(scaled())
    until(60, "six pods", lambda: ns.healthy("web", PODS))
    changes = operator.said().count("scaled ReplicaSet")
    for fault, (reason, words) in FAULTS.items():
        prometheus.fault = getattr(Misbehaving, fault)
        said = until(30, f"{fault}: the condition", lambda: available(ns)["status"] == "False" and available(ns))
        assert said["reason"] == reason and words in said["message"], (fault, said)
        asked = prometheus.asked
        until(30, f"{fault}: it is asked again", lambda: prometheus.asked >= asked + 2)
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
    prometheus.fault = Misbehaving.broken
    until(20, "it is noticed", lambda: available(ns)["status"] == "False")
    asked = prometheus.asked
    until(20, "the breaker has opened", lambda: prometheus.asked >= asked + 4)
    time.sleep(2)  # What was decided on the last answer is written.
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
    source = Misbehaving(tls)
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

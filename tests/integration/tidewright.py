"""The operator as a process, and what a test asks of the API server."""
import json
import pathlib
import re
import signal
import subprocess
import urllib.error
import urllib.request

from cluster import BUILD, free_port

TIDEWRIGHT = BUILD / "operator" / "tidewright"


class Operator:
    """One process of the operator; ends with the test."""

    def __init__(self, api, log, *flags):
        self.port = free_port()
        self.path = log
        self.log = open(log, "w")
        self.process = subprocess.Popen([TIDEWRIGHT, "--kubeconfig", api.kubeconfig, "--listen", f"127.0.0.1:{self.port}",
                                         *flags], stdout=self.log, stderr=subprocess.STDOUT)

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode()
        except OSError as error:
            return 0, str(error)

    def metric(self, name):
        """The sum over all labels."""
        lines = [line for line in self.get("/metrics")[1].splitlines() if line.split("{")[0].split(" ")[0] == name]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)

    def leads(self):
        return self.metric("leader_election_master_status") == 1

    def said(self):
        return pathlib.Path(self.path).read_text()

    def check(self):
        """No sanitizer has found anything; some tell it only at the end."""
        found = re.search("Sanitizer:|: runtime error:", self.said())
        assert not found, f"{self.path}: {self.said()[max(0, found.start() - 200):][:4000]}"

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """By SIGTERM, as the kubelet does; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=30)
        self.log.close()
        return code


class Namespace:
    """What a test asks of the API server within a namespace of its own."""

    def __init__(self, api, name):
        self.api = api
        self.name = name

    def kubectl(self, *arguments, **options):
        return self.api.kubectl("-n", self.name, *arguments, **options)

    def apply(self, *objects):
        self.api.kubectl("apply", "--server-side", "--force-conflicts", "-n", self.name, "-f", "-",
                         stdin="\n---\n".join(json.dumps(one) for one in objects))

    def items(self, kind, selector=None):
        chosen = ["-l", selector] if selector else []
        return json.loads(self.kubectl("get", kind, *chosen, "-o", "json").stdout)["items"]

    def app(self, name):
        return json.loads(self.kubectl("get", "sapp", name, "-o", "json").stdout)

    def status(self, name):
        return self.app(name).get("status", {})

    def condition(self, name, kind):
        return next((c for c in self.status(name).get("conditions", []) if c["type"] == kind), {})

    def sets(self, name):
        return self.items("replicasets", f"tidewright.dev/app={name}")

    def healthy(self, name, replicas):
        status = self.status(name)
        assert status.get("phase") == "Healthy" and status.get("availableReplicas") == replicas, status
        return status


def app(name, replicas=3, image="docker.io/tidewright/app:0.1.0", ports=True, **spec):
    container = {"name": "app", "image": image, "ports": [{"name": "http", "containerPort": 8080}],
                 "readinessProbe": {"httpGet": {"path": "/readyz", "port": "http"}}}
    service = {"service": {"ports": [{"name": "http", "port": 80, "targetPort": "http"}]}} if ports else {}
    rollout = {"rollout": {"minReadySeconds": 0}}
    return {"apiVersion": "tidewright.dev/v1alpha1", "kind": "ScaledApp", "metadata": {"name": name},
            "spec": {"replicas": replicas, "template": {"metadata": {"labels": {"app": name}},
                                                        "spec": {"containers": [container]}}, **service, **rollout, **spec}}


def audited(api, namespace=None):
    """Who changed what: the API server's own record, leases left out."""
    path = api.state / "logs" / "audit.log"
    events = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [e for e in events if e["verb"] in ("create", "update", "patch", "delete")
            and (namespace is None or e.get("objectRef", {}).get("namespace") == namespace)]


def ours(events):
    return [e for e in events if e.get("userAgent", "").startswith("tidewright/")]

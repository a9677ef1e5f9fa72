"""The operator as a process against a real API server, with pods that only pretend to run (kwok)."""
import json
import pathlib
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest
import yaml

from cluster import BUILD, ROOT, SCRIPTS, run, until

TIDEWRIGHT = BUILD / "operator" / "tidewright"
NODE = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "kwok", "annotations": {"kwok.x-k8s.io/node": "fake"}}}
PODS = {"cpu": "1000", "memory": "1Ti", "pods": "10000"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


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


@pytest.fixture(scope="session")
def crd(api):
    api.kubectl("apply", "--server-side", "-f", ROOT / "manifests" / "crds")
    until(20, "the CRD is served", lambda: api.kubectl("get", "sapp", "-A", check=False).returncode == 0)
    return api


@pytest.fixture(scope="session")
def nodes(crd, tmp_path_factory):
    """A node that says of every pod that it runs, and the real scheduler."""
    api, logs = crd, tmp_path_factory.mktemp("nodes")
    api.apply(json.dumps(NODE))
    api.kubectl("patch", "node", "kwok", "--subresource=status", "--type=merge", "-p",
                json.dumps({"status": {"allocatable": PODS, "capacity": PODS}}))
    kwok = run(SCRIPTS / "cluster.sh", "tool", "kwok", timeout=1200).stdout.splitlines()[-1]
    env = api.env()
    scheduler = pathlib.Path(env["PATH"].split(":")[0]) / "kube-scheduler"
    processes = []
    for name, command in {
            "kwok": [kwok, "--kubeconfig", api.kubeconfig, "--manage-all-nodes"],
            "scheduler": [scheduler, "--kubeconfig", api.kubeconfig, "--leader-elect=false", "--bind-address=127.0.0.1",
                          f"--secure-port={free_port()}"]}.items():
        processes.append(subprocess.Popen(command, stdout=open(logs / name, "w"), stderr=subprocess.STDOUT))

    def is_ready():
        node = api.get("node", "kwok")
        return any(c["type"] == "Ready" and c["status"] == "True" for c in node["status"].get("conditions", []))
    until(60, "the pretended node is ready", is_ready)
    yield api
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait()


@pytest.fixture
def start(crd, tmp_path):
    """Starts operators that end with the test. The election is off unless flags are given that want it."""
    started = []

    def begin(*flags):
        operator = Operator(crd, tmp_path / f"operator-{len(started)}.log", *(flags or ["--no-leader-elect"]))
        started.append(operator)
        return operator
    yield begin
    for operator in started:
        operator.stop()
        print(f"--- {operator.path.name}\n{operator.said()}")


@pytest.fixture
def operator(start):
    operator = start()
    until(30, "the operator is ready", lambda: operator.get("/readyz")[0] == 200)
    return operator


@pytest.fixture
def ns(crd, request):
    """A namespace for one test."""
    name = "t-" + "".join(c if c.isalnum() else "-" for c in request.node.name.lower().removeprefix("test_"))[:50].strip("-")
    crd.kubectl("create", "namespace", name)
    yield Namespace(crd, name)
    crd.kubectl("delete", "namespace", name, "--wait=false")


def audited(api, namespace=None):
    """Who changed what: the API server's own record, leases left out."""
    path = api.state / "logs" / "audit.log"
    events = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [e for e in events if e["verb"] in ("create", "update", "patch", "delete")
            and (namespace is None or e.get("objectRef", {}).get("namespace") == namespace)]


def ours(events):
    return [e for e in events if e.get("userAgent", "").startswith("tidewright/")]

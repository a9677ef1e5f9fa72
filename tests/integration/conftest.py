"""A real API server with the CRD, and pods that only pretend to run (kwok)."""
import json
import pathlib
import subprocess
import sys

import pytest

from cluster import ROOT, SCRIPTS, free_port, run, until
from fake_prometheus import Prometheus
from tidewright import Namespace, Operator

sys.path.insert(0, str(SCRIPTS))  # the demo's tools, for tests that import them

collect_ignore = ["app"]  # Programs of ctest, which tells them where the binaries are: app/CMakeLists.txt.


def pytest_collection_modifyitems(items):
    """The longest first: begun last, it would run alone at the end while the other workers have nothing left."""
    items.sort(key=lambda item: "test_no_fault_of_the_server" not in item.nodeid)


NODE = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "kwok", "annotations": {"kwok.x-k8s.io/node": "fake"}}}
PODS = {"cpu": "1000", "memory": "1Ti", "pods": "10000"}


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
            "kwok": [kwok, "--kubeconfig", api.kubeconfig, "--manage-all-nodes", "--node-lease-duration-seconds=40"],
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
    for operator in started:
        operator.check()


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


@pytest.fixture
def prometheus():
    source = Prometheus()
    yield source
    source.server.shutdown()

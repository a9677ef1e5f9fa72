"""What the local cluster promises: it leaves nothing behind, mends itself, and several live side by side."""
import json
import os
import pathlib
import re
import signal
import time

import pytest

from cluster import Cluster, figure, run, until


# The clusters of tests/conftest.py and of test_install.py, by interface, cgroup and namespace, or folder; images being built.
OTHERS = r"(tw-|clusters/)([a-z-]*e2e\d*|chart)\b|/buildah"


@pytest.fixture
def fresh(request):
    """Makes clusters of their own names, and takes them away again."""
    made = []

    def make(name):
        cluster = Cluster(name)
        cluster.down()
        made.append(cluster)
        return cluster

    failed_before = request.session.testsfailed
    yield make
    for cluster in made:
        if request.session.testsfailed > failed_before:
            cluster.keep_logs()
        cluster.down()


def host():
    """What our clusters could leave on the machine, each as a set of lines; of other workers' clusters, which come and go
    meanwhile, no line."""
    lines = lambda *command: set(run(*command, check=False).stdout.splitlines())  # noqa: E731
    mounts = {line.split(" ", 2)[2] for line in pathlib.Path("/proc/self/mounts").read_text().splitlines() if "netns" not in line}
    cgroups = {str(group) for line in pathlib.Path("/proc/self/mounts").read_text().splitlines()
               if line.split()[2] in ("cgroup", "cgroup2") for group in pathlib.Path(line.split()[1]).glob("tw-*")}
    state = pathlib.Path(os.environ.get("XDG_STATE_HOME") or pathlib.Path.home() / ".local/state") / "tidewright" / "clusters"
    found = {
        "interfaces": set(re.findall(r"^\d+: ([^:@]+)", run("ip", "-o", "link").stdout, re.M)),
        "routes": lines("ip", "route", "show", "table", "main"),
        "namespaces": lines("ip", "netns", "list"),
        "filter and nat rules": lines("iptables-save") - {line for line in lines("iptables-save") if line.startswith("#")},
        "mounts": mounts,
        "cgroups": cgroups,
        "folders": {str(p) for p in state.iterdir() if p.is_dir()} if state.exists() else set(),
        "paths": {p for p in ("/var/lib/kubelet", "/var/lib/cni", "/etc/cni/net.d", "/var/log/pods", "/var/log/containers",
                              "/run/containerd", "/opt/cni") if os.path.exists(p)},
    }
    return {kind: {line for line in lines if not re.search(OTHERS, line)} for kind, lines in found.items()}


def processes_of(cluster):
    """Every process whose command line names the cluster's folder or interface."""
    marks = (str(cluster.state), f"tw-{cluster.name}")
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if any(mark in line for mark in marks):
                found[int(entry.name)] = line
    return found


def added(before, after):
    return {kind: after[kind] - before[kind] for kind in before if after[kind] - before[kind]}


def test_up_is_quick_and_down_leaves_nothing(fresh):
    cluster = fresh("leaves")
    before = host()
    started = time.monotonic()
    cluster.up()
    ready = time.monotonic() - started
    cluster.apply(POD.replace("NAME", "first"))
    cluster.kubectl("wait", "--for=condition=Ready", "pod/first", "--timeout=60s")
    figure(f"warm up: node Ready after {ready:.1f} s, a pod Ready {time.monotonic() - started - ready:.1f} s later")
    assert ready < 60, "generous: the aim is 15 s"
    inside = added(before, host())
    assert processes_of(cluster)

    cluster.down()
    assert added(before, host()) == {}
    assert processes_of(cluster) == {}
    # And while it ran, the host had one link and its routes, and no rule or mount more.
    assert inside["interfaces"] == {"tw-leaves"}
    assert len(inside["routes"]) == 3 and all("tw-leaves" in route for route in inside["routes"])
    assert set(inside) == {"interfaces", "routes", "namespaces", "cgroups", "folders"}


def test_up_mends_a_cluster_whose_every_component_was_killed(fresh):
    cluster = fresh("killed").up()
    victims = [int(pid) for pid in re.findall(r"running, pid (\d+)", cluster.script("status").stdout)]
    assert len(victims) == 7
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    until(10, "status notices", lambda: cluster.script("status", check=False).returncode == 1)
    cluster.up()
    cluster.apply(POD.replace("NAME", "again"))
    cluster.kubectl("wait", "--for=condition=Ready", "pod/again", "--timeout=60s")

    # And when the node's own first process went, with all that it held.
    node = int((cluster.state / "node.pid").read_text().split()[0])
    os.kill(node, signal.SIGKILL)
    until(10, "the node is gone", lambda: not pathlib.Path(f"/proc/{node}").exists())
    cluster.up()
    assert "Ready" in cluster.script("status").stdout


def test_two_clusters_live_side_by_side(fresh):
    before = host()
    left, right = fresh("left").up(), fresh("right").up()
    for cluster in (left, right):
        cluster.apply(POD.replace("NAME", "only"))
    for cluster in (left, right):
        cluster.kubectl("wait", "--for=condition=Ready", "pod/only", "--timeout=60s")
    assert set(added(before, host())) == {"interfaces", "routes", "namespaces", "cgroups", "folders"}

    right_address = prometheus_of(right)
    serving(right_address)
    left.down()
    serving(right_address)
    right.apply(POD.replace("NAME", "after"))
    right.kubectl("wait", "--for=condition=Ready", "pod/after", "--timeout=60s")


def test_a_disk_that_others_have_filled_evicts_nobody(cluster):
    """By default a kubelet evicts pods when 15 % of the disk are left, which on a developer's machine is an ordinary day."""
    node = cluster.get("nodes")["items"][0]["metadata"]["name"]
    said = json.loads(cluster.kubectl("get", "--raw", f"/api/v1/nodes/{node}/proxy/configz").stdout)["kubeletconfig"]
    assert said["evictionHard"]["nodefs.available"] == said["evictionHard"]["imagefs.available"] == "1Gi"


def prometheus_of(cluster):
    cluster.kubectl("-n", "monitoring", "wait", "--for=condition=Available", "deployment/prometheus", "--timeout=60s")
    return cluster.get("-n", "monitoring", "service", "prometheus")["spec"]["clusterIP"]


def serving(address):
    said = until(10, "Prometheus answers through its Service",
                 lambda: run("curl", "-sf", "--max-time", "5", f"http://{address}:9090/-/ready").stdout)
    assert "Ready" in said


POD = """
apiVersion: v1
kind: Pod
metadata: {name: NAME, namespace: default}
spec:
  containers:
  - name: pause
    image: docker.io/tidewright/pause:1
    imagePullPolicy: Never
"""

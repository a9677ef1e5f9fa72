"""Our images in a real node: they serve, they are limited, they run without rights."""
import glob
import json
import re
import time

import pytest

from cluster import SCRIPTS, figure, run, until

APP = "docker.io/tidewright/app:e2e"
OPERATOR = "docker.io/tidewright/operator:e2e"
BASE = "docker.io/library/debian:bookworm-slim"

SERVED = """
apiVersion: v1
kind: Namespace
metadata: {name: served, labels: {pod-security.kubernetes.io/enforce: restricted}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: served}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
      - name: app
        image: docker.io/tidewright/app:e2e
        imagePullPolicy: Never
        ports: [{name: http, containerPort: 8080}]
        readinessProbe: {httpGet: {path: /readyz, port: http}, periodSeconds: 1}
        resources: {limits: {cpu: 200m, memory: 64Mi}}
        securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: served}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: http}]
---
apiVersion: v1
kind: Pod
metadata: {name: client, namespace: default}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: bash
    image: docker.io/library/debian:bookworm-slim
    imagePullPolicy: Never
    command: [sleep, "3600"]
"""

# The base image has no HTTP client; bash resolves the name and speaks enough HTTP/1.0.
ASK = r"""exec 3<>/dev/tcp/web.served.svc.cluster.local/80; printf 'GET / HTTP/1.0\r\n\r\n' >&3; cat <&3"""


@pytest.fixture(scope="module")
def images():
    for target, image in {"operator": OPERATOR, "app": APP}.items():
        run(SCRIPTS / "image.sh", "build", target, "--tag", image, timeout=1800)
    return {"operator": OPERATOR, "app": APP}


@pytest.fixture(scope="module")
def served(cluster, images):
    cluster.script("load", APP, OPERATOR, BASE)
    cluster.apply(SERVED)
    cluster.kubectl("-n", "served", "rollout", "status", "deployment/web", "--timeout=120s", timeout=180)
    cluster.kubectl("wait", "--for=condition=Ready", "pod/client", "--timeout=60s")
    return cluster


def pods(cluster):
    return cluster.get("-n", "served", "pods", "-l", "app=web")["items"]


def test_the_images_are_small(images):
    sizes = {name: float(run(SCRIPTS / "image.sh", "size", image).stdout) for name, image in images.items()}
    figure(f"unpacked images: operator {sizes['operator']} MB, app {sizes['app']} MB")
    assert sizes["operator"] <= 40 and sizes["app"] <= 25


def test_three_pods_answer_from_outside_and_inside(served):
    address = served.get("-n", "served", "service", "web")["spec"]["clusterIP"]
    names = {pod["metadata"]["name"] for pod in pods(served)}
    assert len(names) == 3

    def answered(ask):
        return {found[1] for _ in range(20) if (found := re.search(r"Hello from (\S+)", ask()))}

    outside = until(20, "each pod answers from outside",
                    lambda: answered(lambda: run("curl", "-s", "--max-time", "5", f"http://{address}/").stdout) == names)
    assert outside
    inside = until(30, "each pod answers from inside, by the Service's name", lambda: answered(
        lambda: served.kubectl("exec", "client", "--", "bash", "-c", ASK).stdout) == names)
    assert inside


def test_they_run_as_nobody_on_a_root_that_cannot_be_written(served):
    pod = pods(served)[0]
    container = pod["status"]["containerStatuses"][0]["containerID"].removeprefix("containerd://")
    said = run("ctr", "-a", served.state / "containerd.sock", "-n", "k8s.io", "container", "info", container).stdout
    spec = json.loads(said)["Spec"]
    assert spec["process"]["user"]["uid"] == 65532
    assert spec["root"]["readonly"] is True
    assert not spec["process"]["capabilities"].get("effective")


def test_the_processor_limit_is_enforced(served):
    """A pod asked for more than its 200m is throttled: it gets no more than that, and the kernel counts the waits."""
    pod = pods(served)[0]
    address = pod["status"]["podIP"]
    usage, throttled = cgroup_cpu(pod)
    started = time.monotonic()
    run("timeout", "6", "sh", "-c", f"while :; do curl -s -o /dev/null 'http://{address}:8080/work?ms=50'; done", check=False)
    seconds = time.monotonic() - started
    usage_after, throttled_after = cgroup_cpu(pod)
    share = (usage_after - usage) / seconds
    figure(f"a pod limited to 200m used {share * 1000:.0f}m under load, throttled {throttled_after - throttled} times")
    assert throttled_after > throttled
    assert share < 0.26


def cgroup_cpu(pod):
    """Seconds of processor time and the count of throttled periods of the pod's cgroup, on cgroup v1 or v2."""
    uid = pod["metadata"]["uid"]

    def read(name, word=""):
        # A hybrid of v1 and v2 has a cpu.stat in both, of which one knows no limits. Directories of other clusters' pods
        # vanish during the walk, which glob forgives.
        found = glob.glob(f"/sys/fs/cgroup/**/tw-*/**/*pod{uid}/{name}", recursive=True)
        return next((text for path in found if word in (text := open(path).read())), None)

    stat = read("cpu.stat", "nr_throttled")
    assert stat, "the pod has no cgroup whose cpu.stat tells of throttling"
    throttled = int(re.search(r"nr_throttled (\d+)", stat)[1])
    if in_microseconds := re.search(r"usage_usec (\d+)", stat):
        return int(in_microseconds[1]) / 1e6, throttled
    return int(read("cpuacct.usage")) / 1e9, throttled


def test_an_image_that_is_not_there_is_refused_by_name(served):
    said = served.script("load", "docker.io/tidewright/none:1", check=False)
    assert said.returncode == 2
    assert "there is no image docker.io/tidewright/none:1" in said.stderr


def test_logs_and_exec_work(served):
    name = pods(served)[0]["metadata"]["name"]
    assert served.kubectl("-n", "served", "logs", name).stdout.strip()
    assert re.search(r"\d+\.\d+", served.kubectl("-n", "served", "exec", name, "--", "/usr/bin/app", "--version").stdout)


def test_the_operator_image_runs_under_the_same_restrictions(served):
    served.apply("""
apiVersion: v1
kind: Pod
metadata: {name: operator-version, namespace: served}
spec:
  restartPolicy: Never
  securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
  containers:
  - name: tidewright
    image: docker.io/tidewright/operator:e2e
    imagePullPolicy: Never
    args: [--version]
    securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
""")
    until(60, "the operator's pod succeeds",
          lambda: served.get("-n", "served", "pod", "operator-version")["status"]["phase"] == "Succeeded")
    assert "tidewright" in served.kubectl("-n", "served", "logs", "operator-version").stdout


def test_prometheus_scrapes_pods_that_ask_for_it(served):
    served.kubectl("-n", "served", "patch", "deployment", "web", "--type=merge", "-p", json.dumps(
        {"spec": {"template": {"metadata": {"annotations": {
            "prometheus.io/scrape": "true", "prometheus.io/port": "8080", "prometheus.io/path": "/metrics"}}}}}))
    served.kubectl("-n", "served", "rollout", "status", "deployment/web", "--timeout=120s", timeout=180)
    address = served.get("-n", "monitoring", "service", "prometheus")["spec"]["clusterIP"]

    def three_targets_up():
        said = run("curl", "-s", "--max-time", "5", "-G", f"http://{address}:9090/api/v1/query",
                   "--data-urlencode", 'query=count(up{namespace="served"} == 1)').stdout
        result = json.loads(said)["data"]["result"] if said else []
        return result and float(result[0]["value"][1]) == 3

    until(40, "Prometheus has scraped all three", three_targets_up)

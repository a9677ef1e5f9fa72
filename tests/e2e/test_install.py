"""Installing, both ways: the chart's life from install to uninstall, and one `kubectl apply`."""
import json

import pytest

from cluster import ROOT, Cluster, run, until
from installation import OPERATOR_IMAGE, load_images, with_our_image

CHART = ROOT / "helm" / "tidewright"
SAMPLE = ROOT / "manifests" / "samples" / "web.yaml"


@pytest.fixture(scope="module")
def empty(request):
    """A cluster of its own: two installations in one would be neither."""
    cluster = Cluster("chart")
    cluster.down()
    failed_before = request.session.testsfailed
    try:
        cluster.up()
        load_images(cluster)
        yield cluster
    finally:
        if request.session.testsfailed > failed_before:
            cluster.keep_logs()
        cluster.down()


def helm(cluster, *words, **options):
    program = cluster.script("tool", "helm", timeout=600).stdout.strip()
    return run(program, *words, env=cluster.env(), **options)


def values():
    repository, tag = OPERATOR_IMAGE.rsplit(":", 1)
    return ["--set", f"image.repository={repository}", "--set", f"image.tag={tag}"]


def web_is_healthy(cluster):
    status = cluster.get("sapp", "web").get("status", {})
    return status.get("phase") == "Healthy" and status.get("readyReplicas") == 3


def test_the_charts_life(empty):
    empty.apply("""
apiVersion: v1
kind: Namespace
metadata: {name: tide, labels: {pod-security.kubernetes.io/enforce: restricted}}
""")
    install = ["tidewright", CHART, "--namespace", "tide", "--wait", "--timeout", "120s", *values()]
    said = helm(empty, "install", *install, timeout=180).stdout
    assert "kubectl" in said, "NOTES name no next command"
    # The pod goes when it succeeded; what it says is held by tests/integration/test_connection.py.
    assert "Succeeded" in helm(empty, "test", "tidewright", "--namespace", "tide", timeout=180).stdout
    empty.apply(with_our_image(SAMPLE.read_text()))
    until(90, "the app is served by the chart's operator", lambda: web_is_healthy(empty))
    pods = {pod["metadata"]["uid"] for pod in empty.get("pods", "-l", "tidewright.dev/app=web")["items"]}

    helm(empty, "upgrade", *install, "--set", "logLevel=debug", "--set", "replicaCount=2", timeout=180)
    operators = empty.get("-n", "tide", "deployment", "tidewright")
    assert operators["status"]["readyReplicas"] == 2
    empty.kubectl("scale", "sapp/web", "--replicas=4")
    until(90, "one of the two operators acts",
          lambda: empty.get("sapp", "web").get("status", {}).get("readyReplicas") == 4)
    after = {pod["metadata"]["uid"] for pod in empty.get("pods", "-l", "tidewright.dev/app=web")["items"]}
    assert pods < after, "an upgrade of the operator touched the app's pods"

    helm(empty, "uninstall", "tidewright", "--namespace", "tide", "--wait", timeout=180)
    assert empty.kubectl("-n", "tide", "get", "deployment,serviceaccount,role,rolebinding", "-o", "name").stdout.split() == [
        "serviceaccount/default"]
    assert empty.get("sapp", "web"), "the CRD, and with it every app, outlives the chart"
    assert after == {pod["metadata"]["uid"] for pod in empty.get("pods", "-l", "tidewright.dev/app=web")["items"]}


def test_wrong_values_are_refused(empty):
    said = helm(empty, "template", "tidewright", CHART, "--set", "replicaCount=many", check=False)
    assert said.returncode != 0 and "replicaCount" in said.stderr


def test_one_apply_installs_it(operator, namespace):
    """The `operator` fixture is that command; here is what it made."""
    enforced = operator.get("namespace", "tidewright-system")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
    assert enforced == "restricted"
    operator.kubectl("-n", namespace, "apply", "--server-side", "-f", "-", stdin=with_our_image(SAMPLE.read_text()))
    until(90, "the app is Healthy", lambda: operator.get("-n", namespace, "sapp", "web").get("status", {}).get("phase") == "Healthy")


def test_it_has_only_the_rights_that_are_shipped(operator):
    account = "system:serviceaccount:tidewright-system:tidewright"
    bound = {item["metadata"]["name"]
             for kind in ("clusterrolebindings", "rolebindings")
             for item in operator.get(kind, "-A")["items"]
             for subject in item.get("subjects", [])
             if subject.get("kind") == "ServiceAccount" and subject["name"] == "tidewright"}
    assert bound == {"tidewright", "tidewright-leader-election"}
    for verb, what in (("get", "secrets"), ("delete", "pods"), ("update", "scaledapps.tidewright.dev"), ("create", "pods")):
        said = operator.kubectl("auth", "can-i", verb, what, f"--as={account}", "-n", "default", check=False).stdout.strip()
        assert said == "no", f"it may {verb} {what}"
    # And these rights were enough: the API server refused it nothing.
    refused = []
    for line in (operator.state / "logs" / "audit.log").read_text().splitlines():
        # In a namespace on its way out nobody may create; that is no missing right.
        if account in line and '"code":403' in line and "being terminated" not in line:
            refused.append(json.loads(line)["requestURI"])
    assert refused == []
    logged = operator.kubectl("-n", "tidewright-system", "logs", "deployment/tidewright").stdout.lower().splitlines()
    assert [line for line in logged if "forbidden" in line and "being terminated" not in line] == []

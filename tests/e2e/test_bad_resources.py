"""Bad input is refused when it is applied, or becomes a condition with a sentence; good input is taken.

Plain kubectl. In the suite it runs against the cluster with the operator. With TIDEWRIGHT_API_ONLY=1 it takes $KUBECONFIG, which
must have the CRD, expects no operator and skips the cases that need one; with TIDEWRIGHT_PROMETHEUS=0 those that need a
Prometheus are.
"""
import json
import os
import pathlib
import subprocess
import time

import pytest
import yaml

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = sorted((HERE.parent.parent / "manifests/samples").glob("*.yaml"))
CASES = yaml.safe_load((HERE / "bad_resources/table.yaml").read_text())["cases"]
DEADLINE_SECONDS = 60

needs_operator = pytest.mark.skipif(os.environ.get("TIDEWRIGHT_API_ONLY") == "1", reason="there is no operator here")


def kubectl(*args, stdin=None):
    return subprocess.run(["kubectl", *args], input=stdin, text=True, capture_output=True)


def manifest(case):
    app = {"apiVersion": "tidewright.dev/v1alpha1", "kind": "ScaledApp", "metadata": {"name": case["name"]}}
    return app | ({"spec": case["spec"]} if case["spec"] is not None else {})


def apply(namespace, *objects, dry_run=False):
    documents = "\n---\n".join(json.dumps(o) for o in objects)
    return kubectl("apply", "-n", namespace, *(["--dry-run=server"] if dry_run else []), "-f", "-", stdin=documents)


def condition(namespace, name, kind):
    status = json.loads(kubectl("get", "sapp", name, "-n", namespace, "-o", "json").stdout).get("status", {})
    return next((c for c in status.get("conditions", []) if c["type"] == kind), None)


def wait_for(what, is_true, show):
    end = time.monotonic() + DEADLINE_SECONDS
    while not is_true():
        assert time.monotonic() < end, f"not within {DEADLINE_SECONDS} s: {what}; seen: {show()}"
        time.sleep(0.25)


@pytest.fixture(scope="module")
def namespace(request):
    # By hand against any cluster; in the suite against the one with the operator.
    if os.environ.get("TIDEWRIGHT_API_ONLY") != "1":
        os.environ.update(request.getfixturevalue("operator").env())
    name = f"bad-resources-{os.getpid()}"
    made = kubectl("create", "namespace", name)
    assert made.returncode == 0, made.stderr
    yield name
    kubectl("delete", "namespace", name, "--wait=false")


def named(cases):
    return pytest.mark.parametrize("case", cases, ids=lambda case: case["name"])


@named([case for case in CASES if "refused" in case])
def test_is_refused(case, namespace):
    answer = apply(namespace, manifest(case))
    assert answer.returncode != 0, "it was accepted"
    assert case["refused"] in answer.stderr


@needs_operator
@named([case for case in CASES if "condition" in case])
def test_becomes_a_condition(case, namespace):
    if case.get("needs") == "prometheus" and os.environ.get("TIDEWRIGHT_PROMETHEUS") == "0":
        pytest.skip("there is no Prometheus here")
    wanted = case["condition"]
    reasons = wanted["reason"] if isinstance(wanted["reason"], list) else [wanted["reason"]]
    objects = ([case["also"]] if "also" in case else []) + [manifest(case)]
    answer = apply(namespace, *objects)
    assert answer.returncode == 0, answer.stderr

    def seen():
        return condition(namespace, case["name"], wanted["type"])

    def matches():
        found = seen() or {}
        return (found.get("status") == wanted["status"] and found.get("reason") in reasons
                and wanted["message"] in found.get("message", ""))
    wait_for(f"{wanted['type']}={wanted['status']}/{wanted['reason']} with '{wanted['message']}'", matches, seen)


@needs_operator
def test_the_others_are_still_served(namespace):
    """Among all the wrong ones, a good one gets its ReplicaSet."""
    good = yaml.safe_load((HERE.parent.parent / "manifests/samples/minimal.yaml").read_text())
    assert apply(namespace, good).returncode == 0

    def replica_sets():
        return kubectl("get", "replicasets", "-n", namespace, "-l", "tidewright.dev/app=minimal", "-o", "name").stdout
    wait_for("a ReplicaSet of the app minimal", lambda: replica_sets() != "", replica_sets)


@named([case for case in CASES if "condition" in case])
def test_what_only_the_operator_can_know_passes_the_api_server(case, namespace):
    answer = apply(namespace, manifest(case), dry_run=True)
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("how", [[], ["--server-side"]], ids=["client-side", "server-side"])
def test_sample_is_accepted(sample, how, namespace):
    answer = kubectl("apply", "-n", namespace, *how, "--dry-run=server", "-f", str(sample))
    assert answer.returncode == 0, answer.stderr


CONTAINER = {"name": "app", "image": "x"}
ACCEPTED = {
    "a CPU share as a bare number": {"resources": {"limits": {"cpu": 0.5}, "requests": {"cpu": 1, "memory": "64Mi"}}},
    "null where generators leave something out": {"env": None, "resources": None, "imagePullPolicy": None},
    "a native pre-stop sleep": {"lifecycle": {"preStop": {"sleep": {"seconds": 5}}}},
}


@pytest.mark.parametrize("fields", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_what_a_deployment_takes_is_taken(fields, namespace):
    template = {"metadata": {"creationTimestamp": None, "annotations": None}, "spec": {"containers": [CONTAINER | fields]}}
    answer = apply(namespace, manifest({"name": "good", "spec": {"template": template}}), dry_run=True)
    assert answer.returncode == 0, answer.stderr


def test_containers_merge_by_name_under_server_side_apply(namespace):
    for manager, containers in (("one", [CONTAINER | {"ports": [{"containerPort": 8080}]}]),
                                ("two", [{"name": "sidecar", "image": "z"}, {"name": "app", "env": [{"name": "A"}]}])):
        app = manifest({"name": "merged", "spec": {"template": {"spec": {"containers": containers}}}})
        answer = kubectl("apply", "-n", namespace, "--server-side", "--field-manager", manager, "-f", "-",
                         stdin=json.dumps(app))
        assert answer.returncode == 0, answer.stderr
    merged = json.loads(kubectl("get", "sapp", "merged", "-n", namespace, "-o", "json").stdout)
    containers = {c["name"]: c for c in merged["spec"]["template"]["spec"]["containers"]}
    assert set(containers) == {"app", "sidecar"}
    assert containers["app"]["image"] == "x" and containers["app"]["env"] == [{"name": "A"}]


def test_scale_subresource_and_explain(namespace):
    assert apply(namespace, manifest({"name": "scaled", "spec": {"template": {"spec": {"containers": [CONTAINER]}}}})
                 ).returncode == 0
    answer = kubectl("scale", "sapp/scaled", "-n", namespace, "--replicas=4")
    assert answer.returncode == 0, answer.stderr
    assert kubectl("get", "sapp", "scaled", "-n", namespace, "-o", "jsonpath={.spec.replicas}").stdout == "4"
    explained = kubectl("explain", "sapp.spec.template.spec.containers").stdout
    assert "readinessProbe" in explained and "List of containers belonging to the pod." in explained

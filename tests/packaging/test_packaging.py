"""What users install is one thing, said three times: the chart, manifests/ and the generated files agree.

Needs helm (or $HELM); no cluster. Runs by /usr/bin/python3 -m pytest.
"""
import json
import os
import pathlib
import subprocess

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CHART = ROOT / "helm/tidewright"
HELM = os.environ.get("HELM", "helm")


def run(*args):
    return subprocess.run([str(a) for a in args], text=True, capture_output=True)


def rendered(*settings, release="tidewright"):
    """The chart's objects by (kind, name)."""
    answer = run(HELM, "template", release, CHART, "--namespace", "tidewright-system",
                 *[part for setting in settings for part in ("--set-json", setting)])
    assert answer.returncode == 0, answer.stderr
    return {(o["kind"], o["metadata"]["name"]): o for o in yaml.safe_load_all(answer.stdout) if o}


def manifests():
    return {(o["kind"], o["metadata"]["name"]): o for o in yaml.safe_load_all((ROOT / "manifests/install.yaml").read_text())}


def roles(objects):
    return [o for (kind, _), o in objects.items() if kind in ("Role", "ClusterRole")]


@pytest.mark.parametrize("script", ["generate-crd.py", "generate-manifests.py"])
def test_generated_files_are_up_to_date(script):
    answer = run("/usr/bin/python3", ROOT / "scripts" / script, "--check")
    assert answer.returncode == 0, answer.stderr


def test_crd_is_small_enough_for_client_side_apply():
    crd = yaml.safe_load((ROOT / "manifests/crds/tidewright.dev_scaledapps.yaml").read_text())
    assert len(json.dumps(crd, separators=(",", ":"))) < 200_000


def test_crd_of_the_chart_is_that_of_the_manifests():
    crd = rendered()[("CustomResourceDefinition", "scaledapps.tidewright.dev")]
    assert crd["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    assert crd["spec"] == yaml.safe_load((ROOT / "manifests/crds/tidewright.dev_scaledapps.yaml").read_text())["spec"]
    assert "annotations" not in rendered("crds.keep=false")[("CustomResourceDefinition", "scaledapps.tidewright.dev")]["metadata"]
    assert ("CustomResourceDefinition", "scaledapps.tidewright.dev") not in rendered("crds.enabled=false")


@pytest.mark.parametrize("role", [o["metadata"]["name"] for o in roles(manifests())])
def test_rights_of_the_chart_are_those_of_the_manifests(role):
    chart = {o["metadata"]["name"]: o for o in roles(rendered())}
    plain = {o["metadata"]["name"]: o for o in roles(manifests())}
    assert chart[role]["rules"] == plain[role]["rules"]


def test_no_rights_by_wildcard():
    for role in roles(manifests()) + roles(rendered()) + roles(rendered('watchNamespaces=["a"]')):
        for rule in role["rules"]:
            assert "*" not in rule["apiGroups"] + rule["resources"] + rule["verbs"], role["metadata"]["name"]


def reads_secrets(objects):
    return [rule for role in roles(objects) for rule in role["rules"] if "secrets" in rule["resources"]]


def test_secrets_are_read_only_where_asked_for():
    assert not reads_secrets(rendered()) and not reads_secrets(manifests())
    extra = yaml.safe_load_all((ROOT / "manifests/rbac/read_secrets.yaml").read_text())
    wanted = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]
    assert reads_secrets({(o["kind"], o["metadata"]["name"]): o for o in extra}) == wanted
    assert reads_secrets(rendered("rbac.readSecrets=true")) == wanted
    assert reads_secrets(rendered("rbac.readSecrets=true", 'watchNamespaces=["shop"]')) == wanted


def test_secrets_are_watched_only_where_asked_for():
    extra = yaml.safe_load_all((ROOT / "manifests/rbac/watch_secrets.yaml").read_text())
    wanted = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["list", "watch"]}]
    assert reads_secrets({(o["kind"], o["metadata"]["name"]): o for o in extra}) == wanted
    assert reads_secrets(rendered("rbac.watchSecrets=true")) == wanted


def test_listed_namespaces_get_roles_and_nothing_cluster_wide():
    objects = rendered('watchNamespaces=["shop","bank"]')
    assert not [kind for kind, _ in objects if kind in ("ClusterRole", "ClusterRoleBinding")]
    answer = run(HELM, "template", "tidewright", CHART, "--set-json", 'watchNamespaces=["shop","bank"]')
    roles_of = {o["metadata"]["namespace"]: o for o in yaml.safe_load_all(answer.stdout)
                if o and o["kind"] == "Role" and o["metadata"]["name"] == "tidewright"}
    assert set(roles_of) == {"shop", "bank"}
    args = objects[("Deployment", "tidewright")]["spec"]["template"]["spec"]["containers"][0]["args"]
    assert "--namespace=shop" in args and "--namespace=bank" in args


@pytest.mark.parametrize("objects", [manifests(), rendered()], ids=["manifests", "chart"])
def test_operator_is_hardened(objects):
    pod = objects[("Deployment", "tidewright")]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"]:
        assert container["securityContext"] == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                                "capabilities": {"drop": ["ALL"]}}


def test_chart_and_manifests_run_the_same_operator():
    chart, plain = (o[("Deployment", "tidewright")]["spec"]["template"]["spec"] for o in (rendered(), manifests()))
    assert chart["containers"][0]["image"] == plain["containers"][0]["image"]
    assert set(plain["containers"][0]["args"]) <= set(chart["containers"][0]["args"])
    for field in ("ports", "env", "livenessProbe", "readinessProbe", "resources", "securityContext"):
        assert chart["containers"][0][field] == plain["containers"][0][field], field
    assert chart["securityContext"] == plain["securityContext"]


def test_lint():
    answer = run(HELM, "lint", "--strict", CHART)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize("setting, said", [
    ("replicaCont=2", "replicaCont"),
    ('logLevel="loud"', "logLevel"),
    ('prometheus.url="prometheus:9090"', "prometheus/url"),
    ("image.pullPolicy=true", "image/pullPolicy"),
])
def test_wrong_values_are_refused_by_name(setting, said):
    answer = run(HELM, "template", "tidewright", CHART, "--set-json", setting)
    assert answer.returncode != 0 and said in answer.stderr


def test_several_replicas_need_leader_election():
    answer = run(HELM, "template", "tidewright", CHART, "--set", "replicaCount=2,leaderElection.enabled=false")
    assert answer.returncode != 0 and "needs leaderElection.enabled" in answer.stderr


def test_leader_election_can_be_off():
    objects = rendered("leaderElection.enabled=false")
    args = objects[("Deployment", "tidewright")]["spec"]["template"]["spec"]["containers"][0]["args"]
    assert "--no-leader-elect" in args and "--leader-elect" not in args
    assert ("Role", "tidewright-leader-election") not in objects


EXTRAS = {
    "podDisruptionBudget.enabled=true": ("PodDisruptionBudget", "tidewright"),
    "networkPolicy.enabled=true": ("NetworkPolicy", "tidewright"),
    "metrics.serviceMonitor.enabled=true": ("ServiceMonitor", "tidewright"),
    "metrics.podMonitor.enabled=true": ("PodMonitor", "tidewright"),
    "metrics.prometheusRule.enabled=true": ("PrometheusRule", "tidewright"),
    "metrics.dashboard.enabled=true": ("ConfigMap", "tidewright-dashboard"),
    "demoApp.enabled=true": ("ScaledApp", "tidewright-demo"),
}


@pytest.mark.parametrize("setting, key", EXTRAS.items())
def test_extras_are_off_until_asked_for(setting, key):
    assert key not in rendered()
    assert key in rendered(setting)


def test_everything_a_cluster_may_ask_of_a_pod_can_be_set():
    pod = rendered('nodeSelector={"disk":"ssd"}', 'tolerations=[{"operator":"Exists"}]', 'priorityClassName="high"',
                   'affinity={"nodeAffinity":{}}', 'topologySpreadConstraints=[{"maxSkew":1}]',
                   'imagePullSecrets=[{"name":"pull"}]', 'extraArgs=["--workers=9"]', 'extraEnv=[{"name":"A","value":"b"}]',
                   'podAnnotations={"any.thing/at-all":"yes"}', 'serviceAccount={"create":false,"name":"mine"}',
                   )[("Deployment", "tidewright")]["spec"]["template"]
    spec = pod["spec"]
    assert spec["nodeSelector"] == {"disk": "ssd"} and spec["tolerations"] == [{"operator": "Exists"}]
    assert spec["priorityClassName"] == "high" and spec["affinity"] and spec["topologySpreadConstraints"]
    assert spec["imagePullSecrets"] == [{"name": "pull"}] and spec["serviceAccountName"] == "mine"
    assert spec["containers"][0]["args"][-1] == "--workers=9" and spec["containers"][0]["env"][-1]["name"] == "A"
    assert pod["metadata"]["annotations"]["any.thing/at-all"] == "yes"

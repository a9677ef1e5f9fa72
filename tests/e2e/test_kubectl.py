"""Plain kubectl does everything: no plugin, no hidden API."""
import json

import pytest

from cluster import run, until
from installation import with_our_image
from demo import apps


@pytest.fixture(scope="module")
def web(operator, kube, namespace):
    operator.kubectl("-n", namespace, "apply", "--server-side", "-f", "-",
                     stdin=with_our_image((apps.SAMPLES / "web.yaml").read_text()))
    return operator


def test_wait_for_ready(web, namespace):
    web.kubectl("-n", namespace, "wait", "--for=condition=Ready", "sapp/web", "--timeout=90s", timeout=120)
    app = web.get("-n", namespace, "sapp", "web")
    assert app["status"]["readyReplicas"] == 3


def test_get_has_columns_for_a_person(web, namespace):
    header, row = web.kubectl("-n", namespace, "get", "sapp", "web").stdout.splitlines()
    assert header.split()[:5] == ["NAME", "DESIRED", "CURRENT", "READY", "PHASE"]
    assert row.split()[:5] == ["web", "3", "3", "3", "Healthy"]
    assert "web" in web.kubectl("-n", namespace, "get", "all").stdout, "it is not in the category `all`"


def test_scale(web, namespace, kube):
    web.kubectl("-n", namespace, "scale", "sapp/web", "--replicas=4")
    apps.wait_ready(kube, "web", 4)
    web.kubectl("-n", namespace, "scale", "sapp/web", "--current-replicas=4", "--replicas=2")
    apps.wait_ready(kube, "web", 2)


def test_deleted_pods_come_back(web, namespace, kube):
    web.kubectl("-n", namespace, "delete", "pods", "-l", "tidewright.dev/app=web", "--wait=false")
    until(60, "two others are ready", lambda: [pod for pod in kube.pods("web") if "deletionTimestamp" not in pod["metadata"]])
    apps.wait_ready(kube, "web", 2)


def test_deleting_the_app_deletes_all_of_it(web, namespace, kube):
    web.kubectl("-n", namespace, "delete", "sapp", "web")

    def left():
        return [item["kind"] for kind in ("replicasets", "services", "poddisruptionbudgets", "pods")
                for item in web.get("-n", namespace, kind, "-l", "tidewright.dev/app=web")["items"]]

    until(60, "its children are gone", lambda: not left())


def test_explain(web):
    said = web.kubectl("explain", "sapp.spec.template.spec.containers").stdout
    assert "readinessProbe" in said and "FIELDS:" in said


def test_a_typo_in_the_template_is_refused_by_its_name(web, namespace):
    wrong = with_our_image((apps.SAMPLES / "web.yaml").read_text()).replace("readinessProbe:", "readynessProbe:")
    said = web.kubectl("-n", namespace, "apply", "-f", "-", stdin=wrong, check=False)
    assert said.returncode != 0 and 'unknown field "spec.template.spec.containers[0].readynessProbe"' in said.stderr

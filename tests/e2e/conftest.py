"""What the tests of the whole share: a node with the operator installed as a user would, and the demo's tools over it."""
import os
import sys

import pytest

from cluster import SCRIPTS
from installation import APP_IMAGES, installed_manifest, load_images, openload

sys.path.insert(0, str(SCRIPTS))

from demo.access import Kube  # noqa: E402  (the path comes first)


# Longest first: what begins last runs alone while the other worker has nothing left. The rest follow by name.
ORDER = ["test_no_request_fails", "test_fixed_point", "test_autoscaler", "test_cluster", "test_install", "test_kubectl",
         "test_operator_killed", "test_images", "test_rollback"]


@pytest.hookimpl(tryfirst=True)  # xdist looks at the groups in this very hook.
def pytest_collection_modifyitems(items):
    """Two workers with a node each, scripts/test.sh says; a module stays on one, for its tests share what they made."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(item.module.__name__))
    items.sort(key=lambda item: ORDER.index(item.module.__name__) if item.module.__name__ in ORDER else len(ORDER))


@pytest.fixture(scope="session")
def operator(cluster):
    """The cluster with Tidewright installed by one `kubectl apply --server-side -f manifests/install.yaml`."""
    load_images(cluster)
    cluster.apply(installed_manifest())
    cluster.kubectl("-n", "tidewright-system", "rollout", "status", "deployment/tidewright", "--timeout=120s", timeout=180)
    return cluster


@pytest.fixture(scope="module")
def namespace(operator, request):
    """A namespace of the module's own, under Pod Security restricted."""
    name = request.module.__name__.removeprefix("test_").replace("_", "-")
    operator.apply(f"""
apiVersion: v1
kind: Namespace
metadata: {{name: {name}, labels: {{pod-security.kubernetes.io/enforce: restricted}}}}
""")
    yield name
    operator.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="module")
def kube(operator, namespace):
    """The demo's way to the cluster, in the module's namespace."""
    for name, value in operator.env().items():
        os.environ[name] = value
    os.environ["TIDEWRIGHT_OPENLOAD"] = str(openload())
    for version, image in APP_IMAGES.items():
        os.environ[f"TIDEWRIGHT_APP_IMAGE_{version}"] = image
    with Kube(namespace) as opened:
        yield opened

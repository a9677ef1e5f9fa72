import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from cluster import Cluster  # noqa: E402  (the path comes first)


def running_cluster(request, name, api_only=False):
    """A cluster of this name, new; its logs are kept if a test failed on it. Of workers side by side each has its own."""
    cluster = Cluster(name + os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw"), api_only)
    cluster.down()
    failed_before = request.session.testsfailed
    try:
        yield cluster.up()
    finally:
        if request.session.testsfailed > failed_before or sys.exc_info()[0]:
            cluster.keep_logs()
        cluster.down()


@pytest.fixture(scope="session")
def api(request):
    """etcd, the API server and the controllers, without a node."""
    yield from running_cluster(request, "it", api_only=True)


@pytest.fixture(scope="session")
def cluster(request):
    """A whole node."""
    yield from running_cluster(request, "e2e")

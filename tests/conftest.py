import os
import pathlib
import signal
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from cluster import Cluster  # noqa: E402  (the path comes first)


# Before a cluster's name and behind an image's tag, so that two checkouts can be tested side by side; but for what
# test_cluster.py and test_install.py bring up.
NAME = os.environ.get("TIDEWRIGHT_CLUSTER", "")


def pytest_configure(config):
    # A shell starts what runs in its background with ^C ignored, and what is ignored is inherited by all that we start:
    # xdist's workers too, where this hook may run in a thread that must not say anything about signals.
    if not hasattr(config, "workerinput"):
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line("markers", "proof(short): too long for every day; with short=True it has a shorter form that runs then")


def pytest_collection_modifyitems(config, items):
    """Without TIDEWRIGHT_PROOF what has no short form is left out; `-m proof` of scripts/test.sh proof leaves out the rest."""
    if os.environ.get("TIDEWRIGHT_PROOF"):
        return
    long = [item for item in items if any(not mark.kwargs.get("short") for mark in item.iter_markers("proof"))]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


def pytest_runtest_logstart(nodeid, location):
    """What has no progress of its own is at least named."""
    if "TIDEWRIGHT_PROGRESS" in os.environ:
        pathlib.Path(os.environ["TIDEWRIGHT_PROGRESS"]).write_text(nodeid.rpartition("/")[2] + "\n")


def running_cluster(request, name, api_only=False):
    """A cluster of this name, new; its logs are kept if a test failed on it. Of workers side by side each has its own."""
    cluster = Cluster(NAME + name + os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw"), api_only)
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

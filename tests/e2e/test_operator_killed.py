"""kill -9 of the operator, ten times during one rolling update: it ends right, and nothing was broken on the way."""
import json
import os
import random
import signal
import subprocess
import time

import pytest

from cluster import BUILD, figure, until
from demo import apps
from demo.invariants import Watcher

NAME, REPLICAS, SURGE, KILLS = "rollout", 4, 1, 10


@pytest.fixture(scope="module")
def ours_alone(operator, kube, tmp_path_factory):
    """The operator in the cluster stands still; we start it as a process of ours, with the rights that it has there."""
    kubeconfig = tmp_path_factory.mktemp("operator") / "kubeconfig"
    config = json.loads(operator.kubectl("config", "view", "--raw", "--flatten", "-o", "json").stdout)
    token = operator.kubectl("-n", "tidewright-system", "create", "token", "tidewright").stdout.strip()
    for user in config["users"]:
        user["user"] = {"token": token}
    kubeconfig.write_text(json.dumps(config))
    apps.apply(kube, apps.OURS / f"{NAME}.yaml")
    apps.wait_ready(kube, NAME, REPLICAS)
    operator.kubectl("-n", "tidewright-system", "scale", "deployment/tidewright", "--replicas=0")
    until(60, "the operator's pod has ended",
          lambda: not operator.get("-n", "tidewright-system", "pods", "-l", "app.kubernetes.io/name=tidewright")["items"])
    yield kubeconfig
    operator.kubectl("-n", "tidewright-system", "scale", "deployment/tidewright", "--replicas=1")
    operator.kubectl("-n", "tidewright-system", "rollout", "status", "deployment/tidewright", "--timeout=120s", timeout=180)


def start(kubeconfig, log):
    return subprocess.Popen([BUILD / "operator" / "tidewright", f"--kubeconfig={kubeconfig}", "--no-leader-elect",
                             "--listen=127.0.0.1:0"], stdout=log, stderr=subprocess.STDOUT)


def test_a_rolling_update_survives_ten_kills(ours_alone, kube, tmp_path):
    watcher = Watcher(kube, NAME, REPLICAS, SURGE, 0).start()
    apps.set_image(kube, NAME, apps.image(2))
    lives = random.Random(4)  # the same moments in each run, none of them chosen
    unfinished = 0
    with open(tmp_path / "operator.log", "w+") as log:
        for _ in range(KILLS):
            process = start(ours_alone, log)
            time.sleep(lives.uniform(0.4, 2.5))
            assert process.poll() is None, f"it ended by itself: {open(log.name).read()[-2000:]}"
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            status = kube.app(NAME).get("status", {})
            unfinished += status.get("updatedReplicas") != REPLICAS or status.get("replicas") != REPLICAS
        process = start(ours_alone, log)
        try:
            apps.wait_ready(kube, NAME, REPLICAS)
        finally:
            process.terminate()
            process.wait(30)
    broken = watcher.stop()
    figure(f"operator killed {KILLS} times, {unfinished} of them while the update was on its way; {watcher.events} events, "
           f"{len(broken)} broke a bound")
    assert broken == []
    assert unfinished > 0, "the update was over before the first kill"
    # One ReplicaSet a template, the new one with all the pods.
    sets = {item["metadata"]["labels"]["tidewright.dev/revision"]: item for item in kube.replica_sets(NAME)}
    assert len(sets) == len(kube.replica_sets(NAME)) == 2
    assert sorted(item["spec"]["replicas"] for item in sets.values()) == [0, REPLICAS]
    images = {pod["spec"]["containers"][0]["image"] for pod in kube.pods(NAME)}
    assert images == {apps.image(2)}

"""crash: processes and pods that keep dying cost few requests, and the count heals."""
import random
import time

from .. import apps, narration
from ..access import Answer, Kube, is_ready
from ..board import Board
from ..load import Load, failures

PROCESSES_LEAST, PODS_LEAST = 0.9931, 0.96
SECONDS, EVERY = 120, 10
RATE = 60


def run(kube: Kube):
    apps.apply(kube, apps.OURS / "crash-processes.yaml")
    apps.apply(kube, apps.OURS / "crash-pods.yaml")
    apps.wait_ready(kube, "crash-processes", 4)
    apps.wait_ready(kube, "crash-pods", 6)
    # A request that finds a dead pod is lost, not waited for: retries are off, and so is patience.
    processes, pods = (Load(kube, name, kube.service_url(app), RATE, seconds=SECONDS, **{"timeout-ms": 5000}).start()
                       for name, app in (("processes", "crash-processes"), ("pods", "crash-pods")))
    with Board(kube, "crash-processes", "crash-pods", loads=[processes, pods]):
        crashed = crash_pods(kube)
        reports = {load.name: load.result() for load in (processes, pods)}
        apps.wait_ready(kube, "crash-pods", 6, seconds=120)
    restarts = sum(status["restartCount"] for pod in kube.pods("crash-processes")
                   for status in pod["status"]["containerStatuses"])
    apps.delete(kube, "crash-processes", "crash-pods")

    by_processes, by_pods = (share(reports[name]) for name in ("processes", "pods"))
    narration.require(by_processes >= PROCESSES_LEAST,
                      f"{by_processes:.2%} with dying processes, at least {PROCESSES_LEAST:.2%} is the claim "
                      f"({failures(reports['processes'])})")
    narration.require(by_pods >= PODS_LEAST, f"{by_pods:.2%} with dying pods, at least {PODS_LEAST:.0%} is the claim "
                                             f"({failures(reports['pods'])})")
    return (f"{by_processes:.2%} of {reports['processes']['requests']} answered while each of 8 processes died every 1 to 3 s "
            f"({restarts} container restarts); {by_pods:.2%} of {reports['pods']['requests']} while {crashed} times a "
            f"pod of 6 was crashed, one every {EVERY} s; all 6 are back")


def crash_pods(kube: Kube):
    """A random Ready pod every 10 s; how many it were."""
    crashed = 0
    began = time.monotonic()
    while (crashed + 1) * EVERY <= SECONDS:
        time.sleep(max(0.0, began + crashed * EVERY + EVERY / 2 - time.monotonic()))
        ready = [pod for pod in kube.pods("crash-pods") if is_ready(pod)]
        narration.require(ready, "no pod is Ready")
        name = random.choice(ready)["metadata"]["name"]
        path = f"/api/v1/namespaces/{kube.namespace}/pods/{name}:8080/proxy/fault/crash"
        narration.command("kubectl", "get", "--raw", path)
        try:
            kube.text(path)
        except (Answer, OSError):
            pass  # A process that has crashed gives no answer.
        crashed += 1
    return crashed


def share(report):
    return report["ok"] / report["requests"]

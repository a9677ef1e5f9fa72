"""bluegreen: all of the new version stands beside the old one, is looked at, and takes over in one write; no request fails."""
import time

from .. import apps, narration
from ..access import Kube
from ..board import Board
from ..load import Load, failures

NAME = "bluegreen"
RATE = 100
SECONDS = 32


def run(kube: Kube):
    apps.apply(kube, apps.OURS / "bluegreen.yaml")
    apps.wait_ready(kube, NAME, 3)
    url = kube.service_url(NAME)
    apps.set_image(kube, NAME, apps.image(2))
    narration.until(60, "the new pods are ready behind the preview Service", lambda: preview_is_ready(kube))
    preview, active = (versions(kube, address, seconds=4) for address in (kube.service_url(f"{NAME}-preview"), url))
    loads = [Load(kube, "new", url, RATE, seconds=SECONDS).start(),
             Load(kube, "kept", url, RATE, "keep-alive", seconds=SECONDS, pool=10).start()]
    with Board(kube, NAME, loads=loads):
        time.sleep(2)  # So that the switch is under load.
        before = kube.json(f"/api/v1/namespaces/{kube.namespace}/services/{NAME}")["spec"]["selector"]
        kube.in_namespace("annotate", f"sapp/{NAME}", "tidewright.dev/command=promote", "--overwrite")
        began = time.monotonic()
        narration.until(20, "the Service has the other selector",
                        lambda: kube.json(f"/api/v1/namespaces/{kube.namespace}/services/{NAME}")["spec"]["selector"] != before)
        took = time.monotonic() - began
        time.sleep(1)  # The proxies' turn.
        after = versions(kube, url, seconds=3)
        standing = sum(item["spec"]["replicas"] for item in kube.replica_sets(NAME))
        apps.wait_ready(kube, NAME, 3)
        reports = [load.result() for load in loads]
    apps.delete(kube, NAME)

    narration.require(set(preview) == {"2"} and set(active) == {"1"},
                      f"before the switch the preview answered {preview} and the app {active}")
    narration.require(set(after) == {"2"}, f"after the switch these versions answered: {after}")
    narration.require(standing == 6, f"{standing} pods were wanted just after the switch, not 3 old and 3 new ones")
    for load, report in zip(loads, reports):
        narration.require(report["failed"] == 0, f"{load.name} connections: {report['failed']} of {report['requests']} failed "
                                                 f"({failures(report)})")
    total = sum(report["requests"] for report in reports)
    return (f"3 new pods beside 3 old ones, seen through the preview Service ({preview['2']} answers, all of version 2) while the "
            f"app answered as version 1; switched {took:.1f} s after `promote`, all of the next {after['2']} answers of version 2; "
            f"0 of {total} failed")


def preview_is_ready(kube: Kube):
    """Three pods of the new revision are ready in it, and none else."""
    status = kube.app(NAME)["status"]
    if status["currentRevision"] == status["stableRevision"]:
        return False
    slices = kube.json(f"/apis/discovery.k8s.io/v1/namespaces/{kube.namespace}/endpointslices",
                       labelSelector=f"kubernetes.io/service-name={NAME}-preview")["items"]
    pods = [one["targetRef"]["name"] for part in slices for one in part.get("endpoints") or [] if one["conditions"].get("ready")]
    return len(pods) == 3 and all(pod.startswith(f"{NAME}-{status['currentRevision']}-") for pod in pods)


def versions(kube: Kube, url, seconds):
    """How many answers of each version."""
    report = Load(kube, "look", url, 50, seconds=seconds).start().result()
    narration.require(report["failed"] == 0, f"{report['failed']} of {report['requests']} failed ({failures(report)})")
    return report["versions"]

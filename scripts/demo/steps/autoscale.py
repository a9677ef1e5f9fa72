"""autoscale: the count follows requests per second out of Prometheus, holds while Prometheus is gone, and comes back down."""
import math
import textwrap
import time

from .. import apps, narration
from ..access import Answer, Kube, condition
from ..board import Board
from ..load import Load, failures

NAME = "autoscaling"
RATE = 190  # requests a second
PER_POD = 50  # the sample's target
WINDOW = 30  # the sample's stabilisation window on the way down, seconds
OUTAGE = 60  # seconds without Prometheus


def run(kube: Kube):
    apps.apply(kube, apps.SAMPLES / "autoscaling.yaml")
    apps.wait_ready(kube, NAME, 1)
    narration.until(60, "Prometheus scrapes the pod (up)", lambda: scraped(kube) >= 1)
    narration.until(30, "the metric is known", lambda: metrics_are(kube, "True"))

    wanted = math.ceil(RATE / PER_POD)
    load = Load(kube, "rising", kube.service_url(NAME), RATE, "keep-alive", seconds=600, pool=20).start()
    try:
        with Board(kube, NAME, loads=[load]) as board:
            up = follow_up(kube, wanted)
            why(kube)
            hold(kube, wanted)
            report = load.end()
            board.loads.clear()
            down = come_down(kube)
    finally:
        load.stop()
    apps.delete(kube, NAME)
    narration.require(report["failed"] == 0, f"{report['failed']} of {report['requests']} requests failed ({failures(report)})")
    return (f"1 -> {wanted} pods for {RATE} requests/s at {PER_POD} a pod within {up:.0f} s (Ready too); held {wanted} for "
            f"{OUTAGE} s without Prometheus; back to 1 {down:.0f} s after the load's end; 0 of {report['requests']} failed")


def follow_up(kube: Kube, wanted):
    began = time.monotonic()
    narration.until(30, f"{wanted} pods desired, as ceil({RATE} / {PER_POD}) says", lambda: desired(kube) == wanted)
    narration.until(30, f"{wanted} pods ready", lambda: status(kube).get("readyReplicas") == wanted)
    return time.monotonic() - began


def why(kube: Kube):
    """What a person reads to know why the number is what it is."""
    text = kube.in_namespace("describe", f"sapp/{NAME}")
    start = text.find("Last Decision:")
    decision = text[start:text.find("Last Scale Time:", start)].rstrip()
    narration.require(start >= 0 and f"{PER_POD} per pod" in decision, "kubectl describe does not say why")
    for line in textwrap.dedent(" " * 4 + decision).splitlines():
        narration.say(f"  | {line}")


def hold(kube: Kube, wanted):
    """Prometheus away for a minute: unknown is not zero."""
    try:
        kube.kubectl("-n", "monitoring", "scale", "deployment/prometheus", "--replicas=0")
        until = time.monotonic() + OUTAGE
        narration.until(30, "MetricsAvailable is False", lambda: metrics_are(kube, "False"))
        said = condition(kube.app(NAME), "MetricsAvailable")
        narration.say(f"  MetricsAvailable=False/{said.get('reason')}: {said.get('message')}")
        while time.monotonic() < until:
            narration.require(desired(kube) == wanted, f"the count went to {desired(kube)} while Prometheus was away")
            time.sleep(0.5)
    finally:
        kube.kubectl("-n", "monitoring", "scale", "deployment/prometheus", "--replicas=1")
    narration.until(60, "MetricsAvailable is True again", lambda: metrics_are(kube, "True"))
    narration.until(60, f"{wanted} pods desired again", lambda: desired(kube) == wanted)


def come_down(kube: Kube):
    began = time.monotonic()
    narration.until(120, "back at 1 pod", lambda: desired(kube) == 1)
    took = time.monotonic() - began
    narration.require(took > WINDOW, f"back at 1 pod after {took:.0f} s, before the window of {WINDOW} s was over")
    return took


def scraped(kube: Kube):
    try:
        return sum(value for _, value in kube.prometheus(f'up{{namespace="{kube.namespace}",app="{NAME}"}}'))
    except (Answer, OSError):
        return 0


def status(kube: Kube):
    return kube.app(NAME).get("status", {})


def desired(kube: Kube):
    return status(kube).get("desiredReplicas")


def metrics_are(kube: Kube, value):
    return condition(kube.app(NAME), "MetricsAvailable").get("status") == value

"""What the kernel says of a pod's processor time, read from the kubelet's cAdvisor metrics through the API server."""
import re
from typing import NamedTuple

from .access import Kube


class Used(NamedTuple):
    seconds: float = 0.0  # of processor time since the pod started
    throttled: int = 0  # periods in which it was held back at its limit
    at: float = 0.0  # when the kubelet looked, in seconds since 1970; it looks every 10 to 20 s


def used(kube: Kube, pod):
    """Of the whole pod; zeros while the kubelet has not looked yet."""
    name = pod["metadata"]["name"]
    text = kube.text(f"/api/v1/nodes/{pod['spec']['nodeName']}/proxy/metrics/cadvisor")

    def read(metric):
        # The pod's own group, not those of its containers: container="" and image="".
        found = re.search(rf'^{metric}{{container="",.*image="",.*pod="{re.escape(name)}"}} (\S+) (\d+)', text, re.M)
        return (float(found[1]), int(found[2]) / 1000) if found else (0.0, 0.0)

    seconds, at = read("container_cpu_usage_seconds_total")
    throttled, _ = read("container_cpu_cfs_throttled_periods_total")
    return Used(seconds, int(throttled), at)

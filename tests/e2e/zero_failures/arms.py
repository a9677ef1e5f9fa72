"""The arms: ways in which a client can meet a pod that ends."""
from demo.load import Load

# Longer than the preStop sleep: what arrives in the last seconds before a pod's end is in flight when its process is told to stop.
LONG_SECONDS = 8
# Many more than are busy at a time: a request that waits for a connection is late by no fault of a pod.
POOL = 20

# Each arm's path and flags. A kept connection is busy for a part of its time, so that a cut in the wrong moment can be seen.
ARMS = {
    "new": ("", "new", {}),
    "kept": ("delay/0.05", "keep-alive", {"pool": POOL}),
    "long": (f"delay/{LONG_SECONDS}", "new", {"timeout-ms": 30000}),
}


def load(kube, app, arm, rate, seconds):
    """Not yet started; retries are nothing that openload could do."""
    path, connections, flags = ARMS[arm]
    return Load(kube, f"{app} {arm}", kube.service_url(app) + path, rate, connections, seconds=seconds, **flags)

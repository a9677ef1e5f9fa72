"""From a step in the metric at the server to the written count."""
import random
import time

from api import apps, autoscaled, replica_sets
from cluster import until
from rollouts import percentile
from watched import Watched

POLL = 5
STEPS = 100


def run(api, cluster, controllers, prometheus, folder, table):
    ns = api.namespace("reaction")
    api.each(range(STEPS), lambda i: api.send("POST", apps(ns), autoscaled(f"app-{i:05}", [f"step:{i}"], POLL)))
    watched = Watched(cluster, folder, f"--prometheus-url={prometheus.url}", f"--namespace={ns}").start()
    stepped, status, written = {}, {}, {}

    def app_seen(at, event):
        name = event["object"]["metadata"]["name"]
        if name in stepped and event["object"].get("status", {}).get("autoscaling", {}).get("desiredReplicas") == 6:
            status.setdefault(name, at - stepped[name])

    def set_seen(at, event):
        name = event["object"]["metadata"]["labels"]["tidewright.dev/app"]
        if name in stepped and event["object"]["spec"]["replicas"] == 6:
            written.setdefault(name, at - stepped[name])
    try:
        watched.decided(STEPS, 30)
        time.sleep(POLL + 2)
        api.watch(apps(ns), app_seen)
        api.watch(replica_sets(ns), set_seen)
        # Each at a time of its own within two polls: the phase of the poll is part of what is measured.
        for i in random.sample(range(STEPS), STEPS):
            stepped[f"app-{i:05}"] = time.monotonic()
            prometheus.set(values={f"step:{i}": 600.0})
            time.sleep(2 * POLL / STEPS)
        until(30, "every step is answered", lambda: len(written) == STEPS and len(status) == STEPS)
    finally:
        watched.stop()
    for what, values in (("the count in status", status), ("the ReplicaSet's", written)):
        late = sorted(values.values())
        table.add(f"{STEPS} steps, poll {POLL} s", f"step to {what}, p99", f"{percentile(late, 0.99):.2f} s",
                  f"<= {POLL + 0.5} s")
        table.add(f"{STEPS} steps, poll {POLL} s", f"step to {what}, p50", f"{percentile(late, 0.5):.2f} s", "")

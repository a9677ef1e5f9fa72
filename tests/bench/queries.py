"""Ten thousand distinct queries: asked within the poll, with no more in flight than configured."""
import time

from api import apps, autoscaled
from watched import Watched

METRICS = 20
POLL = 15
IN_FLIGHT = 16
DELAY = 0.005


def run(api, cluster, controllers, prometheus, folder, table, distinct):
    ns = api.namespace("queries")
    count = distinct // METRICS
    api.each(range(count), lambda i: api.send("POST", apps(ns), autoscaled(
        f"app-{i:05}", [f"own:{i}:{m}" for m in range(METRICS)], POLL)))
    prometheus.set(delay=DELAY)
    watched = Watched(cluster, folder, f"--prometheus-url={prometheus.url}", f"--namespace={ns}",
                      f"--prometheus-concurrency={IN_FLIGHT}").start()
    try:
        with controllers.stopped():
            watched.decided(count, 60)
            time.sleep(POLL)
            prometheus.take()
            cpu = watched.cpu()
            time.sleep(2 * POLL)
            seen = prometheus.take()
            cpu = watched.cpu() - cpu
    finally:
        watched.stop()
        prometheus.set(delay=0.0)
    of = f"{distinct} distinct queries"
    table.add(of, "asked in two polls", f"{seen['distinct']}, each {seen['fewest']} to {seen['most']} times",
              f"{distinct}, each 2 times")
    table.add(of, f"most in flight at the server, which takes {1000 * DELAY:.0f} ms", f"{seen['mostInFlight']}",
              f"<= {IN_FLIGHT}")
    table.add(of, "processor time", f"{100 * cpu / (2 * POLL):.1f} % of a core", "")

"""N autoscaled apps with their ReplicaSets, Services and budgets, without pods: what they cost at rest and after a
restart. The controllers stand still meanwhile, as nothing of theirs is wanted."""
import time

from api import apps, autoscaled
from cluster import until
from watched import Watched, Window

POLL = 15
QUERIES = 50


def children_of(api, ns):
    """How many ReplicaSets and statuses there are, counted by the server."""
    listed = api.send("GET", f"/apis/apps/v1/namespaces/{ns}/replicasets?limit=1")
    return len(listed["items"]) + listed["metadata"].get("remainingItemCount", 0)


def grow(api, ns, there, wanted):
    api.each(range(there, wanted), lambda i: api.send(
        "POST", apps(ns), autoscaled(f"app-{i:05}", [f"shared:q{i % QUERIES}"], POLL)))


def settled(api, watched, ns, wanted):
    """All children are there, and nothing was written for five seconds."""
    until(600, f"{wanted} ReplicaSets", lambda: children_of(api, ns) >= wanted)
    while True:
        end = api.audit_end()
        time.sleep(5)
        if api.audit_end() == end:
            return


def written(window):
    return f"{window.writes:.1f}/s" + (f" ({window.kinds})" if window.writes else "")


def measure(api, watched, prometheus, count, table, window):
    decided = watched.restart().decided(count, 60)
    # The first statuses after a restart, and the first poll.
    time.sleep(POLL)
    rest = Window(api, watched, prometheus).run(window)
    watched.operator.get("/metrics")
    memory = watched.memory()
    prometheus.set(wobbles=True)
    time.sleep(POLL)
    busy = Window(api, watched, prometheus).run(2 * window)
    prometheus.set(wobbles=False)
    of = f"{count} apps"
    polls = window / POLL
    table.add(of, "queries a poll at the server", f"{rest.asked['requests'] / polls:.1f}", f"{min(QUERIES, count)}")
    table.add(of, "restart until the last app is decided", f"{decided:.1f} s", "<= 5 s")
    table.add(of, "processor time at constant metrics", f"{100 * rest.cpu:.1f} % of a core", "<= 10 %")
    table.add(of, "the same, every metric wobbling within tolerance", f"{100 * busy.cpu:.1f} % of a core", "<= 10 %")
    table.add(of, "resident memory, after a scrape", f"{memory:.0f} MB", "<= 60 MB")
    table.add(of, "the most it ever took", f"{watched.memory('VmHWM'):.0f} MB", "")
    table.add(of, "API writes at constant metrics, leases apart", written(rest), "0/s")
    table.add(of, "API writes, every metric wobbling", written(busy), "<= 40/s")


def run(api, cluster, controllers, prometheus, folder, table, sizes, window):
    ns = api.namespace("sizes")
    watched = Watched(cluster, folder, f"--prometheus-url={prometheus.url}", ).start()
    there = 0
    try:
        with controllers.stopped():
            for count in sizes:
                began = time.monotonic()
                grow(api, ns, there, count)
                settled(api, watched, ns, count)
                table.add(f"{count} apps", f"created, {count - there} more", f"{time.monotonic() - began - 5:.0f} s", "")
                there = count
                measure(api, watched, prometheus, count, table, window)
    finally:
        watched.stop()

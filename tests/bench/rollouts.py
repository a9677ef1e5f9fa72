"""1 000 apps with pods that kwok pretends to run: until all are Healthy, beside as many Deployments with the same objects; at
rest; and from a new image to its ReplicaSet, beside a client that does nothing but the same two requests."""
import contextlib
import datetime
import json
import statistics
import time

from api import app, apps, by_operator, deployments, kinds, replica_sets
from cluster import until
from watched import Watched, Window


class Arrivals:
    """How many of the objects below a path are well; watched, for to list a thousand again and again would be load of its own."""

    def __init__(self, api, path, is_well):
        self.well, self.is_well = set(), is_well
        self.end = api.watch(path, self.see)

    def see(self, _, event):
        change = self.well.add if self.is_well(event["object"].get("status", {})) else self.well.discard
        change(event["object"]["metadata"]["name"])

    def wait_for(self, count, what):
        try:
            until(300, what, lambda: len(self.well) == count)
        finally:
            self.end()


def plain(api, count, service):
    """Seconds that the same takes without us: a Deployment and a budget each, with a Service or not, written by the same client."""
    ns = api.namespace("plain")
    arrivals = Arrivals(api, deployments(ns), lambda status: status.get("availableReplicas") == 1)

    def create(i):
        name = f"plain-{i:05}"
        spec, labels = app(name)["spec"], {"plain": name}
        template = {"metadata": {"labels": labels}, "spec": spec["template"]["spec"]}
        bodies = {f"/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets": {
                      "maxUnavailable": 1, "selector": {"matchLabels": labels}},
                  deployments(ns): {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}}
        if service:
            bodies = {f"/api/v1/namespaces/{ns}/services": {"ports": spec["service"]["ports"], "selector": labels}, **bodies}
        for path, body in bodies.items():
            api.send("POST", path, {"metadata": {"name": name}, "spec": body})
    began = time.monotonic()
    api.each(range(count), create)
    arrivals.wait_for(count, f"{count} Deployments are available")
    return time.monotonic() - began


def one_pod_app(i, service):
    one = app(f"app-{i:05}", replicas=1, rollout={"minReadySeconds": 0})
    if not service:
        del one["spec"]["service"]
    return one


def arrive(api, ns, table, count, service, floor):
    """Makes the apps and waits until all are Healthy. `floor`: what `plain` took."""
    of = f"{count} apps of one pod {'with a Service' if service else 'without Services'}"
    arrivals = Arrivals(api, apps(ns), lambda status: status.get("phase") == "Healthy")
    began, audit = time.monotonic(), api.audit_end()
    api.each(range(count), lambda i: api.send("POST", apps(ns), one_pod_app(i, service)))
    created = time.monotonic() - began
    arrivals.wait_for(count, f"{count} apps are Healthy")
    took = time.monotonic() - began
    table.add(of, "all Healthy after the first POST", f"{took:.1f} s", "<= 30 s")
    table.add(of, "of which the client took to create them", f"{created:.1f} s", "")
    table.add(of, "as many Deployments with the same objects, all available", f"{floor:.1f} s, ours {took / floor:.2f} x", "")
    ours = [event for event in by_operator(api.audited(audit)) if event.get("objectRef", {}).get("namespace") == ns]
    table.add(of, "our writes an app until then", kinds(ours, count), "")


@contextlib.contextmanager
def operator(api, cluster, folder):
    """The name of a namespace, and the operator that works in it."""
    ns = api.namespace("rollouts")
    folder.mkdir()
    watched = Watched(cluster, folder, f"--namespace={ns}", "--workers=8").start()
    try:
        until(30, "the operator leads", watched.operator.leads)
        yield ns, watched
    finally:
        watched.stop()


def when(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def like(api, path, name, ns):
    """A copy of the object under another name elsewhere, that belongs to nobody."""
    found = api.send("GET", path)
    kept = {key: found["metadata"][key] for key in ("labels", "annotations") if key in found["metadata"]}
    return {**{key: found[key] for key in ("apiVersion", "kind", "spec", "status") if key in found}, "metadata": {"name": name, "namespace": ns, **kept}}


class Bare:
    """Makes by hand the requests that lead from a new image to its ReplicaSet: the same ones, on objects that are equal to
    the operator's but in a namespace where it is not."""

    def __init__(self, api, ns, watched):
        self.api, self.ns = api, ns
        one = api.send("GET", f"{apps(watched)}?limit=1")["items"][0]["metadata"]["name"]
        self.app = like(api, f"{apps(watched)}/{one}", "bare", ns)
        api.send("POST", apps(ns), self.app)
        api.patch(f"{apps(ns)}/bare/status", json.dumps({"status": self.app["status"]}).encode())
        revision = self.app["status"]["currentRevision"]
        self.set = like(api, f"{replica_sets(watched)}/{one}-{revision}", "bare", ns)
        self.owner = {"apiVersion": "tidewright.dev/v1alpha1", "kind": "ScaledApp", "name": "bare", "controller": True,
                      "blockOwnerDeletion": True, "uid": api.send("GET", f"{apps(ns)}/bare")["metadata"]["uid"]}

    def replica_set(self, i, tag):
        made = json.loads(json.dumps(self.set))
        made["metadata"] |= {"name": f"bare-{i}", "ownerReferences": [self.owner]}
        made["spec"]["replicas"] = 0
        made["spec"]["template"]["spec"]["containers"][0]["image"] = f"docker.io/tidewright/app:{tag}"
        del made["status"]
        return json.dumps(made).encode()


def image(tag):
    return {"spec": {"template": {"spec": {"containers": [
        app("x")["spec"]["template"]["spec"]["containers"][0] | {"image": f"docker.io/tidewright/app:{tag}"}]}}}}


def latencies(api, ns, bare, rounds, count):
    """Alternately by the operator and bare, so that both see the same machine. In seconds, by the API server's clock:
    from the arrival of the PATCH to the end of the POST."""
    by_hand = Bare(api, bare, ns)
    begin = api.audit_end()
    for i in range(rounds):
        name = f"app-{i * count // rounds:05}"
        patched = json.dumps(image(f"v{i}")).encode()
        created = by_hand.replica_set(i, f"v{i}")
        api.patch(f"{apps(bare)}/bare", patched)
        api.send("POST", replica_sets(bare), created)
        time.sleep(0.05)
        api.patch(f"{apps(ns)}/{name}", patched)
        time.sleep(0.25)
    time.sleep(1)
    events = api.audited(begin)

    def pairs(space, patches, posts):
        out, arrived = [], {}
        for event in events:
            ref = event.get("objectRef", {})
            if ref.get("namespace") != space:
                continue
            if event["verb"] == "patch" and ref["resource"] == "scaledapps" and patches(event, ref):
                arrived[ref["name"]] = when(event["requestReceivedTimestamp"])
            if event["verb"] == "create" and ref["resource"] == "replicasets" and posts(event):
                owner = "bare" if space == bare else ref["name"].rsplit("-", 1)[0]
                if owner in arrived:
                    out.append(when(event["stageTimestamp"]) - arrived.pop(owner))
        return out
    mine = pairs(ns, lambda event, ref: event["userAgent"] == "bench",
                 lambda event: by_operator([event]) and "dryRun" not in event["requestURI"])
    floor = pairs(bare, lambda event, ref: True, lambda event: event["userAgent"] == "bench")
    return mine, floor


def run(api, cluster, folder, table, count, rounds, floor):
    bare, of = api.namespace("bare"), f"{count} apps of one pod"
    with operator(api, cluster, folder / "rollouts") as (ns, watched):
        arrive(api, ns, table, count, True, floor)
        began = time.monotonic()
        until(400, "what can wait is written", lambda: Window(api, watched).run(3).writes == 0)
        table.add(of, "and what nobody waits for (budgets, Events, annotations) is written, after that",
                  f"{time.monotonic() - began:.0f} s", "")
        rest = Window(api, watched).run(20)
        table.add(of, "API writes at rest, leases apart", f"{rest.writes:.1f}/s{' (' + rest.kinds + ')' if rest.writes else ''}", "0/s")
        table.add(of, "processor time at rest", f"{100 * rest.cpu:.2f} % of a core", "")
        mine, bares = latencies(api, ns, bare, rounds, count)
    for share, bound in ((0.5, 1.2), (0.95, 1.4)):
        ours, least = percentile(mine, share), percentile(bares, share)
        table.add(of, f"new image to its ReplicaSet, p{100 * share:.0f} of {len(mine)}",
                  f"{1000 * ours:.1f} ms, {ours / least:.2f} x the floor", f"<= {bound} x {1000 * least:.1f} ms")
    table.add(of, "mean of both", f"{1000 * statistics.mean(mine):.1f} ms, {1000 * statistics.mean(bares):.1f} ms", "")

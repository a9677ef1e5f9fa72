"""What happens to the apps of autoscaled_apps.py, told by the operator's own log and by the API server."""
import csv
import datetime
import json
import threading
import time
import urllib.parse
import urllib.request

from cluster import BUILD, run, until
from demo.access import Answer
from misbehaving_prometheus import Misbehaving

from autoscaled_apps import FAULTS, LAST_TURN, TURNING, all_apps, fault_of, written


def seconds(timestamp):
    return datetime.datetime.fromisoformat(timestamp).timestamp()


def distinct(values):
    """Without repetition: 1 1 2 2 1 is 1 2 1."""
    return [value for i, value in enumerate(values) if i == 0 or value != values[i - 1]]


def longest_gap(times, begin, end):
    """The longest part of the time from `begin` to `end` without any of these."""
    inside = [begin, *sorted(time for time in times if begin < time < end), end]
    return max(b - a for a, b in zip(inside, inside[1:]))


class Witness:
    """Looks at all the apps and their ReplicaSets again and again, until it is told to stop."""

    def __init__(self, kube):
        self.kube, self.seen, self.over = kube, [], threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def look(self):
        group = "/apis/{}/namespaces/" + self.kube.namespace
        while not self.over.wait(0.4):
            try:
                apps = self.kube.json(group.format("tidewright.dev/v1alpha1") + "/scaledapps")["items"]
                sets = self.kube.json(group.format("apps/v1") + "/replicasets")["items"]
            except (Answer, OSError):
                continue
            wanted = {}
            for one in sets:
                owner = one["metadata"]["labels"]["tidewright.dev/app"]
                wanted[owner] = wanted.get(owner, 0) + one["spec"]["replicas"]
            self.seen.append({one["metadata"]["name"]: {"status": one.get("status", {}), "wanted": wanted.get(one["metadata"]["name"])}
                              for one in apps})

    def stop(self):
        self.over.set()
        self.thread.join()


class Story:
    """Begins with `begin`, ends with `end`; what is asked of it in between is how it stands, afterwards how it went."""

    def __init__(self, cluster, kube, images):
        self.cluster, self.kube = cluster, kube
        address = json.loads(run("ip", "-j", "-4", "addr", "show", "dev", f"tw-{cluster.name}").stdout)
        host = address[0]["addr_info"][0]["local"]
        service = kube.json("/api/v1/namespaces/monitoring/services/prometheus")["spec"]["clusterIP"]
        self.prometheus = f"http://{service}:9090"
        self.proxies = {fault: Misbehaving(upstream=self.prometheus, host=host) for fault in FAULTS}
        self.images, self.log, self.metrics, self.witness = images, [], "", None

    def begin(self):
        # A few seconds to be looked at for the first time; the schedules change at a full minute.
        now = time.time()
        self.began = int(now)
        self.t0 = self.began + 8
        turn = datetime.datetime.fromtimestamp((int(now + 12) // 60 + 1) * 60, datetime.timezone.utc)
        self.turn = turn.timestamp()
        self.apps = all_apps(self.t0, turn, self.images, {fault: proxy.url for fault, proxy in self.proxies.items()})
        self.cluster.kubectl("-n", self.kube.namespace, "apply", "--server-side", "-f", "-", stdin=written(self.apps.values()))
        self.witness = Witness(self.kube)

    def sleep_until(self, at):
        time.sleep(max(0, at - time.time()))

    def status(self, app):
        return self.witness.seen[-1].get(app, {}).get("status", {}) if self.witness.seen else {}

    def condition(self, app, kind):
        return next((one for one in self.status(app).get("conditions", []) if one["type"] == kind), {})

    def conditions(self, app, kind="MetricsAvailable"):
        """(status, reason, message) of that condition, each time that it changed."""
        found = []
        for look in self.witness.seen:
            for one in look.get(app, {}).get("status", {}).get("conditions", []):
                if one["type"] == kind:
                    found.append((one["status"], one["reason"], one["message"]))
        return distinct(found)

    def patch(self, app, path, value):
        self.cluster.kubectl("-n", self.kube.namespace, "patch", f"sapp/{app}", "--type=json", "-p",
                             json.dumps([{"op": "replace", "path": path, "value": value}]))

    def misbehave(self):
        for fault, proxy in self.proxies.items():
            proxy.fault = fault_of(fault)

    def behave(self):
        """Each server with a fault is well again once its fault was noticed and asked about twice more."""
        for fault, proxy in self.proxies.items():
            until(40, f"{fault} is noticed", lambda: self.condition(f"fault-{fault}", "MetricsAvailable").get("status") == "False")
            proxy.fault = None
            proxy.released.set()

    def scale_prometheus(self, replicas):
        self.cluster.kubectl("-n", "monitoring", "scale", "deployment/prometheus", f"--replicas={replicas}")

    def all_metrics_are(self, status, apart=()):
        return all(self.condition(app, "MetricsAvailable").get("status") == status for app in self.apps if app not in apart)

    def end(self):
        if self.witness:
            self.witness.stop()
        for proxy in self.proxies.values():
            proxy.stop()
        log = self.cluster.kubectl("-n", "tidewright-system", "logs", "deployment/tidewright").stdout
        lines = [json.loads(line) for line in log.splitlines() if f'"{self.kube.namespace}/' in line]
        self.log = [line for line in lines if seconds(line["time"]) >= self.began]
        self.metrics = self.kube.text("/api/v1/namespaces/tidewright-system/services/tidewright:8080/proxy/metrics")

    def clear(self):
        """As if it had never been told."""
        self.cluster.kubectl("-n", self.kube.namespace, "delete", "sapp", "--all")
        until(60, "its pods are gone", lambda: not self.kube.json(f"/api/v1/namespaces/{self.kube.namespace}/pods")["items"])
        asked = urllib.parse.urlencode({"query": f'http_requests_total{{namespace="{self.kube.namespace}"}}'})

        def forgotten():
            try:
                answer = json.load(urllib.request.urlopen(f"{self.prometheus}/api/v1/query?{asked}", timeout=5))
            except OSError:  # It was just started anew, perhaps.
                return False
            return not answer["data"]["result"]
        # Five minutes are as long as Prometheus goes on saying the last value of what nobody told it is gone.
        until(330, "what they counted is gone", forgotten)

    def longest_pause(self):
        """(seconds, app): the longest time between two ticks of one while the loads turn, from whole second to whole second. So
        long the machine stood still, or had no time for the operator. An app without any tick has another trouble."""
        ticks = {app: [tick["at"] for tick in self.ticks(app)] for app in TURNING}
        return max(((longest_gap(times, self.t0 - 1, self.t0 + LAST_TURN), app) for app, times in ticks.items() if times),
                   default=(0, None))

    def lines(self, message, app):
        return [line for line in self.log if line["message"] == message
                and line.get("app") == f"{self.kube.namespace}/{app}"]

    def ticks(self, app):
        """What the operator decided, tick for tick: {at, samples: {metric: value or None}, current, ready, result}."""
        found = {}
        for line in self.lines("decided", app):
            pairs = [pair.split("=") for pair in line["samples"].split()]
            samples = {name: None if value == "?" else float(value) for name, value in pairs}
            # After an edit of the spec it decides at once, perhaps twice in a second.
            found[seconds(line["at"])] = {**line, "samples": samples}
        return [{**tick, "at": at} for at, tick in sorted(found.items())]

    def counts(self, app):
        """The counts that were decided, in their order: of the first look what was before it, too."""
        ticks = self.ticks(app)
        return distinct([ticks[0]["current"], *(tick["result"] for tick in ticks)])

    def summary(self, app):
        """What the ticks saw and made of it while the loads turned, in a line for who asks why."""
        said = [f"{tick['at'] - self.t0:+.0f} s: {tick['samples']} {tick['current']} -> {tick['result']}"
                for tick in self.ticks(app) if -2 <= tick["at"] - self.t0 <= 22]
        return f"{app}: " + ", ".join(said)

    def simulated(self, app, folder, *load):
        """(time, count) of each tick that `kubectl-tide simulate` makes of the app's policy under that load."""
        manifest, table = folder / f"{app}.json", folder / f"{app}.csv"
        manifest.write_text(json.dumps({**self.apps[app], "metadata": {"name": app, "namespace": self.kube.namespace}}))
        run(BUILD / "kubectl-tide", "simulate", manifest, "--csv", table, "--start", self.ticks(app)[0]["current"], *load)
        with open(table) as file:
            return [(seconds(line["time"]), int(line["desired"])) for line in csv.DictReader(file)]

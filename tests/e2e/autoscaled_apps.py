"""The ScaledApps of test_autoscaler.py: each asks a question, all of the same Prometheus at the same time.

Their loads are functions of the time, which the server computes: known to the second, and the same whenever it is asked again.
"""
import datetime
import json
import zoneinfo

from misbehaving_prometheus import Misbehaving

POLL = 1
PER_POD = 10
# Those whose loads turn, and the seconds after t0 from when no more of it happens: the last waits 5 s for a count to be over.
TURNING = ("step", "two-metrics", "panic", "zero", "never-down", "never-up")
LAST_TURN = 19
# What the app that counts requests is asked: a load for three pods.
ASKED = 3 * PER_POD - 5
AT_ONCE = {"stabilizationWindowSeconds": 0, "policies": [{"type": "Pods", "value": 100, "periodSeconds": 1}]}
# Faults of a server between the operator and the true one: (the reason in the condition, what its sentence says).
FAULTS = {
    "empty": ("NoData", "no series"),
    "nan": ("Unknown", "NaN"),
    "broken": ("PrometheusUnreachable", "HTTP 500"),
    "error-with-200": ("QueryFailed", "parse error at char 7"),
    "truncated": ("PrometheusUnreachable", "cut while answering"),
    "slow": ("PrometheusUnreachable", "10 s"),
}


def fault_of(name):
    return getattr(Misbehaving, name.replace("-", "_"))


def load(first, *turns):
    """A query that gives `first` until the time of the first turn, then what that says: (seconds since 1970, value)."""
    text, before = str(first), first
    for at, value in turns:
        text += f" {'+' if value >= before else '-'} {abs(value - before)} * (time() >= bool {at})"
        before = value
    return f"vector({text})"


def only_outside(query, begin, end):
    """The same without any series from `begin` to `end`."""
    return f"{query} and (vector(time()) < {begin} or vector(time()) >= {end})"


def metric(query, name="load", **prometheus):
    return {"name": name, "prometheus": {"query": query, **prometheus},
            "target": {"type": "AverageValue", "value": PER_POD}}


def app(name, *metrics, replicas=1, runs=False, up=None, down=None, template=None, **autoscaling):
    """A ScaledApp. Unless it `runs`, no node takes its pods: how many there should be is all that is asked."""
    container = {"name": "app", "image": "docker.io/tidewright/pause:1", "imagePullPolicy": "IfNotPresent",
                 "resources": {"requests": {"cpu": "1m", "memory": "4Mi"}},
                 "securityContext": {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                     "capabilities": {"drop": ["ALL"]}}}
    pod = {"terminationGracePeriodSeconds": 1, "containers": [container],
           "securityContext": {"runAsNonRoot": True, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}}}
    if not runs:
        pod["nodeSelector"] = {"tidewright.dev/none": "such"}
    return {
        "apiVersion": "tidewright.dev/v1alpha1", "kind": "ScaledApp", "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "availability": {"preStopSleepSeconds": 0, "podDisruptionBudget": False, "topologySpread": False},
            "rollout": {"minReadySeconds": 0},
            "template": template or {"metadata": {"labels": {"app": name}}, "spec": pod},
            "autoscaling": {"minReplicas": 1, "maxReplicas": 6, "pollSeconds": POLL, "metrics": list(metrics),
                            "behavior": {"scaleUp": {**AT_ONCE, **(up or {})}, "scaleDown": {**AT_ONCE, **(down or {})}},
                            **autoscaling}}}


def cron(at, zone):
    there = at.astimezone(zoneinfo.ZoneInfo(zone))
    return f"{there.minute} {there.hour} * * *"


def schedules(turn):
    """Two pods until `turn`, three from then on; each by a clock of its own."""
    def around(name, zone, start, end, replicas):
        minutes = [turn + datetime.timedelta(minutes=one) for one in (start, end)]
        return {"name": name, "timeZone": zone, "replicas": replicas,
                "start": cron(minutes[0], zone), "end": cron(minutes[1], zone)}
    return [around("early", "Etc/UTC", -5, 0, 2), around("late", "Asia/Kolkata", 0, 30, 3)]


def rolling(name, image):
    """Four pods whose load is a hair above what four carry: a fifth that counted would make it five."""
    one = app(name, metric(load(4 * PER_POD + 3)), replicas=4, runs=True)
    one["spec"]["rollout"] = {"minReadySeconds": 1, "maxSurge": 2}
    container = one["spec"]["template"]["spec"]["containers"][0]
    container.update({"image": image, "ports": [{"name": "http", "containerPort": 8080}], "args": ["--work-ms=0.1"],
                      "readinessProbe": {"httpGet": {"path": "/readyz", "port": "http"}, "periodSeconds": 1}})
    container["resources"]["requests"]["memory"] = "16Mi"
    one["spec"]["availability"]["preStopSleepSeconds"] = 3
    return one


def scraped(name, image):
    """Follows a number that its own pods count and Prometheus scrapes."""
    one = rolling(name, image)
    one["spec"]["replicas"] = 1
    one["spec"]["service"] = {"ports": [{"name": "http", "port": 80, "targetPort": "http"}]}
    one["spec"]["template"]["metadata"]["annotations"] = {"prometheus.io/scrape": "true", "prometheus.io/port": "8080"}
    # All of it or nothing: it may be scraped in the middle of the asking, and a Prometheus that begins anew finds the pods one
    # after the other.
    one["spec"]["autoscaling"]["metrics"] = [
        metric(f'sum(http_requests_total{{namespace="{{{{namespace}}}}",pod=~"{{{{app}}}}-.*",code="200"}}) >= {ASKED}')]
    return one


def all_apps(t0, turn, images, proxies):
    """Every app by its name. The loads turn around `t0` (seconds since 1970), the schedules at `turn`; `proxies` are the
    addresses of the servers with faults. A load lasts 5 s at least, more than the machine may stand still."""
    apps = [
        app("step", metric(load(10, (t0, 40), (t0 + 12, 10))), runs=True, down={"stabilizationWindowSeconds": 5},
            up={"policies": [{"type": "Pods", "value": 2, "periodSeconds": 3}]}),
        app("two-metrics", metric(load(20, (t0 + 12, 10)), "first"),
            metric(only_outside(load(10, (t0, 30), (t0 + 6, 10)), t0 + 10, t0 + 17), "second"), replicas=2),
        app("schedule", metric(load(10)), schedules=schedules(turn)),
        app("panic", metric(load(10, (t0, 50), (t0 + 5, 10))), up={"stabilizationWindowSeconds": 600},
            panic={"query": load(10, (t0, 50), (t0 + 5, 10)), "windowSeconds": 5, "thresholdPercent": 200}),
        app("zero", {**metric(load(0, (t0 + 2, 20), (t0 + 8, 0))), "activation": 5}, runs=True, minReplicas=0, cooldownSeconds=4),
        app("dry-run", metric(load(40)), mode="DryRun"),
        app("paused", metric(load(40)), mode="Paused"),
        app("never-down", metric(load(10, (t0, 30), (t0 + 5, 10))), pausedDirections=["Down"]),
        app("never-up", metric(load(30, (t0, 10), (t0 + 5, 30))), pausedDirections=["Up"], replicas=3),
        app("outage", metric(load(20)), replicas=2, runs=True),
        rolling("rolling", images[1]),
        scraped("scraped", images[1]),
    ]
    for fault in FAULTS:
        apps.append(app(f"fault-{fault}", metric(load(20, (t0 + 2, 10)), serverAddress=proxies[fault]), replicas=2))
    return {one["metadata"]["name"]: one for one in apps}


def written(apps):
    return "\n---\n".join(json.dumps(one) for one in apps)

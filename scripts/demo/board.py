"""What happens, live: a table of pods and rates redrawn each second on a terminal, a line now and then elsewhere."""
import threading
import time

from . import narration
from .access import Answer, Kube, is_ready

SECONDS_BETWEEN_LINES = 5
_RATES = 'sum by (pod) (rate(http_requests_total{namespace="%s"}[15s]))'


class Board:
    """Shows apps and the load on them for as long as the `with` lasts."""

    def __init__(self, kube: Kube, *apps, loads=()):
        self._kube, self._apps, self.loads = kube, apps, list(loads)
        self._over = threading.Event()
        self._began = time.monotonic()
        self._rates, self._rates_at = {}, 0.0

    def __enter__(self):
        self._thread = threading.Thread(target=self._show, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        narration.leave_drawn()

    def _show(self):
        last_line, last_at = None, 0.0
        while not self._over.wait(1):
            try:
                seen = [(name, self._kube.app(name), sorted(self._kube.pods(name), key=_age)) for name in self._apps]
            except (OSError, Answer):
                continue  # The step itself says what it could not reach.
            if narration.on_terminal():
                self._refresh_rates()
                narration.draw(self._table(seen))
                continue
            line = self._line(seen)
            if line != last_line and time.monotonic() - last_at >= SECONDS_BETWEEN_LINES:
                narration.say(f"  {time.monotonic() - self._began:4.0f} s  {line}")
                last_line, last_at = line, time.monotonic()

    def _refresh_rates(self):
        if time.monotonic() - self._rates_at < 2:
            return
        self._rates_at = time.monotonic()
        try:
            self._rates = {labels.get("pod"): value for labels, value in
                           self._kube.prometheus(_RATES % self._kube.namespace)}
        except (OSError, Answer, ValueError):
            self._rates = {}

    def _table(self, seen):
        lines = [f"  {'POD':<26} {'VERSION':<8} {'STATE':<20} {'RESTARTS':>8} {'REQ/S':>7}"]
        for name, app, pods in seen:
            for pod in pods:
                rate = self._rates.get(pod["metadata"]["name"])
                lines.append(f"  {pod['metadata']['name']:<26} {_version(pod):<8} {_state(pod):<20} {_restarts(pod):>8} "
                             f"{'-' if rate is None else format(rate, '.0f'):>7}")
            lines.append(f"  {_summary(name, app, pods)}")
        if self.loads:
            lines.append(f"  {self._load()}")
        return lines

    def _line(self, seen):
        return "; ".join([*(_summary(*one) for one in seen), *([self._load()] if self.loads else [])])

    def _load(self):
        return "load " + ", ".join(f"{one.name} {one.rate:.0f}/s {one.ok} ok {one.failed} failed" for one in self.loads)


def _age(pod):
    return pod["metadata"]["creationTimestamp"], pod["metadata"]["name"]


def _summary(name, app, pods):
    status = app.get("status", {})
    versions = {}
    for pod in pods:
        versions[_version(pod)] = versions.get(_version(pod), 0) + 1
    return (f"{name}: {status.get('phase', '-')}, {status.get('desiredReplicas', '-')} desired, "
            f"{sum(map(is_ready, pods))} ready ({' + '.join(f'{n} {v}' for v, n in sorted(versions.items())) or 'no pods'})")


def _version(pod):
    """ "v2" of "docker.io/tidewright/app:2-0a1b2c"."""
    return "v" + pod["spec"]["containers"][0]["image"].rpartition(":")[2].partition("-")[0]


def _state(pod):
    if "deletionTimestamp" in pod["metadata"]:
        return "Stopping"
    for status in pod.get("status", {}).get("containerStatuses", []):
        if reason := status.get("state", {}).get("waiting", {}).get("reason"):
            return reason
    return "Ready" if is_ready(pod) else pod.get("status", {}).get("phase", "Unknown")


def _restarts(pod):
    return sum(status["restartCount"] for status in pod.get("status", {}).get("containerStatuses", []))

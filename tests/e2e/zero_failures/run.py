"""One run of the proof: every kind of change and every control at once, each on its own app, under load from begin to end."""
import concurrent.futures
import dataclasses
import time

from cluster import progress
from demo import apps, narration
from demo.invariants import Watcher
from . import arms, changes, manifest
from .terminations import Terminations

CONTROL_RATES = {"new": 100, "kept": 50, "long": 15}
CONTROL_REPLICAS = 2
CONTROL_TRIES = 4


@dataclasses.dataclass(frozen=True)
class Plan:
    """How much. Rates are requests a second in that arm of one app; `every`: seconds from one change of an app to its next."""
    seconds: int
    replicas: int
    rates: dict
    every: float = 0.0  # one change only


@dataclasses.dataclass
class Result:
    reports: dict = dataclasses.field(default_factory=dict)  # by kind, by arm
    terminations: Terminations = None
    watchers: dict = dataclasses.field(default_factory=dict)  # what was broken, by kind
    changes: dict = dataclasses.field(default_factory=dict)  # how many, by kind
    controls: dict = dataclasses.field(default_factory=dict)  # by name: failed, requests, terminations


class Run:
    def __init__(self, kube, plan):
        self._kube, self._plan = kube, plan
        self._over = False

    def __call__(self):
        kube, plan, result = self._kube, self._plan, Result()
        self._apply()
        result.terminations = Terminations(kube).start()
        # The bounds hold for a count that stays, of pods that nobody takes away.
        watchers = {kind: Watcher(kube, kind, plan.replicas, surge(plan.replicas), 0).start() for kind in ("rolling", "restart")}
        began = time.monotonic()
        loads = {kind: {arm: arms.load(kube, kind, arm, rate, plan.seconds).start() for arm, rate in plan.rates.items()}
                 for kind in changes.KINDS}
        with concurrent.futures.ThreadPoolExecutor(len(changes.KINDS) + len(changes.CONTROLS) + 1) as pool:
            showing = pool.submit(self._show, began, loads, result.terminations)
            made = {kind: pool.submit(self._change, kind, began) for kind in changes.KINDS}
            controls = {name: pool.submit(self._control, name) for name in changes.CONTROLS}
            try:
                result.changes = {kind: future.result() for kind, future in made.items()}
                result.controls = {name: future.result() for name, future in controls.items()}
                result.reports = {kind: {arm: load.result() for arm, load in of_kind.items()} for kind, of_kind in loads.items()}
            finally:
                self._over = True
                for of_kind in loads.values():
                    for load in of_kind.values():
                        load.stop()
                showing.result()
        result.watchers = {kind: watcher.stop() for kind, watcher in watchers.items()}
        for name in result.controls:
            result.controls[name]["terminations"] = result.terminations.ended[name]
        result.terminations.stop()
        apps.delete(kube, *changes.KINDS, *changes.CONTROLS)
        return result

    def _apply(self):
        kube, plan = self._kube, self._plan
        for kind, (rollout, _) in changes.KINDS.items():
            self._create(manifest.make(kind, plan.replicas, rollout))
        for name, (_, differs) in changes.CONTROLS.items():
            self._create(manifest.make(name, CONTROL_REPLICAS, **differs))
        for kind in changes.KINDS:
            apps.wait_ready(kube, kind, plan.replicas, seconds=180)
        for name in changes.CONTROLS:
            apps.wait_ready(kube, name, CONTROL_REPLICAS, seconds=180)

    def _create(self, text):
        self._kube.in_namespace("apply", "--server-side", "-f", "-", stdin=text)

    def _change(self, kind, began):
        """Again and again, with time for the last one's pods to end under load; how often it was."""
        _, change = changes.KINDS[kind]
        # Not all at once: pods that start are what this machine is slow at.
        time.sleep(list(changes.KINDS).index(kind) * min(1.0, self._plan.every / len(changes.KINDS)))
        count = 0
        while not self._over:
            due = time.monotonic() + self._plan.every
            change(self._kube, kind, self._plan.replicas)
            apps.wait_ready(self._kube, kind, self._plan.replicas, seconds=300)
            count += 1
            if not self._plan.every or max(due, time.monotonic()) + self._plan.every > began + self._plan.seconds:
                break
            while not self._over and time.monotonic() < due:
                time.sleep(0.2)
        return count

    def _control(self, name):
        """Image after image until a request has failed in its arm; what few pods lose in one change is a matter of luck."""
        arm, _ = changes.CONTROLS[name]
        narration.until(60, f"{name} serves before anything is changed",
                        lambda: arms.load(self._kube, name, "new", 50, 1).start().result()["failed"] == 0)
        load = arms.load(self._kube, name, arm, CONTROL_RATES[arm], 3600).start()
        for _ in range(CONTROL_TRIES):
            changes.new_image(self._kube, name, CONTROL_REPLICAS)
            narration.until(300, f"{name} has lost a request or is Healthy again",
                            lambda: load.failed or apps.is_settled(self._kube, name, CONTROL_REPLICAS))
            if load.failed:
                break
        report = load.end()
        return {"arm": arm, "failed": report["failed"], "requests": report["requests"]}

    def _show(self, began, loads, terminations):
        """Every five seconds on the progress line."""
        next_at = began
        while not self._over:
            if time.monotonic() >= next_at:
                next_at = time.monotonic() + 5
                every = [load for of_kind in loads.values() for load in of_kind.values()]
                ended = sum(terminations.ended[kind] for kind in changes.KINDS)
                progress(f"no request fails: {time.monotonic() - began:.0f} of {self._plan.seconds} s, "
                         f"{sum(load.ok for load in every)} ok, {sum(load.failed for load in every)} failed, {ended} terminations")
            time.sleep(0.2)


def surge(replicas):
    """25 %, rounded up."""
    return -(-replicas // 4)

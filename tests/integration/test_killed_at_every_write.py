"""kill -9 of the operator at every single write of a rollout, before it and after it: all end as if nothing had been.

The same as tests/unit/control/killed_anywhere_test.cc, with the real program, a real API server and real controllers.
"""
import contextlib
import json
import re
import signal
import time
import types

import pytest

from cluster import figure, progress, until
from demo.access import Kube
from demo.invariants import Watcher
from killing_proxy import KillingProxy
from tidewright import Operator, app

REPLICAS, QUIET, SLOW, SIDES = 3, 1.5, 120, ("before", "after")
COMMAND, NUMBER = "tidewright.dev/command", "tidewright.dev/revision-number"
CANARY = {"strategy": "Canary", "maxSurge": 1, "canary": {"stableService": True, "canaryService": True},
          "steps": [{"setWeight": 34}, {"pause": {"seconds": 1}}, {"setWeight": 67}, {"pause": {}}]}
BLUE_GREEN = {"strategy": "BlueGreen", "blueGreen": {"autoPromote": False, "scaleDownDelaySeconds": 1}}
SERVERS_OWN = ("uid", "resourceVersion", "generation", "observedGeneration", "creationTimestamp", "managedFields", "clusterIP",
               "clusterIPs", "tidewright.dev/applied", "tidewright.dev/template")  # The last two are hashes of all the rest.
TIME = re.compile(r"20\d\d-\d\d-\d\dT[\d:.]+Z")


class Direct(Kube):
    """The demo's way to the cluster, without a process between."""

    def __init__(self, namespace, proxy):
        super().__init__(namespace)
        self._proxy = proxy

    def connection(self, timeout=10):
        return self._proxy.connection(timeout)


def without(value, names):
    if isinstance(value, dict):
        return {key: without(one, names) for key, one in value.items() if key not in names}
    return [without(one, names) for one in value] if isinstance(value, list) else value


def differences(wanted, seen, path=""):
    if isinstance(wanted, dict) and isinstance(seen, dict):
        return [line for key in sorted(wanted.keys() | seen.keys())
                for line in differences(wanted.get(key), seen.get(key), f"{path}/{key}")]
    if isinstance(wanted, list) and isinstance(seen, list) and len(wanted) == len(seen):
        return [line for i, pair in enumerate(zip(wanted, seen)) for line in differences(*pair, f"{path}/{i}")]
    return [] if wanted == seen else [f"{path} is {seen}, wanted {wanted}"]


def plain(write):
    """Without the revision's name."""
    return re.sub(r"(replicasets/web).*", r"\1", write)


class Rollouts:
    """One app, rolled out again and again, and the operator that is killed meanwhile. It keeps one old revision, so that a
    rollout also deletes one."""

    def __init__(self, api, ns, folder, rollout):
        self.ns, self.folder, self.rollout = ns, folder, rollout
        self.proxy = KillingProxy(api)
        self.kube = Direct(ns.name, self.proxy)
        self.reached = types.SimpleNamespace(kubeconfig=self.proxy.kubeconfig(folder / "kubeconfig"))
        self.lives = self.version = 0
        self.stable = None
        self.begin_life()

    def begin_life(self):
        self.lives += 1
        self.proxy.revive()
        self.operator = Operator(self.reached, self.folder / f"operator-{self.lives}.log", "--no-leader-elect",
                                 "--namespace", self.ns.name)

    def edit(self):
        """The wish for another version."""
        self.version += 1
        self.before = self.stable
        self.began_at, self.promoted = len(self.proxy.writes), False
        self.ns.apply(app("web", replicas=REPLICAS, image=f"docker.io/tidewright/app:0.{self.version}.0",
                          revisionHistoryLimit=1, rollout={"minReadySeconds": 0, **self.rollout}))

    def attend(self):
        """What a person does: she lets it go on, once, when it waits for her."""
        object = self.kube.app("web")
        status = object.get("status", {})
        if self.promoted or status.get("observedGeneration") != object["metadata"]["generation"]:
            return
        new_side = self.rollout["strategy"] == "BlueGreen" and status["availableReplicas"] == 2 * REPLICAS
        at_the_pause = status["phase"] == "Paused" and status["rollout"].get("stepIndex") == 3
        if status["stableRevision"] != status["currentRevision"] and (new_side or at_the_pause):
            self.promoted = True
            self.ns.kubectl("annotate", "sapp", "web", f"{COMMAND}=promote")

    def state(self):
        """All that there is, in words that are the same from version to version."""
        object = self.kube.app("web")
        status = object.get("status", {})
        assert status.get("phase") == "Healthy" and status.get("observedGeneration") == object["metadata"]["generation"], status
        new = status["currentRevision"]
        lists = {kind: self.kube.json(f"{group}/namespaces/{self.ns.name}/{kind}")["items"] for kind, group in (
            ("services", "/api/v1"), ("replicasets", "/apis/apps/v1"), ("poddisruptionbudgets", "/apis/policy/v1"))}
        numbers = sorted(int(one["metadata"]["annotations"].get(NUMBER, 0)) for one in lists["replicasets"])
        assert numbers == list(range(1, self.version + 1))[-2:], f"the revisions have the numbers {numbers}"
        text = json.dumps(without({"app": object, **lists}, SERVERS_OWN))
        names = [(new, "NEW"), (f"app:0.{self.version}.0", "app:NEW"), (f"app:0.{self.version - 1}.0", "app:OLD"),
                 (f'"{NUMBER}": "{self.version}"', f'"{NUMBER}": "NEW"'),
                 (f'"{NUMBER}": "{self.version - 1}"', f'"{NUMBER}": "OLD"')]
        for said, name in names + ([(self.before, "OLD")] if self.before else []):
            text = text.replace(said, name)
        state = json.loads(TIME.sub("TIME", text))
        state["replicasets"].sort(key=lambda one: one["metadata"]["name"])
        self.stable = new
        return state

    def rests(self):
        """Nothing was written for a while, and the rollout is over."""
        return time.monotonic() - self.proxy.wrote_at > QUIET and self.state()

    def roll(self, done):
        """A rollout, watched over; `done` ends it. The Watcher says what it broke."""
        surge = REPLICAS if self.rollout["strategy"] == "BlueGreen" else 1
        watcher = Watcher(self.kube, "web", REPLICAS, surge, 0).start()
        self.edit()

        def ended():
            self.attend()
            return done()
        try:
            return until(SLOW, f"version {self.version} is the whole app", ended)
        finally:
            broken = watcher.stop()
            assert broken == [], broken

    def writes(self):
        """Of this rollout."""
        return [plain(one) for one in self.proxy.writes[self.began_at:]]

    def end(self):
        self.operator.kill()
        self.proxy.close()
        for life in range(max(1, self.lives - 2), self.lives + 1):
            print(f"--- life {life}\n{(self.folder / f'operator-{life}.log').read_text()}")
        self.operator.check()


@contextlib.contextmanager
def rollouts(api, ns, folder, rollout):
    """At rest, with the history as long as it may become."""
    begun = Rollouts(api, ns, folder, rollout)
    try:
        begun.edit()
        until(SLOW, "the first version", begun.rests)
        begun.roll(begun.rests)
        yield begun
    finally:
        begun.end()


def completed(ns):
    """What was told of the rollouts that ended, as often as it was."""
    return [one["note"] for one in ns.items("events.events.k8s.io") if one["reason"] == "RolloutCompleted"
            for _ in range(one.get("series", {}).get("count", 1))]


def killed_at_every_write(r, what, least):
    wanted = r.roll(r.rests)
    undisturbed = r.writes()
    assert len(undisturbed) >= least, undisturbed
    until(10, "the Event", lambda: any(r.stable in note for note in completed(r.ns)))

    def ended():
        if r.proxy.struck and r.operator.process.poll() is not None:
            assert r.operator.process.returncode == -signal.SIGKILL, "nothing but the kill is to end it"
            r.operator.check()
            r.begin_life()
        if r.proxy.struck is None:
            return r.rests()  # It had fewer writes this time.
        different = differences(wanted, r.state())
        assert not different, "\n".join(different)
        return True

    struck = []

    def killed(place, side, due):
        progress(f"{what}: killed {side} {place}")
        r.proxy.strike(due, side == "before", r.operator.kill)
        try:
            r.roll(ended)
        except AssertionError as error:
            raise AssertionError(f"killed {side} {place}, {r.proxy.struck}: {error}; all of them: {r.writes()}")
        r.proxy.revive()
        if r.proxy.struck:
            struck.append((side, plain(r.proxy.struck)))
        return r.proxy.struck

    # Statuses are written as pods come up, now one more and now one less: those behind the last are tried, too.
    index, more = 0, True
    while index < len(undisturbed) or more:
        more = [killed(f"write {index} of {len(undisturbed)}", side, lambda number, _: number == index) for side in SIDES]
        more, index = any(more), index + 1
    # What stood now before and now behind the number that was tried.
    for side, write in sorted({(side, write) for side in SIDES for write in undisturbed} - set(struck)):
        assert killed(write, side, lambda _, name: plain(name) == write), f"there was no {write}"
    until(SLOW, "rest", r.rests)
    writes = len(r.proxy.writes)
    time.sleep(2 * QUIET)
    assert r.proxy.writes[writes:] == [], "at rest nothing is written"
    told = completed(r.ns)
    assert len(told) == len(set(told)), told
    figure(f"{what}: killed at {len(struck)} places, before and after each of some {len(undisturbed)} writes: always the same "
           f"end, and no Event twice ({len(told)} of {r.version} rollouts have theirs)")


@pytest.mark.proof
def test_a_canary_survives_a_kill_at_every_write(nodes, ns, tmp_path):
    with rollouts(nodes, ns, tmp_path, CANARY) as r:
        killed_at_every_write(r, "canary", 15)


@pytest.mark.proof
def test_a_blue_green_switch_survives_a_kill_at_every_write(nodes, ns, tmp_path):
    with rollouts(nodes, ns, tmp_path, BLUE_GREEN) as r:
        killed_at_every_write(r, "blue-green", 8)

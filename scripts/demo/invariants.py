"""Watches an app's ReplicaSets and holds every event against what a rollout promises."""
import math

from .access import Kube
from .watch import Watch


class Watcher:
    """From start to stop: sum(available) >= N - U and sum(spec) <= N + S at every event. For healthy pods and a constant N."""

    def __init__(self, kube: Kube, app, replicas, surge, unavailable):
        self.events = 0
        self.least_available, self.most_wanted = math.inf, 0
        self.broken = []
        self._kube, self._app = kube, app
        self._floor, self._ceiling = replicas - unavailable, replicas + surge
        self._sets = {}

    def start(self):
        self._watch = Watch(self._kube, f"/apis/apps/v1/namespaces/{self._kube.namespace}/replicasets",
                            labelSelector=f"tidewright.dev/app={self._app}")
        self._sets = {item["metadata"]["name"]: item for item in self._watch.items}
        self._check()
        self._watch.follow(self._take)
        return self

    def _take(self, event):
        item = event["object"]
        if event["type"] == "DELETED":
            self._sets.pop(item["metadata"]["name"], None)
        else:
            self._sets[item["metadata"]["name"]] = item
        self.events += 1
        self._check()

    def _check(self):
        wanted = sum(item["spec"].get("replicas", 1) for item in self._sets.values())
        available = sum(item.get("status", {}).get("availableReplicas", 0) for item in self._sets.values())
        self.least_available = min(self.least_available, available)
        self.most_wanted = max(self.most_wanted, wanted)
        if available < self._floor:
            self.broken.append(f"{available} available, fewer than {self._floor}, at event {self.events}")
        if wanted > self._ceiling:
            self.broken.append(f"{wanted} wanted, more than {self._ceiling}, at event {self.events}")

    def stop(self):
        """Ends the watch; the list of what was broken, empty when all held."""
        unseen = self._watch.stop()
        return self.broken + ([unseen] if unseen else [])

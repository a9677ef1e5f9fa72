"""Watches an app's ReplicaSets and holds every event against what a rollout promises."""
import json
import math
import socket
import threading

from .access import Kube


def resolve(value, replicas, round_up):
    """A count or a percentage of `replicas` as a count."""
    if isinstance(value, str):
        share = replicas * int(value.rstrip("%")) / 100
        return math.ceil(share) if round_up else math.floor(share)
    return value


class Watcher:
    """From start to stop: sum(available) >= N - U and sum(spec) <= N + S at every event. For healthy pods and a constant N."""

    def __init__(self, kube: Kube, app, replicas, surge, unavailable):
        self.events = 0
        self.least_available, self.most_wanted = math.inf, 0
        self.broken = []
        self._kube, self._app = kube, app
        self._floor, self._ceiling = replicas - unavailable, replicas + surge
        self._sets = {}
        self._stopping = False

    def start(self):
        path = f"/apis/apps/v1/namespaces/{self._kube.namespace}/replicasets"
        selector = f"tidewright.dev/app={self._app}"
        listed = self._kube.json(path, labelSelector=selector)
        for item in listed["items"]:
            self._sets[item["metadata"]["name"]] = item
        self._check()
        self._connection = self._kube.connection(timeout=3600)
        self._connection.request("GET", f"{path}?watch=1&labelSelector={selector.replace('=', '%3D')}"
                                 f"&resourceVersion={listed['metadata']['resourceVersion']}&timeoutSeconds=3600")
        self._socket = self._connection.sock  # getresponse() takes it away from the connection
        self._answer = self._connection.getresponse()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def _watch(self):
        try:
            while line := self._answer.readline():
                self._take(json.loads(line))
        except (OSError, ValueError, AttributeError):
            pass
        if not self._stopping:
            self.broken.append("the watch ended early, so not every event was seen")

    def _take(self, event):
        if event["type"] == "ERROR":
            self.broken.append(f"the watch failed: {event['object'].get('message')}")
            return
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
        self._stopping = True
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # It had ended already, which _watch() has noted.
        self._thread.join(5)
        return self.broken

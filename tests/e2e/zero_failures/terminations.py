"""Counts the pods that end, by a watch, and asks each how many long requests it had then."""
import collections
import concurrent.futures
import re
import threading

from demo.access import Answer
from demo.watch import Watch
from . import arms

_IN_FLIGHT = re.compile(r"^http_requests_in_flight(?:\{.*\})? (\S+)$", re.M)


class Terminations:
    """From start to stop: `ended` and `with_long` by app. A pod counts once, when it is told to end after it was ready."""

    def __init__(self, kube):
        self._kube = kube
        self._lock = threading.Lock()
        self._seen = set()
        self._askers = concurrent.futures.ThreadPoolExecutor(4)
        self.ended, self.with_long, self.long = (collections.Counter() for _ in range(3))
        self.broken = None  # why not every termination was seen

    def start(self):
        self._watch = Watch(self._kube, f"/api/v1/namespaces/{self._kube.namespace}/pods").follow(self._take)
        return self

    def _take(self, event):
        pod = event["object"]
        name, labels = pod["metadata"]["name"], pod["metadata"].get("labels", {})
        app = labels.get("tidewright.dev/app")
        if app is None or "deletionTimestamp" not in pod["metadata"] or name in self._seen:
            return
        self._seen.add(name)
        if not any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"].get("conditions", [])):
            return
        with self._lock:
            self.ended[app] += 1
        self._askers.submit(self._ask, app, name)

    def _ask(self, app, name):
        """While it sleeps before its stop, it answers as ever."""
        try:
            text = self._kube.text(f"/api/v1/namespaces/{self._kube.namespace}/pods/{name}:8080/proxy/metrics")
        except (OSError, Answer):
            return  # Ended already: a control, or an app that nobody loads. It counts as one without long requests.
        # Of the others at most one a kept connection and a short one can be in flight.
        long = int(float(_IN_FLIGHT.search(text)[1])) - arms.POOL - 1
        with self._lock:
            self.with_long[app] += long > 0
            self.long[app] += max(0, long)

    def stop(self):
        self.broken = self._watch.stop()
        self._askers.shutdown()
        return self

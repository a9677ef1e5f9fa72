"""The way to the cluster: kubectl for what a person would type, and one `kubectl proxy` for the questions in between."""
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import urllib.parse

from . import narration

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
GROUP = "/apis/tidewright.dev/v1alpha1"


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Answer(Exception):
    """The API server answered with something other than success."""

    def __init__(self, status, text):
        super().__init__(f"{status}: {text.strip()[:300]}")
        self.status = status


class Kube:
    """One namespace of one cluster. Use as a context manager; any thread may ask."""

    def __init__(self, namespace, context=None):
        self.namespace = namespace
        self._flags = ["--context", context] if context else []
        self._at_end = contextlib.ExitStack()

    def __enter__(self):
        with self._at_end as begun:  # What was begun ends if the rest cannot be.
            # A socket that only this user reaches: a port would let everybody on the machine in.
            folder = tempfile.mkdtemp(prefix="tidewright-demo-")
            begun.callback(shutil.rmtree, folder, ignore_errors=True)
            self._socket = os.path.join(folder, "api")
            proxy = subprocess.Popen(["kubectl", *self._flags, "proxy", f"--unix-socket={self._socket}"],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            begun.callback(proxy.wait)
            begun.callback(proxy.terminate)
            narration.until(10, "kubectl proxy answers", self._answers)
            self._at_end = begun.pop_all()
        return self

    def __exit__(self, *_):
        self._at_end.close()

    def at_end(self, callback):
        """Called when the context ends, whichever way."""
        self._at_end.callback(callback)

    def _answers(self):
        try:
            return self.text("/readyz")
        except (OSError, Answer):
            return None

    # ---- asked in between

    def connection(self, timeout=10):
        return _UnixConnection(self._socket, timeout)

    def text(self, path, **query):
        connection = self.connection()
        try:
            connection.request("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""))
            answer = connection.getresponse()
            body = answer.read().decode(errors="replace")
        finally:
            connection.close()
        if answer.status >= 300:
            raise Answer(answer.status, body)
        return body

    def json(self, path, **query):
        return json.loads(self.text(path, **query))

    def app(self, name):
        return self.json(f"{GROUP}/namespaces/{self.namespace}/scaledapps/{name}")

    def pods(self, app):
        listed = self.json(f"/api/v1/namespaces/{self.namespace}/pods", labelSelector=f"tidewright.dev/app={app}")
        return listed["items"]

    def replica_sets(self, app):
        return self.json(f"/apis/apps/v1/namespaces/{self.namespace}/replicasets",
                         labelSelector=f"tidewright.dev/app={app}")["items"]

    def service_url(self, name):
        address = self.json(f"/api/v1/namespaces/{self.namespace}/services/{name}")["spec"]["clusterIP"]
        return f"http://{address}:80/"

    def prometheus(self, query):
        """The vector that Prometheus answers with: a list of (labels, value)."""
        found = self.json("/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/api/v1/query", query=query)
        return [(one["metric"], float(one["value"][1])) for one in found["data"]["result"]]

    # ---- as a person would type it

    def kubectl(self, *words, stdin=None, shown=True):
        """Runs kubectl, says so, and returns what it printed; a failure of it fails the step."""
        if shown:
            narration.command("kubectl", *words)
        done = subprocess.run(["kubectl", *self._flags, *map(str, words)], input=stdin, capture_output=True, text=True,
                              cwd=ROOT)
        narration.require(done.returncode == 0, f"kubectl {' '.join(map(str, words))}: {done.stderr.strip()}")
        return done.stdout

    def in_namespace(self, *words, **options):
        return self.kubectl("-n", self.namespace, *words, **options)


def condition(app, kind):
    """The condition of that type of a ScaledApp, or {}."""
    conditions = app.get("status", {}).get("conditions", [])
    return next((one for one in conditions if one["type"] == kind), {})


def is_ready(pod):
    conditions = pod.get("status", {}).get("conditions", [])
    return ("deletionTimestamp" not in pod["metadata"]
            and any(one["type"] == "Ready" and one["status"] == "True" for one in conditions))

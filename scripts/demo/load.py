"""Load through a Service's virtual IP by openload: from the host where it reaches Services, else from a pod."""
import json
import os
import re
import subprocess
import threading
import time
import uuid

from . import narration
from .access import Kube

# "1234 ok, 0 failed", once a second.
_LIVE = re.compile(rb"(\d+) ok, (\d+) failed")
# Proxies learn of a new Service within about a second, which no pod and no operator can see: the load begins after that.
_WAIT = 30


class Load:
    """One run of openload. `ok`, `failed` and `rate` follow it while it runs. Nothing is sent before the Service takes connections."""

    def __init__(self, kube: Kube, name, url, rate, connections="new", **flags):
        self.name, self.ok, self.failed, self.rate = name, 0, 0, 0.0
        self._kube = kube
        words = [f"--url={url}", f"--rate={rate}", f"--connections={connections}"]
        words += [f"--{flag}={value}" for flag, value in flags.items()]
        # In seconds: longer than openload's time-out for what was sent last.
        self._grace = flags.get("timeout-ms", 10000) // 1000 + 5
        self._words = [*words, f"--wait-seconds={_WAIT}", "--json", "--live"]
        self._shown = words
        self._pod = self._process = self._reader = None
        self._result = None
        self._tail = b""

    def start(self):
        binary, image = os.environ.get("TIDEWRIGHT_OPENLOAD"), os.environ.get("TIDEWRIGHT_LOAD_IMAGE")
        narration.command("openload", *self._shown)
        self._began = time.monotonic()
        self._kube.at_end(self.stop)  # A step that fails leaves no load behind.
        if binary:
            self._process = subprocess.Popen([binary, *self._words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        else:
            self._start_pod(image)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def _start_pod(self, image):
        self._pod = f"load-{uuid.uuid4().hex[:6]}"
        pod = {
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": self._pod, "labels": {"app": "load"}},
            "spec": {
                "restartPolicy": "Never", "terminationGracePeriodSeconds": 1,
                "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
                "containers": [{
                    "name": "openload", "image": image, "imagePullPolicy": "IfNotPresent", "args": self._words,
                    "securityContext": {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                        "capabilities": {"drop": ["ALL"]}}}]}}
        self._kube.in_namespace("create", "-f", "-", stdin=json.dumps(pod), shown=False)
        path = f"/api/v1/namespaces/{self._kube.namespace}/pods/{self._pod}"
        narration.until(60, "the load's pod runs", lambda: self._kube.json(path)["status"]["phase"] != "Pending")
        self._process = subprocess.Popen(
            ["kubectl", *self._kube._flags, "-n", self._kube.namespace, "logs", "-f", self._pod],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def _read(self):
        seen_at, seen = self._began, 0
        while chunk := self._process.stdout.read1(65536):
            self._tail = (self._tail + chunk)[-1_000_000:]
            if found := _LIVE.findall(chunk):
                self.ok, self.failed = (int(number) for number in found[-1])
                now = time.monotonic()
                if now - seen_at >= 0.9:
                    self.rate = (self.ok + self.failed - seen) / (now - seen_at)
                    seen_at, seen = now, self.ok + self.failed
        self._process.wait()
        self.rate = 0.0

    @property
    def running(self):
        return self._reader.is_alive()

    def result(self):
        """Waits for the end; openload's own report."""
        self._reader.join()
        found = self._tail.rfind(b'{"connections"')
        narration.require(found >= 0, f"openload gave no report: {self._tail[-300:].decode(errors='replace').strip()}")
        self._result = json.JSONDecoder().raw_decode(self._tail[found:].decode())[0]
        self.ok, self.failed = self._result["ok"], self._result["failed"]
        self.stop()
        return self._result

    def end(self):
        """Ends it early; openload's own report of what was sent."""
        if self._pod:  # Its log is followed to the end.
            self._delete_pod(self._grace)
        elif self._process.poll() is None:
            self._process.terminate()
        return self.result()

    def stop(self):
        """Nothing of it is left behind; nobody wants to know what came of it."""
        if self._pod:
            self._delete_pod(1)
        elif self._process and self._process.poll() is None:
            self._process.kill()
        if self._reader:
            self._reader.join()

    def _delete_pod(self, grace):
        self._kube.in_namespace("delete", "pod", self._pod, f"--grace-period={grace}", "--wait=false", "--ignore-not-found", shown=False)
        self._pod = None


def failures(report):
    """What went wrong in a report, in words: "3 reset, 1 timeout", and the first ones one by one."""
    text = ", ".join(f"{count} {kind}" for kind, count in report["failures"].items() if count) or "none"
    if report["failed"]:
        text += "; first: " + "; ".join(f"{one['kind']} of the request of second {one['scheduledSeconds']:.1f} after "
                                        f"{one['atSeconds'] - one['scheduledSeconds']:.1f} s ({one['detail']})"
                                        for one in report["firstFailures"][:3])
    if report["generatorLagMs"] > 1000:
        text += f"; the load generator itself was late by {report['generatorLagMs'] / 1000:.0f} s: the machine is too busy to tell"
    return text

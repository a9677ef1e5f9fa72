"""The API server through kept connections, quicker than any client library, so that what is measured is not it."""
import collections
import concurrent.futures
import contextlib
import http.client
import json
import pathlib
import socket
import ssl
import threading
import time

from account import administrator

GROUP = "/apis/tidewright.dev/v1alpha1"


class Api:
    def __init__(self, cluster):
        server = next(line.split("server:")[1].strip() for line in cluster.kubeconfig.read_text().splitlines()
                      if "server:" in line)
        self.host = server.removeprefix("https://")
        self.tls = ssl.create_default_context(cafile=cluster.state / "pki" / "ca.crt")
        self.who = {"Authorization": f"Bearer {administrator(cluster)}", "User-Agent": "bench"}
        self.audit = pathlib.Path(cluster.state / "logs" / "audit.log")
        self.local = threading.local()

    def connection(self):
        if not hasattr(self.local, "connection"):
            self.local.connection = http.client.HTTPSConnection(self.host, context=self.tls, timeout=120)
        return self.local.connection

    def send(self, method, path, body=None, kind="application/json"):
        """The answer's JSON. `body` may be bytes that were made beforehand."""
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        headers = {"Content-Type": kind, "Accept": "application/json", **self.who}
        try:
            answer, content = self.once(method, path, body, headers)
        except (ssl.SSLEOFError, ConnectionError):  # A server may close a kept connection at any time.
            self.local.connection.close()
            answer, content = self.once(method, path, body, headers)
        if answer.status not in (200, 201, 202):
            raise AssertionError(f"{method} {path}: {answer.status} {content[:300]}")
        return json.loads(content)

    def once(self, method, path, body, headers):
        connection = self.connection()
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer, answer.read()

    def patch(self, path, body):
        return self.send("PATCH", path, body, "application/merge-patch+json")

    def each(self, items, call, threads=8):
        """Calls it for each item from several threads, each with its own connection."""
        with concurrent.futures.ThreadPoolExecutor(threads) as pool:
            return list(pool.map(call, items))

    def namespace(self, name):
        self.send("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        return name

    def watch(self, path, seen):
        """Calls `seen(monotonic time, event)` for what happens from now on, in a thread of its own. Returns what ends it."""
        version = self.send("GET", path + "?limit=1")["metadata"]["resourceVersion"]
        connection = http.client.HTTPSConnection(self.host, context=self.tls)
        connection.request("GET", f"{path}?watch=1&resourceVersion={version}", headers=self.who)
        answer = connection.getresponse()

        def follow():
            with contextlib.suppress(OSError, ValueError):  # Closed below.
                for line in answer:
                    seen(time.monotonic(), json.loads(line))
        threading.Thread(target=follow, daemon=True).start()
        return lambda: connection.sock.shutdown(socket.SHUT_RDWR)

    def audited(self, begin):
        """The changes in the server's own record from that offset on, without leases."""
        with open(self.audit, "rb") as file:
            file.seek(begin)
            return [json.loads(line) for line in file.read().splitlines()]

    def audit_end(self):
        return self.audit.stat().st_size


def apps(ns):
    return f"{GROUP}/namespaces/{ns}/scaledapps"


def deployments(ns):
    return f"/apis/apps/v1/namespaces/{ns}/deployments"


def replica_sets(ns):
    return f"/apis/apps/v1/namespaces/{ns}/replicasets"


def by_operator(events):
    return [event for event in events if event.get("userAgent", "").startswith("tidewright/")]


def kinds(events, per=1):
    """How many of each: "create replicasets 1.0, patch scaledapps/status 2.3"."""
    counted = collections.Counter()
    for event in events:
        ref = event.get("objectRef", {})
        below = f"/{ref['subresource']}" if "subresource" in ref else ""
        trial = " (dry run)" if "dryRun" in event.get("requestURI", "") else ""
        counted[f"{event['verb']} {ref.get('resource')}{below}{trial}"] += 1
    return ", ".join(f"{what} {count / per:.1f}" for what, count in counted.most_common())


def app(name, **spec):
    """As a person would write it: a container with a probe and resources, a port, the rest left to the defaults."""
    container = {"name": "app", "image": "docker.io/tidewright/app:0.1.0", "args": ["--work-ms=5", "--log-level=info"],
                 "ports": [{"name": "http", "containerPort": 8080}],
                 "env": [{"name": "GREETING", "value": f"hello from {name}"}],
                 "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
                 "readinessProbe": {"httpGet": {"path": "/readyz", "port": "http"}, "periodSeconds": 2}}
    return {"apiVersion": "tidewright.dev/v1alpha1", "kind": "ScaledApp", "metadata": {"name": name},
            "spec": {"template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}},
                     "service": {"ports": [{"name": "http", "port": 80, "targetPort": "http"}]}, **spec}}


def autoscaled(name, queries, poll=15):
    """Follows the queries, which all say 300, to three pods."""
    metrics = [{"name": f"m{i}", "prometheus": {"query": query}, "target": {"type": "AverageValue", "value": "100"}}
               for i, query in enumerate(queries)]
    return app(name, replicas=3, rollout={"progressDeadlineSeconds": 86400},
               autoscaling={"minReplicas": 1, "maxReplicas": 10, "pollSeconds": poll, "metrics": metrics})

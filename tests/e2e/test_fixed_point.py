"""When all is as it should be, the operator writes nothing: counted in the API server's own audit log."""
import json
import os
import time

import pytest

from cluster import figure, until

OPERATOR = "system:serviceaccount:tidewright-system:tidewright"
APPS = 20
# The whole claim is five minutes; seven polls find what writes at every poll.
SECONDS = max(60, round(300 * float(os.environ.get("TIDEWRIGHT_PROOF_SCALE", "1")))) if os.environ.get("TIDEWRIGHT_PROOF") else 35

APP = """
apiVersion: tidewright.dev/v1alpha1
kind: ScaledApp
metadata: {{name: still-{number}}}
spec:
  replicas: 1
  service: {{ports: [{{name: http, port: 80, targetPort: 8080}}]}}
{autoscaling}  template:
    spec:
      terminationGracePeriodSeconds: 0
      securityContext: {{runAsNonRoot: true, runAsUser: 65532, seccompProfile: {{type: RuntimeDefault}}}}
      containers:
      - name: pause
        image: docker.io/tidewright/pause:1
        imagePullPolicy: Never
        resources: {{requests: {{cpu: 5m, memory: 4Mi}}}}
        securityContext: {{allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {{drop: [ALL]}}}}
"""
# Half of them ask Prometheus every 5 s and always get the same.
AUTOSCALING = """  autoscaling:
    minReplicas: 1
    maxReplicas: 3
    pollSeconds: 5
    metrics:
    - name: constant
      prometheus: {query: vector(10)}
      target: {type: AverageValue, value: 10}
"""


def writes_of(cluster, since):
    """The operator's writes after that time, as "verb resource/name". The policy leaves out reads and leases."""
    found = []
    for line in (cluster.state / "logs" / "audit.log").read_text().splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue  # The last line, while it is being written.
        if "is being terminated" in line:
            continue  # Another module's namespace on its way out: nothing is written there, and nothing is at rest.
        if entry["user"]["username"] == OPERATOR and entry["stageTimestamp"] > since:
            what = entry["objectRef"]
            found.append(f"{entry['verb']} {what['resource']}/{what.get('name', '')} {what.get('subresource', '')}".strip())
    return found


@pytest.mark.proof(short=True)
def test_twenty_apps_at_rest_cost_no_write(operator, namespace):
    operator.kubectl("-n", namespace, "apply", "--server-side", "-f", "-", stdin="---".join(
        APP.format(number=number, autoscaling=AUTOSCALING if number % 2 else "") for number in range(APPS)))

    def all_healthy():
        phases = [app.get("status", {}).get("phase") for app in operator.get("-n", namespace, "sapp")["items"]]
        return phases == ["Healthy"] * APPS or None

    until(120, f"{APPS} apps are Healthy", all_healthy)
    assert writes_of(operator, ""), "the audit log shows none of the operator's writes, so it could not show one now"
    # A trace that differs only in its numbers is stored 300 s later: a window as long as that begins after it.
    if SECONDS >= 300:
        until(400, "the stored decisions are of pods that are ready", lambda: all(
            app["status"]["autoscaling"]["lastDecision"]["readyPods"] == 1
            for app in operator.get("-n", namespace, "sapp")["items"] if "autoscaling" in app["spec"]))
    # Twice the apps' poll interval: what follows the last change has been said.
    until(60, "no write for 10 s", lambda: not writes_of(operator, timestamp(time.time() - 10)))
    # A node that stalls changes the pods, and answering that is no idle write: such a window says nothing, the next may.
    for _ in range(3):
        began, before = time.time(), replica_sets(operator, namespace)
        time.sleep(SECONDS)
        written = writes_of(operator, timestamp(began))
        if replica_sets(operator, namespace) == before:
            break
    else:
        raise AssertionError("the pods did not stay as they are for as long as it takes to count")
    figure(f"at the fixed point: {len(written)} writes by the operator in {SECONDS} s with {APPS} apps")
    assert written == []


def replica_sets(cluster, namespace):
    """Their versions: another one whenever a pod becomes ready or unready."""
    return {item["metadata"]["name"]: item["metadata"]["resourceVersion"]
            for item in cluster.get("-n", namespace, "replicasets")["items"]}


def timestamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + ".000000Z"

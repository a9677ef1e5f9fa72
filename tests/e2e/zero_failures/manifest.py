"""The app under load, as Tidewright's defaults have it; each kind of change and each negative control alters one thing of it."""
import copy
import json

from demo import apps

_APP = {
    "apiVersion": "tidewright.dev/v1alpha1",
    "kind": "ScaledApp",
    "spec": {
        "service": {"ports": [{"name": "http", "port": 80, "targetPort": "http"}]},
        "template": {
            "spec": {
                "securityContext": {"runAsNonRoot": True, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
                "containers": [{
                    "name": "app",
                    "imagePullPolicy": "IfNotPresent",
                    "args": ["--work-ms=0.5"],
                    "ports": [{"name": "http", "containerPort": 8080}],
                    # A machine that is busy for a second is no pod that is broken.
                    "readinessProbe": {"httpGet": {"path": "/readyz", "port": "http"}, "periodSeconds": 1, "timeoutSeconds": 3},
                    "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"cpu": "250m", "memory": "128Mi"}},
                    "securityContext": {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                        "capabilities": {"drop": ["ALL"]}},
                }],
            }
        },
    },
}


def make(name, replicas, rollout=None, arguments=(), probe=True, availability=None):
    app = copy.deepcopy(_APP)
    container = app["spec"]["template"]["spec"]["containers"][0]
    app["metadata"] = {"name": name}
    app["spec"]["replicas"] = replicas
    container["image"] = apps.image(1)
    container["args"] += arguments
    if not probe:
        del container["readinessProbe"]
    if rollout:
        app["spec"]["rollout"] = rollout
    if availability:
        app["spec"]["availability"] = availability
    return json.dumps(app)

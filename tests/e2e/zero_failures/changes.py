"""The kinds of change that end pods, each as an app of its own and a function that makes the change once."""
import datetime
import json
import time

from demo import apps, narration
from demo.access import is_ready
from . import arms



def new_image(kube, app, replicas):
    """The other version."""
    current = kube.app(app)["spec"]["template"]["spec"]["containers"][0]["image"]
    apps.set_image(kube, app, apps.image(2) if current == apps.image(1) else apps.image(1))


def restart(kube, app, replicas):
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    kube.in_namespace("patch", f"sapp/{app}", "--type=merge", "-p", json.dumps({"spec": {"restartAt": now}}))


def scale_down(kube, app, replicas):
    kube.in_namespace("scale", f"sapp/{app}", f"--replicas={2 * replicas}")
    apps.wait_ready(kube, app, 2 * replicas, seconds=300)
    time.sleep(arms.LONG_SECONDS)  # The newest go first: they are to have requests of every arm by then.
    kube.in_namespace("scale", f"sapp/{app}", f"--replicas={replicas}")


def evict_all(kube, app, replicas):
    """One after the other, as a drained node does: where the budget refuses, it is asked again."""
    for pod in [pod for pod in kube.pods(app) if is_ready(pod)]:
        narration.until(180, f"the budget lets {pod['metadata']['name']} go", lambda: evict(kube, pod["metadata"]["name"]), pause=0.5)


def evict(kube, pod):
    body = json.dumps({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": kube.namespace}})
    connection = kube.connection()
    try:
        connection.request("POST", f"/api/v1/namespaces/{kube.namespace}/pods/{pod}/eviction", body,
                           {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = answer.read().decode(errors="replace")
    finally:
        connection.close()
    narration.require(answer.status in (201, 429), f"eviction of {pod}: {answer.status}: {said}")
    return answer.status == 201


# The app's name, its rollout, and what is done to it again and again.
KINDS = {
    "rolling": (None, new_image),
    "canary": ({"strategy": "Canary", "steps": [{"setWeight": 50}, {"pause": {"seconds": 2}}]}, new_image),
    "blue-green": ({"strategy": "BlueGreen", "blueGreen": {"scaleDownDelaySeconds": 5}}, new_image),
    "restart": (None, restart),
    "scale-down": (None, scale_down),
    "eviction": (None, evict_all),
}

# What takes one thing of the default away, by name: the arm that must then fail requests, and how the app differs.
CONTROLS = {
    "exits-at-once": ("new", {"arguments": ["--exit-on-sigterm"], "availability": {"preStopSleepSeconds": 0}}),
    "no-probe": ("new", {"arguments": ["--start-delay=8"], "probe": False}),
    "no-drain": ("long", {"arguments": ["--no-drain"]}),
    "no-idle-close": ("kept", {"arguments": ["--no-close-on-drain", "--drain-seconds=9"]}),
}

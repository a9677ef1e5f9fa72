"""A ConfigMap that the template names rolls the pods, where the app asks for it."""
import json

from cluster import until
from tidewright import app


def config(greeting):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"GREETING": greeting}}


def reading(name, **rollout):
    object = json.loads(json.dumps(app(name, replicas=2, rollout={"minReadySeconds": 0, **rollout})))
    object["spec"]["template"]["spec"]["containers"][0]["envFrom"] = [{"configMapRef": {"name": "settings"}}]
    return object


def test_a_config_map_rolls_the_pods_once_and_only_where_asked_for(nodes, ns, start):
    operator = start()
    ns.apply(reading("rolls", onConfigChange="Restart"), reading("ignores"))
    until(60, "the one is healthy", lambda: ns.healthy("ignores", 2))
    assert ns.condition("rolls", "Valid")["reason"] == "ConfigNotFound", ns.status("rolls")
    ns.apply(config("hello"))
    until(60, "the other too", lambda: ns.healthy("rolls", 2))
    first = {name: ns.status(name)["currentRevision"] for name in ("rolls", "ignores")}
    operator.kill()
    start()
    for greeting in "good", "better", "best":
        ns.apply(config(greeting))

    def rolled():
        assert ns.healthy("rolls", 2)["currentRevision"] != first["rolls"]
    until(60, "the new configuration", lambda: rolled() or True)
    assert len(ns.sets("rolls")) == 2, "three edits are one rollout"
    assert ns.status("ignores")["currentRevision"] == first["ignores"] and len(ns.sets("ignores")) == 1

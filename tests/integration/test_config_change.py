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
    until(20, "the other says what it lacks", lambda: ns.condition("rolls", "Valid").get("reason") == "ConfigNotFound")
    ns.apply(config("hello"))
    until(60, "the other too", lambda: ns.healthy("rolls", 2))
    first = {name: ns.status(name)["currentRevision"] for name in ("rolls", "ignores")}
    for greeting in "good", "better", "best":
        ns.apply(config(greeting))

    def rolled():
        return ns.healthy("rolls", 2) and ns.status("rolls")["currentRevision"] != first["rolls"]

    until(60, "the new configuration", rolled)
    second = ns.status("rolls")["currentRevision"]
    # Whoever comes next finds all as it is to be.
    operator.kill()
    operator = start()
    ns.apply(app("later", replicas=1, rollout={"minReadySeconds": 0}))
    until(60, "the next operator works", lambda: ns.healthy("later", 1))
    assert ns.status("rolls")["currentRevision"] == second
    assert len(ns.sets("rolls")) == 2, "three edits are one rollout"
    assert ns.status("ignores")["currentRevision"] == first["ignores"] and len(ns.sets("ignores")) == 1

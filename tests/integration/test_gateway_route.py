"""A canary whose weight is written to an HTTPRoute of the Gateway API; nobody routes by it here."""
import json
import pathlib

import pytest

from cluster import SCRIPTS, run, until
from tidewright import app, audited, ours


@pytest.fixture(scope="module")
def gateway_api(nodes):
    folder = pathlib.Path(run(SCRIPTS / "cluster.sh", "tool", "gateway-api").stdout.splitlines()[-1])
    nodes.kubectl("apply", "--server-side", "-f", folder / "gateway.networking.k8s.io_httproutes.yaml")
    until(20, "routes are served", lambda: nodes.kubectl("get", "httproutes", "-A", check=False).returncode == 0)
    return nodes


def route(name, stable=100, canary=0):
    backends = [{"name": f"{name}-stable", "port": 80, "weight": stable}, {"name": f"{name}-canary", "port": 80, "weight": canary}]
    filters = [{"type": "RequestHeaderModifier", "requestHeaderModifier": {"add": [{"name": "x-a", "value": "b"}]}}]
    other = {"backendRefs": [{"name": "other", "port": 80, "weight": 3}], "matches": [{"path": {"type": "PathPrefix", "value": "/x"}}]}
    return {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": name},
            "spec": {"rules": [other, {"backendRefs": backends, "filters": filters}]}}


def canary(name, version, *steps):
    return app(name, replicas=4, image=f"docker.io/tidewright/app:{version}",
               rollout={"minReadySeconds": 0, "strategy": "Canary", "canary": {"gatewayRoute": {"name": name}}, "steps": list(steps)})


def weights(ns, name):
    found = json.loads(ns.kubectl("get", "httproute", name, "-o", "json").stdout)
    return [backend["weight"] for backend in found["spec"]["rules"][1]["backendRefs"]]


def sizes(ns, name):
    return sorted(one["spec"]["replicas"] for one in ns.sets(name))


STEPS = {"setWeight": 10}, {"pause": {}}, {"setWeight": 50}


def begin(ns, name):
    """A canary that stands at 10 %."""
    ns.apply(canary(name, "0.1.0", *STEPS), route(name, 9, 1))
    until(60, "the first revision", lambda: ns.healthy(name, 4))
    before = json.loads(ns.kubectl("get", "httproute", name, "-o", "json").stdout)
    assert weights(ns, name) == [9, 1], "at rest the route is the user's"
    ns.apply(canary(name, "0.2.0", *STEPS))
    until(60, "the pause", lambda: ns.status(name).get("phase") == "Paused")
    assert weights(ns, name) == [90, 10] and sizes(ns, name) == [1, 4]
    assert ns.status(name)["rollout"]["weight"] == 10
    return before


def test_a_weight_goes_up_and_is_given_back(gateway_api, ns, operator):
    before = begin(ns, "web")
    ns.kubectl("patch", "httproute", "web", "--type=json", "-p",
               json.dumps([{"op": "replace", "path": "/spec/rules/1/backendRefs/1/weight", "value": 70}]))
    until(20, "the edit is put right", lambda: weights(ns, "web") == [90, 10])
    ns.kubectl("annotate", "sapp", "web", "tidewright.dev/command=promote")
    until(60, "the promotion", lambda: ns.healthy("web", 4) and sizes(ns, "web") == [0, 4])
    until(20, "the user's weights", lambda: weights(ns, "web") == [9, 1])
    after = json.loads(ns.kubectl("get", "httproute", "web", "-o", "json").stdout)
    assert after["spec"] == before["spec"]
    assert "tidewright.dev/kept-weights" not in after["metadata"].get("annotations", {})
    written = [e for e in ours(audited(gateway_api, ns.name)) if e["objectRef"]["resource"] == "httproutes"]
    assert 5 <= len(written) <= 7, len(written)


def test_an_abort_takes_the_weight_back_first(gateway_api, ns, operator):
    begin(ns, "web")
    done = len(ours(audited(gateway_api, ns.name)))
    ns.kubectl("annotate", "sapp", "web", "tidewright.dev/command=abort")
    until(30, "the way back", lambda: sizes(ns, "web") == [0, 4] and weights(ns, "web") == [9, 1])
    written = [e["objectRef"]["resource"] for e in ours(audited(gateway_api, ns.name))[done:]]
    written = [one for one in written if one in ("httproutes", "replicasets")]
    assert written[0] == "httproutes", written
    assert written[-1] == "httproutes" and "replicasets" in written, written


def test_what_is_missing_is_said_and_waited_for(gateway_api, ns, operator):
    ns.apply(canary("web", "0.1.0", *STEPS))
    until(30, "the missing route is named", lambda: ns.condition("web", "Valid").get("reason") == "RouteNotFound")
    until(60, "the pods run all the same", lambda: ns.status("web").get("availableReplicas") == 4)
    ns.apply(canary("web", "0.2.0", *STEPS))
    until(10, "it is looked at", lambda: ns.app("web")["metadata"]["generation"] == ns.status("web")["observedGeneration"])
    assert sizes(ns, "web") == [4]
    wrong = route("web")
    wrong["spec"]["rules"][1]["backendRefs"].pop()
    ns.apply(wrong)
    until(20, "the missing Service is named", lambda: ns.condition("web", "Valid").get("reason") == "RouteWithoutServices")
    assert sizes(ns, "web") == [4]
    ns.apply(route("web"))
    until(60, "it goes on", lambda: weights(ns, "web") == [90, 10])

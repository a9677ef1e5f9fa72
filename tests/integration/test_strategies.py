"""The other shapes of an app: canary, blue-green, shards; and an API server without the CRD."""
import json

from cluster import until
from tidewright import app


def rolling(ns, name, **rollout):
    first = app(name, replicas=4, rollout={"minReadySeconds": 0, **rollout})
    ns.apply(first)
    until(60, "the first revision", lambda: ns.healthy(name, 4))
    second = json.loads(json.dumps(first).replace("app:0.1.0", "app:0.2.0"))
    ns.apply(second)


def test_a_canary_waits_for_its_promotion(nodes, ns, operator):
    rolling(ns, "web", strategy="Canary", maxSurge=1, steps=[{"setWeight": 25}, {"pause": {}}])
    until(60, "the pause", lambda: ns.status("web").get("phase") == "Paused")
    sizes = sorted(s["spec"]["replicas"] for s in ns.sets("web"))
    assert sizes == [1, 3], sizes
    ns.kubectl("annotate", "sapp", "web", "tidewright.dev/command=promote")
    until(60, "the promotion", lambda: ns.healthy("web", 4))
    assert sorted(s["spec"]["replicas"] for s in ns.sets("web")) == [0, 4]


def test_a_blue_green_rollout_switches_the_service(nodes, ns, operator):
    rolling(ns, "web", strategy="BlueGreen", blueGreen={"scaleDownDelaySeconds": 1})
    until(60, "the new side alone", lambda: ns.healthy("web", 4) and
          sorted(s["spec"]["replicas"] for s in ns.sets("web")) == [0, 4])
    service = json.loads(ns.kubectl("get", "service", "web", "-o", "json").stdout)
    assert service["spec"]["selector"]["tidewright.dev/revision"] == ns.status("web")["currentRevision"]


def test_shards_are_workloads_of_their_own(nodes, ns, operator):
    ns.apply(app("web", replicas=2, shards=[{"name": "eu"}, {"name": "us"}]))
    until(60, "four pods", lambda: ns.healthy("web", 4))
    assert {s["metadata"]["labels"]["tidewright.dev/shard"] for s in ns.sets("web")} == {"eu", "us"}
    names = {s["metadata"]["name"] for s in ns.items("services")}
    assert names == {"web", "web-eu", "web-us"}
    assert {s["name"]: s["ready"] for s in ns.status("web")["shards"]} == {"eu": 2, "us": 2}


def test_without_the_crd_it_says_what_to_install(api, nodes, start):
    api.kubectl("delete", "crd", "scaledapps.tidewright.dev", "--ignore-not-found")
    operator = start()
    until(20, "the hint", lambda: "is the CRD installed" in operator.said())
    assert operator.get("/readyz")[0] == 503 and operator.get("/healthz")[0] == 200
    from cluster import ROOT
    api.kubectl("apply", "--server-side", "-f", ROOT / "manifests" / "crds")
    until(60, "it goes on by itself", lambda: operator.get("/readyz")[0] == 200)

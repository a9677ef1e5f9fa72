"""A target that two want to scale."""
from cluster import until


def scaling(name, target):
    return {"apiVersion": "tidewright.dev/v1alpha1", "kind": "ScaledApp", "metadata": {"name": name},
            "spec": {"targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": target},
                     "autoscaling": {"minReplicas": 2, "maxReplicas": 3, "metrics": [
                         {"name": "m", "prometheus": {"query": "1", "serverAddress": "http://127.0.0.1:9"},
                          "target": {"type": "Value", "value": "1"}}]}}}


def test_a_target_has_one_owner(nodes, ns, operator):
    ns.kubectl("create", "deployment", "existing", "--image=docker.io/tidewright/app:0.1.0", "--replicas=2")
    ns.kubectl("autoscale", "deployment", "existing", "--min=1", "--max=2", "--name=by-hand")
    ns.apply(scaling("one", "existing"))
    taken = until(30, "it is refused", lambda: (c := ns.condition("one", "Valid")).get("reason") == "TargetTaken" and c)
    assert "HorizontalPodAutoscaler by-hand" in taken["message"]
    ns.kubectl("delete", "hpa", "by-hand")
    until(20, "it is taken up", lambda: ns.condition("one", "Valid").get("status") == "True")
    ns.apply(scaling("younger", "existing"))
    taken = until(20, "the younger is refused", lambda: (c := ns.condition("younger", "Valid")).get("reason") == "TargetTaken" and c)
    assert "ScaledApp one" in taken["message"]
    ns.kubectl("delete", "sapp", "one")
    until(20, "the younger takes it up", lambda: ns.condition("younger", "Valid").get("status") == "True")

"""Who the operator is in a cluster: its own service account with the permissions that it is installed with, shown by a token
as a pod shows it. A client certificate would be verified anew by the API server for every request."""
import base64
import json
import types

from cluster import ROOT

NAMESPACE = "tidewright-system"


def token_of(cluster, namespace, name):
    return cluster.kubectl("-n", namespace, "create", "token", name, "--duration=24h").stdout.strip()


def installed(cluster, folder):
    """What stands for the cluster to an operator: its kubeconfig. The permissions are made where they are not yet."""
    cluster.apply(json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}))
    for kind in ("service_account", "cluster_role", "leader_election"):
        cluster.kubectl("apply", "--server-side", "-f", ROOT / "manifests" / "rbac" / f"{kind}.yaml")
    authority = base64.b64encode((cluster.state / "pki" / "ca.crt").read_bytes()).decode()
    server = json.loads(cluster.kubectl("config", "view", "-o", "json").stdout)["clusters"][0]["cluster"]["server"]
    path = folder / "operator.kubeconfig"
    path.write_text(json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "it",
        "clusters": [{"name": "it", "cluster": {"server": server, "certificate-authority-data": authority}}],
        "users": [{"name": "it", "user": {"token": token_of(cluster, NAMESPACE, "tidewright")}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}]}))
    return types.SimpleNamespace(kubeconfig=path)


def administrator(cluster):
    """The token of an account that may do everything."""
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "bench", "namespace": "kube-system"}}
    binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "bench"},
               "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
               "subjects": [{"kind": "ServiceAccount", "name": "bench", "namespace": "kube-system"}]}
    cluster.apply(json.dumps({"apiVersion": "v1", "kind": "List", "items": [account, binding]}))
    return token_of(cluster, "kube-system", "bench")

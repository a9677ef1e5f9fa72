"""The demo's script asks before it touches somebody's cluster. Its steps are run by `scripts/demo.sh all`."""
import pytest

from cluster import SCRIPTS, run

DEMO = SCRIPTS / "demo.sh"


def kubeconfig(tmp_path, context):
    path = tmp_path / "kubeconfig"
    path.write_text(f"""
apiVersion: v1
kind: Config
current-context: {context}
clusters: [{{name: c, cluster: {{server: "https://127.0.0.1:1"}}}}]
users: [{{name: u, user: {{}}}}]
contexts: [{{name: {context}, context: {{cluster: c, user: u}}}}]
""")
    return path


@pytest.fixture
def with_context(cluster, tmp_path):
    def make(context):
        return {**cluster.env(), "KUBECONFIG": str(kubeconfig(tmp_path, context))}
    return make


def test_a_context_that_is_not_local_is_refused(with_context):
    said = run(DEMO, "up", check=False, env=with_context("production"))
    assert said.returncode == 2
    assert '"production"' in said.stderr and "--context production" in said.stderr


@pytest.mark.parametrize("context", ["minikube", "kind-dev"])
def test_minikube_and_kind_are_taken_when_they_are_current(with_context, context):
    said = run(DEMO, "up", check=False, env=with_context(context))
    assert said.returncode == 2 and f'"{context}" does not answer' in said.stderr


@pytest.mark.parametrize("words, named", [
    (["frob"], "scale, rollout, canary, bluegreen, rollback, autoscale, crash"),
    (["up", "--frob"], "--frob"),
    (["--context", "x"], "the verb comes first"),
    (["up", "--context", "a", "--name", "b"], "exclude each other"),
    (["scale", "--keep"], "--keep goes with all"),
])
def test_wrong_use_is_refused_by_name(words, named):
    said = run(DEMO, *words, check=False)
    assert said.returncode == 2 and named in said.stderr


def test_without_a_verb_it_says_what_there_is():
    said = run(DEMO, check=False)
    assert said.returncode == 2 and "Usage: scripts/demo.sh" in said.stderr

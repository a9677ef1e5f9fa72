"""What scripts/cluster.sh refuses: one sentence, exit 2, nothing changed. And its API-only flavour."""
import os
import shutil
import socket
import tempfile

import pytest

from cluster import SCRIPTS, Cluster, run

CLUSTER = SCRIPTS / "cluster.sh"
pytestmark = pytest.mark.xdist_group("cluster-command")  # One after the other: they use the same names and ports.


def refused(*command, env=None):
    said = run(*command, check=False, env=env)
    lines = said.stderr.strip().splitlines()
    assert said.returncode == 2, said.stderr
    assert len(lines) == 1, said.stderr
    assert said.stdout == ""
    return lines[0]


@pytest.mark.parametrize("arguments, sentence", [
    (["raise"], 'unknown verb "raise"; the verbs are up, down,'),
    (["up", "--nmae", "x"], "unknown flag --nmae of up"),
    (["up", "--name", "Upper"], 'a name is 1 to 11 of a-z'),
    (["up", "--name"], "--name needs a name"),
    (["up", "there"], 'up takes no "there"'),
    (["tool", "hammer"], 'unknown tool "hammer"'),
    (["logs", "etcd", "--name", "none"], 'there is no cluster "none"; start it with'),
    (["env", "--name", "none"], 'there is no cluster "none"'),
    (["load", "x", "--name", "none"], 'there is no cluster "none"'),
])
def test_bad_uses_are_refused_in_one_sentence(arguments, sentence):
    assert sentence in refused(CLUSTER, *arguments)


def test_without_a_verb_it_shows_how_it_is_used():
    said = run(CLUSTER, check=False)
    assert said.returncode == 2
    assert "Usage:" in said.stderr


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_the_full_flavour_without_root_says_what_to_do_instead():
    # The checkout may lie where nobody else can read it, so that user gets a copy of the scripts.
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(SCRIPTS, f"{folder}/scripts")
        os.chown(folder, 65534, 65534)
        sentence = refused("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", f"{folder}/scripts/cluster.sh",
                           "up", env={"XDG_STATE_HOME": folder, "XDG_CACHE_HOME": folder})
    assert "needs root" in sentence and "minikube or kind" in sentence


def test_without_go_it_says_so(tmp_path):
    sentence = refused(CLUSTER, "up", "--api-only", "--name", "nogo",
                       env={"XDG_CACHE_HOME": str(tmp_path), "TIDEWRIGHT_GO": "go-that-is-not-here"})
    assert "go-that-is-not-here" in sentence


def test_a_port_in_use_is_named():
    probe = Cluster("taken", api_only=True)
    probe.down()
    probe.up()
    server = next(line for line in probe.kubeconfig.read_text().splitlines() if "server:" in line)
    probe.down()
    port = int(server.rsplit(":", 1)[1])
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", port))
        holder.listen()
        sentence = refused(CLUSTER, "up", "--api-only", "--name", "taken")
    assert f"port {port}" in sentence and f"pid {os.getpid()}" in sentence
    assert not probe.state.exists()


def test_up_after_up_changes_nothing(api):
    before = api.kubectl("get", "namespace", "default", "-o", "jsonpath={.metadata.uid}").stdout
    said = api.script("up")
    assert "is up already" in said.stderr
    assert api.kubectl("get", "namespace", "default", "-o", "jsonpath={.metadata.uid}").stdout == before


def test_load_needs_a_cluster_with_a_node(api):
    assert "runs no containers" in refused(CLUSTER, "load", "docker.io/tidewright/app:none", "--name", api.name)


def test_the_scripts_work_from_any_folder(api):
    assert "answers" in run("sh", "-c", f"cd / && {CLUSTER} status --name {api.name}").stdout


def test_an_unknown_image_target_is_refused():
    assert 'unknown target "hammer"' in refused(SCRIPTS / "image.sh", "build", "hammer")


def test_an_unknown_test_level_is_refused():
    assert 'unknown level or flag "e3e"' in refused(SCRIPTS / "test.sh", "e3e")

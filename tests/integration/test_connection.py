"""The operator's own way to the API server: cpprestsdk, TLS, client certificates."""
import base64
import subprocess

import yaml

from cluster import BUILD, run

TIDEWRIGHT = BUILD / "operator" / "tidewright"

NODE = """
apiVersion: v1
kind: Node
metadata: {name: painted-by-kubectl}
"""


def test_names_a_node_that_kubectl_made(crd):
    crd.apply(NODE)
    said = run(TIDEWRIGHT, "--check", "--kubeconfig", crd.kubeconfig)
    assert "painted-by-kubectl" in said.stdout and "ScaledApps in all namespaces: " in said.stdout


def test_the_check_fails_where_the_operator_could_do_nothing(crd):
    token = crd.kubectl("create", "token", "default", "-n", "default").stdout.strip()
    config = yaml.safe_load(crd.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": token}
    path = crd.state / "nobody.kubeconfig"
    path.write_text(yaml.safe_dump(config))
    said = run(TIDEWRIGHT, "--check", "--kubeconfig", path, "--namespace", "default", check=False)
    assert said.returncode == 1
    assert "ScaledApps in default: " in said.stdout and "role" in said.stdout


def test_says_so_when_the_certificate_authority_is_another(api, tmp_path):
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=somebody-else", "-days", "1",
        "-keyout", tmp_path / "ca.key", "-out", tmp_path / "ca.crt")
    config = yaml.safe_load(api.kubeconfig.read_text())
    authority = base64.b64encode((tmp_path / "ca.crt").read_bytes()).decode()
    config["clusters"][0]["cluster"]["certificate-authority-data"] = authority
    (tmp_path / "config").write_text(yaml.safe_dump(config))

    said = run(TIDEWRIGHT, "--check", "--kubeconfig", tmp_path / "config", check=False)
    assert said.returncode == 1
    assert "certificate" in said.stderr and "certificate-authority" in said.stderr
    assert "painted-by-kubectl" not in said.stdout


def test_says_so_when_nobody_listens(api, tmp_path):
    config = yaml.safe_load(api.kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    (tmp_path / "config").write_text(yaml.safe_dump(config))
    said = run(TIDEWRIGHT, "--check", "--kubeconfig", tmp_path / "config", check=False)
    assert said.returncode == 1
    assert "127.0.0.1:1" in said.stderr


def test_a_missing_kubeconfig_is_named(tmp_path):
    said = run(TIDEWRIGHT, "--check", "--kubeconfig", tmp_path / "nowhere", check=False)
    assert said.returncode != 0
    assert "nowhere" in said.stderr


def test_an_unknown_flag_is_refused():
    said = subprocess.run([TIDEWRIGHT, "--no-such-flag"], capture_output=True, text=True)
    assert said.returncode == 2
    assert "no-such-flag" in said.stderr

"""kubectl-tide against a real API server, with the operator behind it."""
import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import time

import pytest

from cluster import BUILD, run, until
from tidewright import app

KUBECTL_TIDE = BUILD / "kubectl-tide"
CANARY = {"minReadySeconds": 0, "strategy": "Canary", "maxSurge": 1, "steps": [{"setWeight": 25}, {"pause": {}}]}


@pytest.fixture
def tide(ns):
    """Runs kubectl-tide in the test's namespace; `code` is what it has to end with."""
    def call(*words, code=0, namespace=ns.name):
        done = run(KUBECTL_TIDE, *words, "-n", namespace, check=False, timeout=120,
                   env={"KUBECONFIG": str(ns.api.kubeconfig)})
        print(f"$ kubectl-tide {' '.join(words)}\n{done.stdout}{done.stderr}")
        assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}{done.stderr}"
        assert "Sanitizer" not in done.stderr, done.stderr
        return done.stdout if code == 0 or done.stdout else done.stderr
    return call


def write(ns, name, image, rollout=None, **spec):
    ns.apply(app(name, replicas=spec.pop("replicas", 4), image=f"docker.io/tidewright/app:{image}",
                 rollout=rollout or {"minReadySeconds": 0}, **spec))


def current(ns, name):
    return ns.status(name)["currentRevision"]


def two_revisions(ns, tide, name="web", **options):
    """The hashes of 0.1.0 and 0.2.0, of which the second has become the whole app."""
    write(ns, name, "0.1.0", **options)
    tide("status", name, "--timeout", "60s")
    first = current(ns, name)
    write(ns, name, "0.2.0", **options)
    tide("status", name, "--timeout", "90s")
    assert current(ns, name) != first
    return first, current(ns, name)


def test_get_and_history_show_what_is_there(nodes, ns, operator, tide):
    first, second = two_revisions(ns, tide)
    tree = tide("get", "web")
    assert re.match(r"web: Healthy\n", tree), tree
    assert f" {second} stable" in tree and f" {first} " not in tree
    assert len(re.findall(rf"[├└]─ web-{second}-\w+ +Ready +0 ", tree)) == 4, tree
    assert "wanted by spec.replicas" in tree

    title, newest, older = tide("history", "web").splitlines()
    assert title.split() == ["NUMBER", "REVISION", "PODS", "AGE", "IMAGE", "MARKS"]
    assert newest.split()[:3] == ["2", second, "4"] and newest.endswith("app:0.2.0  stable, current")
    assert older.split()[:3] == ["1", first, "0"] and older.endswith("app:0.1.0")
    assert "web is to have 4 pods.\nspec.replicas decides it" in tide("why", "web")


def test_undo_goes_back_to_the_very_same_revision(nodes, ns, operator, tide):
    first, second = two_revisions(ns, tide)
    before = ns.app("web")["spec"]
    assert f"revision {first} (number 1)" in tide("undo", "web")
    assert tide("status", "web", "--timeout", "60s").splitlines()[-1].startswith("web: Healthy")
    assert current(ns, "web") == first and len(ns.sets("web")) == 2
    assert ns.app("web")["spec"]["template"]["spec"]["containers"][0]["image"].endswith(":0.1.0")

    tide("undo", "web", "--to-revision", second)
    tide("status", "web", "--timeout", "60s")
    assert current(ns, "web") == second and len(ns.sets("web")) == 2
    assert ns.app("web")["spec"] == before, "what the user wrote is back, and nothing that was added to it"

    number = next(line.split()[0] for line in tide("history", "web").splitlines() if first in line)
    tide("undo", "web", "--to-revision", number)
    tide("status", "web", "--timeout", "60s")
    assert current(ns, "web") == first
    assert "asks for revision" in tide("undo", "web", "--to-revision", first)
    assert "there is no such revision; kept are" in tide("undo", "web", "--to-revision", "77", code=1)


def test_undo_takes_a_restart_back(nodes, ns, operator, tide):
    write(ns, "web", "0.1.0", replicas=2)
    tide("status", "web", "--timeout", "60s")
    first = current(ns, "web")
    pods = {p["metadata"]["name"] for p in ns.items("pods")}
    assert "web restarts" in tide("restart", "web")
    assert tide("status", "web", "--timeout", "60s").splitlines()[-1].startswith("web: Healthy")
    assert current(ns, "web") != first
    until(30, "every pod is new", lambda: not pods & {p["metadata"]["name"] for p in ns.items("pods")
                                                      if "deletionTimestamp" not in p["metadata"]})
    tide("undo", "web")
    tide("status", "web", "--timeout", "60s")
    assert current(ns, "web") == first and "restartAt" not in ns.app("web")["spec"]


def test_pause_holds_a_rollout_and_resume_lets_it_go_on(nodes, ns, operator, tide):
    write(ns, "web", "0.1.0", replicas=2)
    tide("status", "web", "--timeout", "60s")
    first = current(ns, "web")
    tide("pause", "web")
    assert "paused already" in tide("pause", "web")
    write(ns, "web", "0.2.0", replicas=2, paused=True)
    assert "not done within 2s" in tide("status", "web", "--timeout", "2s", code=2)
    assert [s["metadata"]["labels"]["tidewright.dev/revision"] for s in ns.sets("web")] == [first]
    tide("resume", "web")
    tide("status", "web", "--timeout", "60s")
    assert current(ns, "web") != first and not ns.app("web")["spec"].get("paused")


def test_a_canary_is_aborted_retried_and_promoted(nodes, ns, operator, tide):
    write(ns, "web", "0.1.0", CANARY)
    tide("status", "web", "--timeout", "60s")
    first = current(ns, "web")
    write(ns, "web", "0.2.0", CANARY)
    until(60, "the pause", lambda: ns.status("web").get("phase") == "Paused")
    assert "Paused: " in tide("status", "web", "--timeout", "1s", code=2)
    tree = tide("get", "web")
    assert "step 2 of 2 (pause until promote), weight 25 % asked, 25 % reached" in tree
    assert re.search(r"#2 \w+ canary +1/1 ready", tree) and re.search(rf"#1 {first} stable +3/3 ready", tree), tree

    assert tide("abort", "web") == f"abort: back to revision {first}\n"
    until(60, "the stable revision alone", lambda: ns.status("web").get("phase") == "RolledBack")
    assert "RolledBack: " in tide("status", "web", code=1)
    assert "failed: Aborted" in tide("history", "web")
    assert " is undone, " in tide("get", "web")

    assert "is tried again" in tide("retry", "web")
    until(60, "the pause", lambda: ns.status("web").get("phase") == "Paused")
    assert "goes on" in tide("promote", "web")
    assert tide("status", "web", "--timeout", "60s").splitlines()[-1].startswith("web: Healthy")
    assert current(ns, "web") == ns.status("web")["stableRevision"] != first
    assert "no rollout is under way" in tide("promote", "web", "--full")
    assert "promote-full, " in tide("get", "web")


@contextlib.contextmanager
def changes(ns, folder, kind, *columns):
    """What there is of a kind, and then a line for every change of it: its name and the columns."""
    path = folder / kind
    wanted = ",".join(f"C{i}:{column}" for i, column in enumerate((".metadata.name", *columns)))
    with open(path, "w") as told:
        watch = subprocess.Popen(["kubectl", "-n", ns.name, "get", kind, "-w", "--no-headers", "-o", f"custom-columns={wanted}"],
                                 stdout=told, env={**os.environ, **ns.api.env()})
    try:
        yield lambda: [line.split() for line in path.read_text().splitlines()]
        assert watch.poll() is None, "the watch ended early, so not every change was seen"
    finally:
        watch.terminate()
        watch.wait()


def test_undo_of_a_running_canary_is_one_rolling_update_to_the_stable_revision(nodes, ns, operator, tide, tmp_path):
    half = {**CANARY, "steps": [{"setWeight": 50}, {"pause": {}}]}
    write(ns, "web", "0.1.0", half)
    tide("status", "web", "--timeout", "60s")
    first = current(ns, "web")
    write(ns, "web", "0.2.0", half)
    until(60, "the pause", lambda: ns.status("web").get("phase") == "Paused")
    second = current(ns, "web")
    until(30, "two pods each", lambda: len(ns.items("pods")) == 4)
    with changes(ns, tmp_path, "replicasets", ".spec.replicas") as sizes, changes(ns, tmp_path, "pods") as pods:
        until(10, "the watches tell what there is", lambda: len(sizes()) == 2 and len(pods()) == 4)
        assert f"revision {first}" in tide("undo", "web")
        tide("status", "web", "--timeout", "60s")

        def asked(revision):
            return [int(size) for name, size in sizes() if name == f"web-{revision}"]

        until(20, "the stable revision alone", lambda: asked(first)[-1] == 4 and asked(second)[-1] == 0)
        assert asked(first) == sorted(asked(first)), "the stable revision only grows"
        assert asked(second) == sorted(asked(second), reverse=True), "the canary only shrinks"
        assert {name for name, _ in sizes()} == {f"web-{first}", f"web-{second}"}, "nothing third comes of it"
        made = [name.rpartition("-")[0] for name in {name for name, in pods()}]
        assert sorted(made) == sorted([f"web-{first}"] * 4 + [f"web-{second}"] * 2), "two pods are made, no more"
    status = ns.healthy("web", 4)
    assert status["currentRevision"] == status["stableRevision"] == status["rollout"]["revision"] == first
    _, newest, older = tide("history", "web").splitlines()
    assert newest.split()[:3] == ["3", first, "4"] and newest.endswith("app:0.1.0  stable, current")
    assert older.split()[:3] == ["2", second, "0"] and older.endswith("app:0.2.0")


def test_why_says_which_rule_bound_and_when_the_count_may_change(nodes, ns, start, prometheus, tide):
    start("--no-leader-elect", "--prometheus-url", prometheus.url)
    scaled = {"minReplicas": 1, "maxReplicas": 8, "pollSeconds": 1,
              "metrics": [{"name": "rps", "prometheus": {"query": "sum(rate(requests[1m]))"},
                           "target": {"type": "AverageValue", "value": 10}}]}
    prometheus.value = 58
    write(ns, "web", "0.1.0", replicas=1, autoscaling=scaled)
    until(60, "six pods", lambda: ns.healthy("web", 6))
    up = " ".join(tide("why", "web").split())
    assert "web is to have 6 pods." in up and "rps is 58, target 10 per pod: it asks for 6 pods" in up
    assert "If the metrics stay as they are, nothing changes within 1h." in up
    assert "6 wanted" in tide("get", "web") and "wanted by autoscaling: rps" in tide("get", "web")

    ns.kubectl("patch", "sapp", "web", "--type=merge", "-p", '{"spec": {"autoscaling": {"minReplicas": 7}}}')
    until(30, "seven pods", lambda: ns.healthy("web", 7))
    bound = " ".join(tide("why", "web").split())
    # The decision that moved the count, or, once the pods came and the status was written again, the one that keeps it.
    assert "bounds: 6 -> 7, because" in bound or "limitRate: 6 -> 7, because the least allowed is 7" in bound
    assert "web is to have 7 pods." in bound


def test_status_ends_with_1_when_the_pods_cannot_start(nodes, ns, operator, tide):
    stuck = app("stuck", replicas=1, rollout={"minReadySeconds": 0, "progressDeadlineSeconds": 2})
    stuck["spec"]["template"]["spec"]["nodeSelector"] = {"nowhere": "yes"}
    ns.apply(stuck)
    assert "Degraded: " in tide("status", "stuck", "--timeout", "60s", code=1)
    assert "Unschedulable" in tide("get", "stuck")


def test_without_the_operator_a_command_stays_unanswered(nodes, ns, tide):
    write(ns, "web", "0.1.0")
    assert 'has not taken "abort" within 1 s' in tide("abort", "web", "--timeout", "1s", code=1)
    assert 'take "abort"' in tide("retry", "web", code=1)
    assert "has not answered to the last change" in tide("status", "web", "--timeout", "1s", code=2)
    assert "has no revisions yet" in tide("history", "web")


def test_shards_have_a_tree_and_a_history_each(nodes, ns, operator, tide):
    write(ns, "web", "0.1.0", replicas=1, shards=[{"name": "eu"}, {"name": "us"}])
    tide("status", "web", "--timeout", "60s")
    assert re.findall(r"^shard (\w+)$", tide("get", "web"), re.M) == ["eu", "us"]
    assert "shard us\nNUMBER" in tide("history", "web", "--shard", "us")
    assert "its shards are eu, us" in tide("why", "web", "--shard", "asia", code=1)
    first = {s["name"]: s["currentRevision"] for s in ns.status("web")["shards"]}
    write(ns, "web", "0.2.0", replicas=1, shards=[{"name": "eu"}, {"name": "us"}])
    tide("status", "web", "--timeout", "60s")
    tide("undo", "web")
    tide("status", "web", "--timeout", "60s")
    assert {s["name"]: s["currentRevision"] for s in ns.status("web")["shards"]} == first


def test_what_is_wrong_is_said_in_one_line(nodes, ns, tide):
    said = tide("get", "wbe", code=1)
    assert f"no ScaledApp wbe in namespace {ns.name}" in said and f"kubectl get sapp -n {ns.name}" in said
    assert said.count("\n") == 1
    for words in (["get"], ["get", "web", "--wide"], ["scale", "web"], ["status", "web", "--timeout", "soon"]):
        assert tide(*words, code=2).count("\n") == 1
    away = run(KUBECTL_TIDE, "get", "web", "--context", "no-such", check=False, env={"KUBECONFIG": str(ns.api.kubeconfig)})
    assert away.returncode == 1 and "no-such" in away.stderr


def in_terminal(*command, **env):
    """Its pid, and the other end of its terminal of 80 columns."""
    pid, terminal = pty.fork()
    if pid == 0:
        try:
            os.environ.update(env)
            subprocess.run(["stty", "cols", "80", "rows", "30"], check=True)
            os.execvp(command[0], command)
        finally:
            os._exit(127)  # Not a second pytest.
    return pid, terminal


def frames(command, env, seconds, act):
    """What the command writes to a terminal, write by write as far as the kernel keeps them apart."""
    pid, terminal = in_terminal(*command, **env)
    written, end = b"", time.monotonic() + seconds
    acted = False
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            written += os.read(terminal, 65536)
        if not acted and written.count(b"\x1b[H") >= 2:
            act()
            acted = True
    os.kill(pid, signal.SIGINT)
    os.waitpid(pid, 0)
    os.close(terminal)
    return written.decode()


def test_watching_redraws_in_place(nodes, ns, operator, tide):
    write(ns, "web", "0.1.0", replicas=2)
    tide("status", "web", "--timeout", "60s")
    written = frames([str(KUBECTL_TIDE), "get", "web", "-w", "-n", ns.name], {"KUBECONFIG": str(ns.api.kubeconfig)}, 8,
                     lambda: ns.kubectl("scale", "sapp/web", "--replicas=3"))
    shown = written.split("\x1b[H")[1:]
    assert len(shown) >= 4
    assert "\x1b[2J" not in written and "\x1bc" not in written, "never cleared as a whole"
    for one in shown:
        lines = one.replace("\r\n", "\n").split("\x1b[J")[0].splitlines()
        assert all(line.endswith("\x1b[K") for line in lines), "each line replaces the one before"
        assert max(len(line.removesuffix("\x1b[K")) for line in lines) <= 80
    assert len(re.findall("[├└]─", shown[0])) == 2 and len(re.findall("[├└]─", shown[-1])) == 3, shown[-1]


def test_watching_into_a_pipe_writes_a_block_a_change(nodes, ns, operator, tide):
    write(ns, "web", "0.1.0", replicas=1)
    tide("status", "web", "--timeout", "60s")
    watch = subprocess.Popen([KUBECTL_TIDE, "get", "web", "-w", "-n", ns.name], stdout=subprocess.PIPE, text=True,
                             env={**os.environ, "KUBECONFIG": str(ns.api.kubeconfig)})
    time.sleep(3)
    ns.kubectl("scale", "sapp/web", "--replicas=2")
    until(60, "two pods", lambda: ns.healthy("web", 2))
    time.sleep(3)
    watch.terminate()
    text = watch.communicate()[0]
    blocks = text.split("\n\nweb: ")
    assert 2 <= len(blocks) <= 6 and "\x1b" not in text, text
    assert "1 wanted" in blocks[0] and "2 wanted" in blocks[-1], text


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion_is_a_script_of_that_shell(shell):
    script = run(KUBECTL_TIDE, "completion", shell).stdout
    run(shell, "-n", "/dev/stdin", stdin=script)


def test_bash_completes_commands_flags_and_apps(nodes, ns):
    write(ns, "web", "0.1.0")
    ask = '''source <("$1" completion bash); COMP_WORDS=("${@:2}"); COMP_CWORD=$(($# - 2)); _kubectl_tide; echo "${COMPREPLY[*]}"'''

    def complete(*words):
        return run("bash", "-c", ask, "bash", KUBECTL_TIDE, "kubectl-tide", *words,
                   env=ns.api.env()).stdout.split()
    assert complete("hist") == ["history"]
    assert complete("-n", ns.name, "get", "w") == ["web"]
    assert complete("promote", "web", "--f") == ["--full"]
    assert complete("completion", "z") == ["zsh"]


def test_zsh_completes_commands_flags_and_apps(nodes, ns):
    """In a terminal, as one types: the tab key makes the line that runs."""
    write(ns, "web", "0.1.0")
    pid, terminal = in_terminal("zsh", "-f", "-i", **ns.api.env(), TERM="dumb")
    said = ""

    def answers(line, wanted):
        nonlocal said
        os.write(terminal, line.encode())

        def seen():
            nonlocal said
            with contextlib.suppress(OSError):  # It has ended; what it said tells why.
                while select.select([terminal], [], [], 0.1)[0]:
                    said += os.read(terminal, 65536).decode(errors="replace")
            assert re.search(rf"^{re.escape(wanted)}\s*$", said, re.M), said
            return True
        until(20, f"{wanted!r} after {line!r}", seen)
    try:
        answers("autoload -Uz compinit && compinit -u -D; kubectl-tide() { print -r -- \"ran: $*\" }; "
                f"source <({KUBECTL_TIDE} completion zsh); print ready\r", "ready")
        answers("kubectl-tide hist\t\r", "ran: history")
        answers(f"kubectl-tide -n {ns.name} get w\t\r", f"ran: -n {ns.name} get web")
        answers("kubectl-tide promote web --f\t\r", "ran: promote web --full")
        answers("kubectl-tide completion z\t\r", "ran: completion zsh")
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)

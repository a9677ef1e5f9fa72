"""A cluster of scripts/cluster.sh as the tests see it, and the two or three ways to ask it things."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / "scripts"
BUILD = pathlib.Path(os.environ.get("TIDEWRIGHT_BUILD", ROOT / "build" / "asan"))
RESULTS = ROOT / "build" / "test-results"


def run(*command, check=True, timeout=600, stdin=None, env=None):
    """Runs a command; with `check` a failure raises with what the command said."""
    done = subprocess.run([str(word) for word in command], input=stdin, capture_output=True, text=True, timeout=timeout,
                          env=None if env is None else {**os.environ, **env})
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def figure(text):
    """A measured value for the report: scripts/test.sh prints these lines under the level."""
    print(f"\nfigure: {text}", flush=True)
    if "TIDEWRIGHT_FIGURES" in os.environ:  # What workers print is seen only when a test fails.
        with open(os.environ["TIDEWRIGHT_FIGURES"], "a") as figures:
            figures.write(f"figure: {text}\n")


def progress(text):
    """Where a long test is: scripts/test.sh shows it behind the elapsed time."""
    print(text, flush=True)
    if path := os.environ.get("TIDEWRIGHT_PROGRESS"):
        pathlib.Path(path).write_text(text + "\n")


def free_port():
    """Of the loopback; nobody keeps it for us."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(seconds, what, attempt):
    """Calls `attempt` until it returns something true, and returns that; on time-out says what was seen last."""
    deadline = time.monotonic() + seconds
    seen = None
    while True:
        try:
            seen = attempt()
            if seen:
                return seen
        except AssertionError as error:
            seen = error
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s; last seen: {seen}"
        time.sleep(0.1)


class Cluster:
    def __init__(self, name, api_only=False):
        self.name = name
        self.api_only = api_only
        state = pathlib.Path(os.environ.get("XDG_STATE_HOME") or pathlib.Path.home() / ".local" / "state")
        self.state = state / "tidewright" / "clusters" / name
        self.kubeconfig = self.state / "kubeconfig"

    def script(self, verb, *arguments, **options):
        flavour = ["--api-only"] if self.api_only and verb in ("up", "down") else []
        return run(SCRIPTS / "cluster.sh", verb, *arguments, "--name", self.name, *flavour, **options)

    def up(self, **options):
        self.script("up", timeout=1800, **options)
        return self

    def down(self):
        self.script("down")

    def env(self):
        lines = self.script("env").stdout
        path = next(line for line in lines.splitlines() if line.startswith("export PATH="))
        folder = path.removeprefix("export PATH=").split(":")[0]
        return {"KUBECONFIG": str(self.kubeconfig), "PATH": f"{folder}:{os.environ['PATH']}"}

    def kubectl(self, *arguments, **options):
        if not hasattr(self, "_env"):
            self._env = self.env()
        return run("kubectl", *arguments, env=self._env, **options)

    def get(self, *arguments):
        return json.loads(self.kubectl("get", *arguments, "-o", "json").stdout)

    def apply(self, manifest):
        self.kubectl("apply", "--server-side", "-f", "-", stdin=manifest)

    def keep_logs(self):
        """Copies the cluster's logs and what it says of itself to the results, and names the folder."""
        kept = RESULTS / f"cluster-{self.name}"
        shutil.rmtree(kept, ignore_errors=True)
        if (self.state / "logs").exists():
            shutil.copytree(self.state / "logs", kept)
        for name, question in {"events": ["get", "events", "-A"], "pods": ["describe", "pods", "-A"]}.items():
            try:
                (kept / f"{name}.txt").write_text(self.kubectl(*question, check=False, timeout=30).stdout)
            except (AssertionError, OSError, subprocess.TimeoutExpired):
                pass  # A cluster that does not answer has its logs, which is what matters here.
        print(f"Kept the logs of the cluster {self.name} in {kept.relative_to(ROOT)}")

"""Measures the operator at scale and prints a table with the bound beside each figure. Passes no judgement.

scripts/bench.sh calls it; see there for what it takes.
"""
import argparse
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
os.environ.setdefault("TIDEWRIGHT_BUILD", str(ROOT / "build" / "release"))
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "integration")]

import queries  # noqa: E402
import reaction  # noqa: E402
import rollouts  # noqa: E402
import sizes  # noqa: E402
from api import Api  # noqa: E402
from cluster import SCRIPTS, Cluster, free_port, run, until  # noqa: E402
from fast_prometheus import FastPrometheus  # noqa: E402

NODE = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "kwok", "annotations": {"kwok.x-k8s.io/node": "fake"}}}
ROOM = {"cpu": "100000", "memory": "10Ti", "pods": "100000"}
# Where the cluster's own work sets the pace: with Go's default a sixth of it is the collection of garbage.
ROOMY = {"GOGC": "400"}


class Table:
    def __init__(self):
        self.rows = []

    def add(self, of, what, figure, bound):
        self.rows.append((of, what, figure, bound))
        print(f"  {of}: {what}: {figure}{f'  (bound: {bound})' if bound else ''}", flush=True)

    def show(self):
        print("\n| of | what | figure | bound |\n|---|---|---|---|")
        for row in self.rows:
            print("| " + " | ".join(row) + " |")


class Controllers:
    """The cluster's controller manager, which can be made to stand still."""

    def __init__(self, cluster):
        self.pid = int((cluster.state / "kube-controller-manager.pid").read_text().split()[0])

    @contextlib.contextmanager
    def stopped(self):
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)


@contextlib.contextmanager
def pretended_node(cluster, folder):
    """A node that says of every pod that it runs, and the real scheduler."""
    cluster.apply(json.dumps(NODE))
    cluster.kubectl("patch", "node", "kwok", "--subresource=status", "--type=merge", "-p",
                    json.dumps({"status": {"allocatable": ROOM, "capacity": ROOM}}))
    kwok = run(SCRIPTS / "cluster.sh", "tool", "kwok", timeout=1200).stdout.splitlines()[-1]
    scheduler = pathlib.Path(cluster.env()["PATH"].split(":")[0]) / "kube-scheduler"
    flags, config = ["--kubeconfig", cluster.kubeconfig], folder / "kwok.yaml"
    config.write_text("apiVersion: config.kwok.x-k8s.io/v1alpha1\nkind: KwokConfiguration\n"
                      "options: {podPlayStageParallelism: 16}\n")
    started = [subprocess.Popen(command, stdout=open(folder / name, "w"), stderr=subprocess.STDOUT, env={**os.environ, **ROOMY})
               for name, command in {
                   "kwok": [kwok, *flags, "--manage-all-nodes", "--node-lease-duration-seconds=40",
                            f"--config={config}"],
                   "scheduler": [scheduler, *flags, "--leader-elect=false", "--bind-address=127.0.0.1",
                                 "--kube-api-qps=1000", "--kube-api-burst=2000",
                                 f"--secure-port={free_port()}"]}.items()]
    try:
        until(60, "the pretended node is ready", lambda: any(
            c["type"] == "Ready" and c["status"] == "True"
            for c in cluster.get("node", "kwok")["status"].get("conditions", [])))
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait()


@contextlib.contextmanager
def fresh_cluster(name, env=None):
    """Empty and with the CRD: what one part left must not slow the next."""
    cluster = Cluster(name, api_only=True)
    cluster.down()
    cluster.up(env=env)
    try:
        cluster.kubectl("apply", "--server-side", "-f", ROOT / "manifests" / "crds")
        until(20, "the CRD is served", lambda: cluster.kubectl("get", "sapp", "-A", check=False).returncode == 0)
        yield cluster
    finally:
        cluster.down()


def main():
    parts = ["rollouts", "reaction", "queries", "sizes"]
    parser = argparse.ArgumentParser(prog="scripts/bench.sh", description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(parts)}; all unless given")
    parser.add_argument("--sizes", default="100,1000,10000", help="numbers of apps, rising (default: %(default)s)")
    parser.add_argument("--window", type=int, default=30, help="seconds that rest is looked at (default: %(default)s)")
    parser.add_argument("--apps", type=int, default=1000, help="of the part rollouts (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=100, help="image changes measured (default: %(default)s)")
    parser.add_argument("--queries", type=int, default=10000, help="distinct ones (default: %(default)s)")
    parser.add_argument("--name", default="bench", help="of the cluster (default: %(default)s)")
    asked = parser.parse_args()
    if wrong := set(asked.parts) - set(parts):
        parser.error(f"no such part: {', '.join(sorted(wrong))}; the parts are {', '.join(parts)}")
    chosen = asked.parts or parts
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tidewright-bench-"))
    print(f"logs: {folder}; {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}", flush=True)
    table, began = Table(), time.monotonic()
    prometheus = FastPrometheus(free_port())
    try:
        floors = {}
        if "rollouts" in chosen:  # Each on a cluster of its own: what one leaves would slow the next.
            for service in (False, True):
                with fresh_cluster(asked.name, ROOMY) as cluster, pretended_node(cluster, folder):
                    floors[service] = rollouts.plain(Api(cluster), asked.apps, service)
            with fresh_cluster(asked.name, ROOMY) as cluster, pretended_node(cluster, folder):
                api = Api(cluster)
                with rollouts.operator(api, cluster, folder / "without-services") as (ns, _):
                    rollouts.arrive(api, ns, table, asked.apps, False, floors[False])
            with fresh_cluster(asked.name, ROOMY) as cluster, pretended_node(cluster, folder):
                rollouts.run(Api(cluster), cluster, folder, table, asked.apps, asked.rounds, floors[True])
        if "reaction" in chosen:
            with fresh_cluster(asked.name) as cluster:
                api, controllers = Api(cluster), Controllers(cluster)
                with controllers.stopped():
                    reaction.run(api, cluster, controllers, prometheus, folder, table)
        if {"queries", "sizes"} & set(chosen):
            with fresh_cluster(asked.name) as cluster:
                api, controllers = Api(cluster), Controllers(cluster)
                if "queries" in chosen:
                    queries.run(api, cluster, controllers, prometheus, folder, table, asked.queries)
                if "sizes" in chosen:
                    sizes.run(api, cluster, controllers, prometheus, folder, table,
                              [int(size) for size in asked.sizes.split(",")], asked.window)
    finally:
        prometheus.stop()
    table.show()
    print(f"\nall of it took {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()

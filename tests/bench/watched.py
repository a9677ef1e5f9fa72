"""The operator under measurement: the program of the release build, and what the kernel and itself say of it."""
import os
import pathlib
import time

from account import NAMESPACE, installed
from api import by_operator, kinds
from tidewright import Operator

TICKS = os.sysconf("SC_CLK_TCK")


class Watched:
    def __init__(self, cluster, folder, *flags):
        self.cluster, self.folder, self.flags, self.runs = cluster, pathlib.Path(folder), flags, 0
        self.operator = None
        self.reached = installed(cluster, self.folder)

    def start(self):
        self.runs += 1
        self.began = time.monotonic()
        self.operator = Operator(self.reached, self.folder / f"operator-{self.runs}.log",
                                 f"--lease-namespace={NAMESPACE}", *self.flags)
        return self

    def stop(self):
        if self.operator and self.operator.stop() != 0:
            print(f"the operator ended badly:\n{self.operator.said()[-2000:]}")

    def restart(self):
        self.stop()
        return self.start()

    def cpu(self):
        """Seconds of processor time so far."""
        fields = pathlib.Path(f"/proc/{self.operator.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self, what="VmRSS"):
        """MB as resident now, or with VmHWM the most that ever were."""
        lines = pathlib.Path(f"/proc/{self.operator.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(what + ":")) / 1024

    def metric(self, name):
        return self.operator.metric(name)

    def decided(self, count, within):
        """Seconds since its start until so many decisions of the autoscaler were made."""
        # With ten thousand apps the page of metrics is megabytes, and asking for it work in itself: not before there is
        # something to see in it.
        while "caught up" not in self.operator.said() and time.monotonic() < self.began + within:
            time.sleep(0.05)
        while time.monotonic() < self.began + within:
            if self.metric("tidewright_scaling_decisions_total") >= count:
                return time.monotonic() - self.began
            time.sleep(0.1)
        raise AssertionError(f"{self.metric('tidewright_scaling_decisions_total'):.0f} of {count} decided in {within} s")


class Window:
    """What happens while it is open, a second at a time."""

    def __init__(self, api, watched, prometheus=None):
        self.api, self.watched, self.prometheus = api, watched, prometheus

    def run(self, seconds):
        if self.prometheus:
            self.prometheus.take()
        began, cpu, audit = time.monotonic(), self.watched.cpu(), self.api.audit_end()
        time.sleep(seconds)
        took = time.monotonic() - began
        self.cpu = (self.watched.cpu() - cpu) / took
        self.asked = self.prometheus.take() if self.prometheus else {}
        writes = by_operator(self.api.audited(audit))
        self.writes, self.kinds = len(writes) / took, kinds(writes)
        self.seconds = took
        return self

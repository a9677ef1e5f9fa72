"""How a lease is lost, and had again: a machine that was paused, a disk that hung, a container that was killed."""
import pathlib
import signal
import time

from cluster import until


def test_it_ends_by_itself_and_in_order(nodes, ns, start):
    operator = start("--lease-namespace", ns.name)
    until(30, "it leads", operator.leads)
    operator.process.send_signal(signal.SIGSTOP)
    time.sleep(11)  # It must renew within ten seconds.
    operator.process.send_signal(signal.SIGCONT)
    assert operator.process.wait(timeout=15) == 1, "a signal of its own killed it; as the first of a container it would live on"
    said = operator.said()
    assert "the lease is lost" in said and said.rstrip().splitlines()[-1].endswith("ended")


def test_a_container_that_starts_again_takes_its_own_lease_back(nodes, ns, start, monkeypatch):
    """Killed, it gave nothing back; waiting for its own lease to run out would be 15 s of which nobody has anything."""
    flags = "--lease-namespace", ns.name, "--lease-name", "again"
    monkeypatch.setenv("POD_NAME", "tidewright-7d4b9c-x2x2x")
    first = start(*flags)
    until(30, "it leads", first.leads)
    first.kill()
    again = start(*flags)
    until(10, "it leads again", again.leads)
    monkeypatch.setenv("POD_NAME", "tidewright-7d4b9c-z5z5z")
    other = start(*flags)
    until(20, "the other is ready", lambda: other.get("/readyz")[0] == 200)
    assert not other.leads()


def test_no_thread_takes_the_end_from_main(nodes, ns, start):
    """A thread that does not block SIGTERM may be the one that gets it: then nothing is ended in order."""
    operator = start("--lease-namespace", ns.name)
    until(30, "it leads", operator.leads)
    for thread in pathlib.Path(f"/proc/{operator.process.pid}/task").iterdir():
        if thread.name == str(operator.process.pid):
            continue  # Waits for it.
        blocked = next(line for line in (thread / "status").read_text().splitlines() if line.startswith("SigBlk"))
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            assert int(blocked.split()[1], 16) >> (signal_number - 1) & 1, f"{thread.name}: {blocked}"

"""Several processes on one socket: crashes, replacement, giving up."""
import http.client
import json
import signal
import threading
import time
import unittest

from running_app import App


def pids(app, tries=40):
    return {json.loads(app.get("/version")[2])["pid"] for _ in range(tries)}


def until(condition, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


class Load(threading.Thread):
    """One request after the other, each on a connection of its own, until stop()."""

    def __init__(self, app):
        super().__init__()
        self.app, self.going, self.ok, self.failures = app, True, 0, []
        self.start()

    def run(self):
        while self.going:
            try:
                assert self.app.get("/")[0] == 200
                self.ok += 1
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(error)

    def stop(self):
        self.going = False
        self.join()


class Processes(unittest.TestCase):
    def test_sigusr2_replaces_all_without_a_failed_request(self):
        with App("--processes=2", "--work-ms=0.2") as app:
            self.assertTrue(until(lambda: len(pids(app)) == 2))
            before = pids(app)
            load = Load(app)
            app.signal(signal.SIGUSR2)
            replaced = until(lambda: len(pids(app)) == 2 and not pids(app) & before)
            load.stop()
            self.assertTrue(replaced)
            self.assertEqual(load.failures, [])
            self.assertGreater(load.ok, 20)

    def test_a_crash_is_made_good_at_once_and_the_counters_survive(self):
        with App("--processes=2", "--work-ms=0") as app:
            for _ in range(10):
                app.get("/")
            with self.assertRaises((OSError, http.client.HTTPException)):
                app.get("/fault/crash")
            self.assertEqual(app.get("/")[0], 200)
            # A request counts when its answer was written, which the client may know before another process tells it.
            wanted = {"app_process_starts_total 3", 'http_requests_total{code="200"} 11', "http_requests_in_flight 0"}
            until(lambda: wanted <= set(app.get("/metrics")[2].splitlines()))
            self.assertLessEqual(wanted, set(app.get("/metrics")[2].splitlines()))

    def test_crashing_every_second_loses_only_what_was_in_flight(self):
        with App("--processes=2", "--work-ms=0.2", "--crash-after=1-2s") as app:
            load = Load(app)
            time.sleep(6)
            load.stop()
            self.assertIsNone(app.process.poll(), "the parent lives")
            self.assertGreater(load.ok, 200)
            # Never more than one request in flight: at most one a crash, and none refused.
            self.assertLessEqual(len(load.failures), 12)
            self.assertFalse([e for e in load.failures if isinstance(e, ConnectionRefusedError)])

    def test_gives_up_when_children_keep_dying_young(self):
        with App("--processes=2", "--crash-after=10ms") as app:
            self.assertEqual(app.wait(15), 1)

    def test_readiness_is_switched_for_all(self):
        with App("--processes=3") as app:
            app.get("/readyz/disable", method="POST")
            self.assertEqual({app.get("/readyz")[0] for _ in range(20)}, {503})

    def test_a_stop_reaches_every_child(self):
        with App("--processes=3") as app:
            results = []
            clients = [threading.Thread(target=lambda: results.append(app.get("/work?ms=300")[0])) for _ in range(6)]
            for client in clients:
                client.start()
            time.sleep(0.2)
            app.signal()
            for client in clients:
                client.join()
            self.assertEqual(results, [200] * 6)
            self.assertEqual(app.wait(10), 0)


if __name__ == "__main__":
    unittest.main()

"""The graceful stop, and what its switches take away."""
import threading
import time
import unittest

from running_app import App, ask


class Request(threading.Thread):
    """One request in the background; `answer` is what came, or the error."""

    def __init__(self, app, path):
        super().__init__()
        self.app, self.path, self.answer = app, path, None
        self.start()

    def run(self):
        try:
            self.answer = self.app.get(self.path)
        except OSError as error:
            self.answer = error
        except Exception as error:  # http.client's own, such as RemoteDisconnected
            self.answer = error


class GracefulStop(unittest.TestCase):
    def test_finishes_what_is_in_flight_and_still_accepts(self):
        with App() as app:
            request = Request(app, "/work?ms=1000")
            time.sleep(0.3)
            app.signal()
            time.sleep(0.1)
            self.assertEqual(app.get("/readyz")[0], 503)
            self.assertEqual(app.get("/healthz")[0], 200)
            status, headers, _ = app.get("/")
            self.assertEqual((status, headers["Connection"]), (200, "close"))
            request.join()
            self.assertEqual(request.answer[0], 200)
            self.assertEqual(request.answer[1]["Connection"], "close")
            self.assertEqual(app.wait(5), 0)

    def test_an_idle_connection_may_bring_one_more_request(self):
        with App("--work-ms=0") as app, app.connect() as connection:
            ask(connection)
            app.signal()
            time.sleep(1.5)
            status, headers, _ = ask(connection)
            self.assertEqual((status, headers["connection"]), (200, "close"))
            self.assertEqual(connection.recv(1), b"")
            self.assertEqual(app.wait(5), 0)

    def test_an_idle_connection_is_closed_at_its_limit(self):
        with App("--work-ms=0", "--idle-drain-seconds=1") as app, app.connect() as connection:
            ask(connection)
            app.signal()
            begun = time.monotonic()
            self.assertEqual(connection.recv(1), b"")
            self.assertAlmostEqual(time.monotonic() - begun, 1, delta=0.5)
            self.assertEqual(app.wait(5), 0)

    def test_the_limit_cuts_what_is_left(self):
        with App("--drain-seconds=1") as app:
            request = Request(app, "/fault/hang")
            time.sleep(0.2)
            app.signal()
            self.assertEqual(app.wait(5), 0)
            request.join()
            self.assertIsInstance(request.answer, Exception)

    def test_with_nothing_open_it_ends_soon(self):
        with App() as app:
            app.signal()
            self.assertEqual(app.wait(2), 0)

    def test_every_worker_drains(self):
        with App("--workers=3") as app:
            requests = [Request(app, "/work?ms=300") for _ in range(9)]
            time.sleep(0.2)
            app.signal()
            for request in requests:
                request.join()
                self.assertEqual(request.answer[0], 200)
            self.assertEqual(app.wait(5), 0)


class NegativeControls(unittest.TestCase):
    def test_exit_on_sigterm_cuts_everything(self):
        with App("--exit-on-sigterm") as app:
            request = Request(app, "/work?ms=3000")
            time.sleep(0.3)
            app.signal()
            self.assertEqual(app.wait(1), 0)
            request.join()
            self.assertIsInstance(request.answer, Exception)

    def test_no_drain_cuts_requests_in_flight_only(self):
        with App("--no-drain") as app, app.connect() as idle:
            ask(idle)
            request = Request(app, "/work?ms=800")
            time.sleep(0.3)
            app.signal()
            request.join()
            self.assertIsInstance(request.answer, Exception)
            self.assertEqual(ask(idle)[0], 200)
            self.assertEqual(app.wait(5), 0)

    def test_no_idle_drain_closes_idle_connections_at_once(self):
        with App("--no-idle-drain") as app, app.connect() as idle:
            ask(idle)
            app.signal()
            idle.settimeout(1)
            self.assertEqual(idle.recv(1), b"")

    def test_no_close_on_drain_keeps_connections_until_the_end_cuts_them(self):
        with App("--no-close-on-drain", "--idle-drain-seconds=1", "--drain-seconds=2") as app, app.connect() as kept:
            app.signal()
            time.sleep(0.1)
            for _ in range(3):
                self.assertNotIn("connection", ask(kept)[1])
                time.sleep(0.5)
            self.assertEqual(app.wait(5), 0)
            with self.assertRaises(ConnectionError):
                ask(kept)


if __name__ == "__main__":
    unittest.main()

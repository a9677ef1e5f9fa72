"""openload against servers that fail in every way: each kind of failure must be counted, as itself, and never retried."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time
import unittest
import urllib.request

OPENLOAD = os.environ["OPENLOAD_BINARY"]
APP = os.environ["APP_BINARY"]


def load(port, *flags, path="/"):
    done = subprocess.run([OPENLOAD, f"--url=http://127.0.0.1:{port}{path}", "--json", *flags],
                          capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


def failures(result):
    return {kind: count for kind, count in result["failures"].items() if count}


class Server(threading.Thread):
    """Accepts, and lets `behave(connection)` do what it likes with each connection."""

    def __init__(self, behave):
        super().__init__(daemon=True)
        self.behave, self.accepted = behave, 0
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.socket.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self.behave, args=(connection,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def read_head(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return False
        data += part
    return True


def answering(text):
    def behave(connection):
        with connection:
            read_head(connection)
            connection.sendall(text)
    return behave


def resetting(connection):
    read_head(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


def silent(connection):
    with connection:
        read_head(connection)
        time.sleep(5)


class EachKind(unittest.TestCase):
    def expect(self, behave, kind):
        with Server(behave) as server:
            result = load(server.port, "--rate=100", "--requests=20", "--timeout-ms=500")
            self.assertEqual(result["requests"], 20)
            self.assertEqual(failures(result), {kind: 20} if kind else {})
            self.assertEqual(server.accepted, 20, "one connection a request, no retry")
            return result

    def test_ok(self):
        result = self.expect(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Instance: a\r\nX-Version: 1\r\n\r\nok"),
                             None)
        self.assertEqual((result["instances"], result["versions"]), ({"a": 20}, {"1": 20}))

    def test_refused(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        result = load(port, "--rate=100", "--requests=20")
        self.assertEqual(failures(result), {"refused": 20})

    def test_reset(self):
        self.expect(resetting, "reset")

    def test_closed_without_an_answer(self):
        self.expect(answering(b""), "reset")

    def test_timeout(self):
        self.expect(silent, "timeout")

    def test_truncated_body(self):
        self.expect(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"), "truncated")

    def test_truncated_head(self):
        self.expect(answering(b"HTTP/1.1 200 OK\r\nContent-Le"), "truncated")

    def test_5xx(self):
        self.expect(answering(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"), "status5xx")

    def test_other_status(self):
        self.expect(answering(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"), "statusOther")

    def test_not_http(self):
        self.expect(answering(b"SSH-2.0-server\r\n\r\n"), "other")


CLOSES = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"


class NewConnections(unittest.TestCase):
    def test_keep_no_port_that_the_server_closes(self):
        """Kept in TIME_WAIT for a minute, they would run out, and connecting would be what is slow."""
        with Server(lambda c: (read_head(c), c.sendall(CLOSES), c.shutdown(socket.SHUT_WR), c.recv(1), c.close())) as server:
            self.assertEqual(load(server.port, "--rate=400", "--requests=200")["ok"], 200)
            peer = f"0100007F:{server.port:04X}"
            kept = [line for line in pathlib.Path("/proc/net/tcp").read_text().splitlines() if line.split()[2] == peer and line.split()[3] == "06"]
        self.assertLess(len(kept), 20)  # All 200, if it closed first; a few where the machine stood still.

    def test_a_server_that_never_closes_is_not_waited_for(self):
        with Server(lambda c: (read_head(c), c.sendall(CLOSES), time.sleep(20))) as server:
            began = time.monotonic()
            self.assertEqual(load(server.port, "--rate=400", "--requests=20")["ok"], 20)
            self.assertLess(time.monotonic() - began, 10)


class KeepAlive(unittest.TestCase):
    ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"

    def test_a_pool_is_kept(self):
        def behave(connection):
            with connection:
                while read_head(connection):
                    connection.sendall(self.ANSWER + b"\r\n")
        with Server(behave) as server:
            result = load(server.port, "--rate=200", "--requests=100", "--connections=keep-alive", "--pool=5")
            self.assertEqual((result["ok"], server.accepted), (100, 5))

    def test_connection_close_reopens_without_a_failure(self):
        with Server(answering(self.ANSWER + b"Connection: close\r\n\r\n")) as server:
            result = load(server.port, "--rate=100", "--requests=30", "--connections=keep-alive", "--pool=3")
            self.assertEqual((result["ok"], result["closedByAnswer"], result["foundClosed"]), (30, 30, 0))

    def test_a_connection_closed_between_requests_is_found_and_reopened(self):
        # The answer promises to go on; the close follows a little later, while the connection is idle.
        def behave(connection):
            with connection:
                read_head(connection)
                connection.sendall(self.ANSWER + b"\r\n")
                time.sleep(0.02)
        with Server(behave) as server:
            result = load(server.port, "--rate=10", "--requests=10", "--connections=keep-alive", "--pool=1")
            self.assertEqual((result["ok"], result["closedByAnswer"], result["foundClosed"]), (10, 0, 9))

    def test_a_request_written_into_a_closing_connection_is_a_failure(self):
        def behave(connection):
            with connection:
                read_head(connection)
                connection.sendall(self.ANSWER + b"\r\n")
                read_head(connection)
        with Server(behave) as server:
            result = load(server.port, "--rate=20", "--requests=20", "--connections=keep-alive", "--pool=1")
            self.assertEqual((result["ok"], failures(result)), (10, {"reset": 10}))
            self.assertEqual(server.accepted, 10)


class OpenLoop(unittest.TestCase):
    def test_arrivals_do_not_wait_for_answers_and_latency_counts_from_the_schedule(self):
        lock = threading.Lock()

        def one_at_a_time(connection):
            with connection, lock:
                read_head(connection)
                time.sleep(0.05)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        with Server(one_at_a_time) as server:
            result = load(server.port, "--rate=100", "--requests=40")
            self.assertEqual(result["ok"], 40)
            # 40 answers take 2 s, but arrive within 0.4 s: the last one is about 1.6 s late.
            self.assertGreater(result["latencyMs"]["max"], 1400)
            self.assertEqual(len(result.get("timeline", [])), 0)

    def test_a_full_pool_makes_arrivals_wait_and_says_so_in_the_latency(self):
        with Server(silent) as server:
            result = load(server.port, "--rate=50", "--requests=10", "--connections=keep-alive", "--pool=1",
                          "--timeout-ms=300")
            self.assertEqual(failures(result), {"timeout": 10})


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class ItsBeginning(unittest.TestCase):
    def test_waits_until_a_connection_is_accepted_and_counts_no_try(self):
        with socket.socket() as reserved:
            reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            reserved.bind(("127.0.0.1", 0))  # Refuses as long as it does not listen.
            timer = threading.Timer(0.5, reserved.listen)
            timer.start()
            result = load(reserved.getsockname()[1], "--rate=10", "--requests=2", "--wait-seconds=10", "--timeout-ms=100")
            timer.join()
            self.assertEqual((result["requests"], failures(result)), (2, {"timeout": 2}))

    def test_nobody_accepts(self):
        with socket.socket() as reserved:
            reserved.bind(("127.0.0.1", 0))
            port = reserved.getsockname()[1]
            done = subprocess.run([OPENLOAD, f"--url=http://127.0.0.1:{port}/", "--rate=10", "--requests=2", "--wait-seconds=0.3"],
                                  capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn(f"nobody accepts a connection at 127.0.0.1:{port} within 0.3 s: Connection refused", done.stderr)


class ItsProgress(unittest.TestCase):
    def test_is_a_line_a_second_where_nobody_sees_it_change(self):
        with Server(answering(OK)) as server:
            done = subprocess.run([OPENLOAD, f"--url=http://127.0.0.1:{server.port}/", "--rate=20", "--requests=45", "--live"],
                                  capture_output=True, text=True, timeout=60, check=True)
        lines = done.stderr.splitlines()
        self.assertGreaterEqual(len(lines), 2)
        for line in lines:
            self.assertRegex(line, r"\d+ ok, 0 failed")
        self.assertNotIn("\r", done.stderr)


class ItsEnd(unittest.TestCase):
    def end(self, behave, number, *flags, after=1):
        """The report of a load that is told to end after so many connections, and how long that took."""
        with Server(behave) as server:
            process = subprocess.Popen([OPENLOAD, f"--url=http://127.0.0.1:{server.port}/", "--json", *flags],
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            while server.accepted < after:
                time.sleep(0.01)
            process.send_signal(number)
            told = time.monotonic()
            out, _ = process.communicate(timeout=30)
            self.assertEqual(process.returncode, 0)
            return json.loads(out), time.monotonic() - told

    def test_a_signal_ends_the_arrivals_and_the_report_comes(self):
        for number, flags in ((signal.SIGTERM, ("--rate=100", "--seconds=60")), (signal.SIGINT, ("--rate=max", "--requests=1000000"))):
            with self.subTest(flags):
                result, took = self.end(answering(OK), number, *flags, after=20)
                self.assertGreater(result["ok"], 10)
                self.assertEqual((result["failed"], result["requests"]), (0, result["ok"]))
                self.assertLess(took, 5)

    def test_no_arrival_is_waited_for(self):
        result, took = self.end(answering(OK), signal.SIGTERM, "--rate=0.05", "--seconds=100")
        self.assertEqual(result["requests"], 1)
        self.assertLess(took, 5)

    @staticmethod
    def slow(connection):
        with connection:
            read_head(connection)
            time.sleep(1)
            connection.sendall(OK)

    def test_what_is_in_flight_is_waited_for(self):
        result, _ = self.end(self.slow, signal.SIGTERM, "--rate=10", "--seconds=60", after=4)
        self.assertGreater(result["requests"], 3)
        self.assertEqual(result["failed"], 0)

    def test_a_signal_after_the_last_arrival_costs_no_report(self):
        result, _ = self.end(self.slow, signal.SIGTERM, "--rate=10", "--requests=1")
        self.assertEqual((result["requests"], result["failed"]), (1, 0))

    def test_the_time_is_that_of_the_requests(self):
        result, _ = self.end(answering(OK), signal.SIGTERM, "--rate=10", "--seconds=60", "--live", after=13)
        self.assertAlmostEqual(result["elapsedSeconds"], (result["requests"] - 1) / 10, delta=0.5)

    def test_too_many_arrivals_do_not_keep_it_from_ending(self):
        _, took = self.end(answering(OK), signal.SIGTERM, "--rate=1000000", "--seconds=60", "--connections=keep-alive", "--timeout-ms=500")
        self.assertLess(took, 30)

    def test_a_signal_before_the_first_arrival_ends_it(self):
        with socket.socket() as reserved:
            reserved.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{reserved.getsockname()[1]}/"
            process = subprocess.Popen([OPENLOAD, f"--url={url}", "--rate=1", "--seconds=1", "--wait-seconds=60"])
            time.sleep(0.5)
            process.send_signal(signal.SIGTERM)
            self.assertNotEqual(process.wait(timeout=10), 0)

    def test_a_failure_says_when_its_request_was_to_be_sent(self):
        with Server(silent) as server:
            first = load(server.port, "--rate=10", "--requests=1", "--timeout-ms=400")["firstFailures"][0]
        self.assertEqual(first["scheduledSeconds"], 0)
        self.assertAlmostEqual(first["atSeconds"], 0.4, delta=0.3)


class WithTheApp(unittest.TestCase):
    def start(self, *flags):
        process = subprocess.Popen([APP, "--port=0", "--host=127.0.0.1", "--work-ms=1", *flags],
                                   stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, int(re.search(r"listens on [\d.]+:(\d+)", process.stderr.readline()).group(1))

    def run_and_signal(self, number, *flags, app=(), path="/"):
        """Of 300 requests in three seconds 50 are answered before the signal, however long they take to begin."""
        process, port = self.start(*app)

        def answered():
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                return sum(float(count) for count in re.findall(r"^http_requests_total{.*} (.*)$", answer.read().decode(), re.M))

        before = 0

        def signal_it():
            nonlocal before
            while (before := answered()) < 50:
                time.sleep(0.02)
            process.send_signal(number)
        signaller = threading.Thread(target=signal_it, daemon=True)
        signaller.start()
        result = load(port, "--rate=100", "--requests=300", *flags, path=path)
        signaller.join(30)
        self.assertIn(before, range(50, 300), "answers before the signal; all of them: it came too late to test anything")
        return result

    def test_a_kill_in_the_middle_fails_the_rest(self):
        for arm in ("new", "keep-alive"):
            with self.subTest(arm):
                result = self.run_and_signal(signal.SIGKILL, f"--connections={arm}")
                self.assertEqual(result["requests"], 300)
                self.assertGreaterEqual(result["ok"], 50)
                self.assertGreaterEqual(result["failures"]["refused"], 50)

    def test_a_kill_resets_what_is_in_flight(self):
        result = self.run_and_signal(signal.SIGKILL, app=("--workers=1",), path="/work?ms=9")
        self.assertGreater(result["failures"]["reset"] + result["failures"]["truncated"], 0)

    def test_a_graceful_stop_fails_nothing(self):
        for arm in ("new", "keep-alive"):
            with self.subTest(arm):
                result = self.run_and_signal(signal.SIGTERM, f"--connections={arm}")
                self.assertEqual((result["ok"], result["failed"]), (300, 0))

    def test_the_app_errors_are_counted(self):
        _, port = self.start("--error-rate=1")
        self.assertEqual(failures(load(port, "--rate=100", "--requests=20")), {"status5xx": 20})

    def test_closed_loop_reaches_the_capacity(self):
        _, port = self.start()
        result = load(port, "--rate=max", "--concurrency=4", "--seconds=1", "--connections=keep-alive", "--timeline")
        self.assertEqual(result["failed"], 0)
        self.assertGreater(result["okPerSecond"], 50)
        self.assertEqual(sum(second["ok"] for second in result["timeline"]), result["ok"])


if __name__ == "__main__":
    unittest.main()

"""The real app over TCP: connections, limits, malformed and slow clients, overload."""
import re
import subprocess
import threading
import time
import unittest

from running_app import BINARY, App, ask, read_answer

KIB = 1024


class Connections(unittest.TestCase):
    def test_one_connection_carries_many_requests(self):
        with App("--work-ms=0.1", "--instance=me", "--version-label=1.2.3") as app, app.connect() as connection:
            for _ in range(3):
                status, headers, body = ask(connection)
                self.assertEqual((status, body), (200, "Hello from me (v1.2.3)\n"))
                self.assertEqual((headers["x-instance"], headers["x-version"]), ("me", "1.2.3"))
                self.assertNotIn("connection", headers)

    def test_pipelined_requests_are_answered_in_order(self):
        with App("--work-ms=0") as app, app.connect() as connection:
            connection.sendall(b"GET /work?ms=0 HTTP/1.1\r\nHost: t\r\n\r\nGET /nope HTTP/1.1\r\nHost: t\r\n"
                               b"Connection: close\r\n\r\n")
            data = b""
            while part := connection.recv(65536):
                data += part
            self.assertEqual(re.findall(rb"HTTP/1.1 (\d+)", data), [b"200", b"404"])

    def test_recycles_a_connection_after_so_many_requests(self):
        with App("--work-ms=0", "--max-requests-per-connection=2") as app, app.connect() as connection:
            self.assertNotIn("connection", ask(connection)[1])
            self.assertEqual(ask(connection)[1]["connection"], "close")
            self.assertEqual(connection.recv(1), b"")

    def test_http_1_0_is_closed_after_its_answer(self):
        with App("--work-ms=0") as app, app.connect() as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            self.assertEqual(read_answer(connection)[0], 200)
            self.assertEqual(connection.recv(1), b"")

    def test_head_has_no_body(self):
        with App("--work-ms=0") as app:
            status, headers, body = app.get("/", method="HEAD")
            self.assertEqual((status, body), (200, ""))
            self.assertGreater(int(headers["Content-Length"]), 0)


class Limits(unittest.TestCase):
    def send(self, data):
        with App("--work-ms=0") as app, app.connect() as connection:
            connection.sendall(data)
            status, headers, _ = read_answer(connection)
            after = app.get("/")[0]
            self.assertEqual(after, 200, "it goes on serving others")
            return status, headers

    def head(self, size):
        start = b"GET / HTTP/1.1\r\nHost: t\r\nX-Fill: "
        return start + b"a" * (size - len(start) - 4) + b"\r\n\r\n"

    def test_a_head_of_16_kib_passes_and_a_longer_one_is_431(self):
        self.assertEqual(self.send(self.head(16 * KIB))[0], 200)
        status, headers = self.send(self.head(16 * KIB + 1))
        self.assertEqual((status, headers["connection"]), (431, "close"))
        self.assertEqual(self.send(self.head(200 * KIB))[0], 431)

    def test_a_body_of_1_mib_passes_and_a_longer_one_is_413(self):
        def post(size):
            return f"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: {size}\r\n\r\n".encode() + b"b" * size
        self.assertEqual(self.send(post(KIB * KIB))[0], 200)
        status, headers = self.send(post(KIB * KIB + 1))
        self.assertEqual((status, headers["connection"]), (413, "close"))
        self.assertEqual(self.send(post(3 * KIB * KIB))[0], 413)

    def test_a_chunked_body_has_the_same_limit(self):
        chunk = b"10000\r\n" + b"c" * 65536 + b"\r\n"
        head = b"POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
        self.assertEqual(self.send(head + chunk * 16 + b"0\r\n\r\n")[0], 200)
        self.assertEqual(self.send(head + chunk * 17 + b"0\r\n\r\n")[0], 413)

    def test_what_is_not_http_is_400_and_closed(self):
        for data in (b"rubbish\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
                     b"GET / HTTP/9.9\r\n\r\n", b"GET  / HTTP/1.1\r\n\r\n",
                     b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
                     b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"):
            with self.subTest(data):
                status, headers = self.send(data)
                self.assertEqual((status, headers["connection"]), (400, "close"))

    def test_a_client_that_asks_first_may_go_on(self):
        with App("--work-ms=0") as app, app.connect() as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            self.assertEqual(connection.recv(100), b"HTTP/1.1 100 Continue\r\n\r\n")
            connection.sendall(b"ab")
            self.assertEqual(read_answer(connection)[0], 200)

    def test_a_client_that_drips_its_head_is_closed_after_ten_seconds(self):
        with App("--work-ms=0") as app, app.connect() as connection:
            begun = time.monotonic()
            try:
                for byte in b"GET / HTTP/1.1\r\nHost: slow":
                    connection.sendall(bytes([byte]))
                    time.sleep(0.5)
                connection.recv(1)
            except ConnectionError:
                pass
            self.assertLess(time.monotonic() - begun, 14)
            self.assertEqual(app.get("/")[0], 200)


class Overload(unittest.TestCase):
    def test_probes_are_answered_while_work_queues_up(self):
        with App() as app:
            clients = [threading.Thread(target=app.get, args=("/work?ms=100",)) for _ in range(15)]
            for client in clients:
                client.start()
            time.sleep(0.2)
            begun = time.monotonic()
            self.assertEqual(app.get("/healthz")[0], 200)
            took = time.monotonic() - begun
            metrics = app.get("/metrics")[2]
            for client in clients:
                client.join()
            self.assertLess(took, 0.5, "the queue is worth well over a second")
            depth = [line for line in metrics.split("\n") if line.startswith("app_queue_depth ")][0]
            self.assertGreater(float(depth.split()[1]), 3)
            self.assertIn("app_queue_depth 0\n", app.get("/metrics")[2])

    def test_the_start_delay_holds_readiness_and_answers_back(self):
        with App("--start-delay=1", "--work-ms=0") as app:
            self.assertEqual([app.get(path)[0] for path in ("/", "/readyz", "/healthz")], [503, 503, 200])
            time.sleep(1.1)
            self.assertEqual([app.get(path)[0] for path in ("/", "/readyz", "/healthz")], [200, 200, 200])


class Flags(unittest.TestCase):
    def test_bad_use_is_exit_2_and_names_the_flag(self):
        for flag in ("--bogus", "--work-ms=x", "--crash-after=3-1s"):
            done = subprocess.run([BINARY, flag], capture_output=True, text=True, timeout=10, check=False)
            self.assertEqual(done.returncode, 2)
            self.assertIn(flag.split("=")[0], done.stderr)

    def test_a_port_in_use_is_exit_1_and_named(self):
        with App() as app:
            done = subprocess.run([BINARY, "--host=127.0.0.1", f"--port={app.port}"], capture_output=True, text=True,
                                  timeout=10, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(str(app.port), done.stderr)


if __name__ == "__main__":
    unittest.main()

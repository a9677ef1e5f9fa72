"""Starts the real app for a test and speaks raw HTTP to it."""
import http.client
import os
import re
import signal
import socket
import subprocess
import threading

BINARY = os.environ["APP_BINARY"]


class App:
    """A running app on a free port; killed at the end of the test if it still runs."""

    def __init__(self, *flags):
        self.process = subprocess.Popen([BINARY, "--port=0", "--host=127.0.0.1", *flags],
                                        stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        found = re.search(r"listens on [\d.]+:(\d+)", line)
        assert found, line + self.process.stderr.read()
        self.port = int(found.group(1))
        # Whoever stops reading a pipe stops its writer, too.
        self.reader = threading.Thread(target=self.process.stderr.read)
        self.reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stderr.close()

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def get(self, path, method="GET"):
        """(status, headers, body) over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        finally:
            connection.close()

    def signal(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def wait(self, seconds=30):
        return self.process.wait(seconds)


def ask(connection, path="/"):
    """Sends one request on a connection that may be kept, and gives (status, headers in small letters, body)."""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
    return read_answer(connection)


def read_answer(connection):
    """The next answer; ConnectionError when there is none."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            raise ConnectionError("closed before an answer")
        data += part
    head, body = data.split(b"\r\n\r\n", 1)
    lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}
    while len(body) < int(headers.get("content-length", 0)):
        part = connection.recv(65536)
        if not part:
            raise ConnectionError("closed in the middle of an answer")
        body += part
    return int(lines[0].split()[1]), headers, body.decode()

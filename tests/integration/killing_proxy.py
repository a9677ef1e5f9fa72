"""Stands between the operator and the API server, counts what the operator writes, and has it killed at one of the writes."""
import contextlib
import http.client
import http.server
import json
import secrets
import socket
import ssl
import threading
import time

import yaml

SINGLE = ("Host", "Authorization", "Connection")  # are of one connection or of one server
UNCOUNTED = ("events", "leases")


class Killed(Exception):
    """Whoever waits for this answer does not live any more."""


class KillingProxy:
    """Plain HTTP, for who has the token, on one side; on the other the API server, as the cluster's administrator. Between the
    two nothing is buffered, so that watches tell in time. `writes` are those of the life of the proxy, in their order, as
    "PATCH scaledapps/web/status": all but Events, leases and dry runs."""

    def __init__(self, cluster):
        server = yaml.safe_load(cluster.kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
        self.host = server.removeprefix("https://")
        pki = cluster.state / "pki"
        self.tls = ssl.create_default_context(cafile=pki / "ca.crt")
        self.tls.load_cert_chain(pki / "admin.crt", pki / "admin.key")
        self.token = secrets.token_hex(16)
        self.writes, self.wrote_at, self.struck = [], time.monotonic(), None
        self._strike, self._dead, self._lock, self._open = None, False, threading.Lock(), set()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self):
                super().setup()
                self.upstream = proxy.connection()
                proxy._open.add(self.upstream)

            def finish(self):
                proxy._open.discard(self.upstream)
                self.upstream.close()
                with contextlib.suppress(OSError):
                    super().finish()

            def relay(self):
                try:
                    proxy._relay(self)
                except (Killed, OSError, ValueError, AttributeError, http.client.HTTPException):
                    self.close_connection = True  # One of the two sides is gone, and so the other is told.

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = relay

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self._cut()

    def connection(self, timeout=120):
        """To the API server itself."""
        return http.client.HTTPSConnection(self.host, context=self.tls, timeout=timeout)

    def kubeconfig(self, path):
        """Of a way that leads through here."""
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "killing",
            "contexts": [{"name": "killing", "context": {"cluster": "killing", "user": "killing"}}],
            "clusters": [{"name": "killing", "cluster": {"server": f"http://127.0.0.1:{self.server.server_address[1]}"}}],
            "users": [{"name": "killing", "user": {"token": self.token}}]}))
        path.chmod(0o600)
        return path

    def strike(self, due, before, kill):
        """`kill` is called at the first write for which `due(how many came before it from now on, what it is)` is true:
        `before` it is passed on, or once the API server has answered. Nobody hears the answer, and nothing passes until
        `revive`."""
        with self._lock:
            self._strike, self.struck = (len(self.writes), due, before, kill), None

    def revive(self):
        """The next process may begin. What was not struck at is not struck at any more."""
        with self._lock:
            self._strike, self._dead = None, False

    def _relay(self, request):
        if request.headers["Authorization"] != f"Bearer {self.token}":
            return request.send_error(401)
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        with self._lock:
            if self._dead:
                raise Killed
            after = self._note(request)
        headers = {name: value for name, value in request.headers.items() if name not in SINGLE}
        request.upstream.request(request.command, request.path, body=body or None, headers=headers)
        answer = request.upstream.getresponse()
        if "watch=" in request.path and answer.status == 200:
            return self._stream(request, answer)
        content = answer.read()
        if after:
            with self._lock:
                self._kill(after)
        self._head(request, answer, "Content-Length", str(len(content)))
        request.wfile.write(content)

    def _note(self, request):
        """Counts it if it is a write. What is to be called once it is answered, if fate strikes there."""
        path, _, query = request.path.partition("?")
        parts = path.split("/namespaces/")[-1].split("/")[1:]
        if request.command == "GET" or "dryRun" in query or not parts or parts[0] in UNCOUNTED:
            return None
        self.writes.append(f"{request.command} {'/'.join(parts)}")
        self.wrote_at = time.monotonic()
        if not self._strike:
            return None
        begun, due, before, kill = self._strike
        if not due(len(self.writes) - 1 - begun, self.writes[-1]):
            return None
        self._strike = None
        if before:
            self._kill(kill)
        return kill

    def _kill(self, kill):
        self._dead = True
        kill()
        self._cut()
        self.struck = self.writes[-1]
        raise Killed

    def _cut(self):
        """Ends the watches of the dead, which would wait for an event to notice."""
        for connection in list(self._open):
            with contextlib.suppress(OSError, AttributeError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    def _head(self, request, answer, *last):
        request.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name not in ("Content-Length", "Transfer-Encoding", "Connection"):
                request.send_header(name, value)
        request.send_header(*last)
        request.end_headers()

    def _stream(self, request, answer):
        self._head(request, answer, "Transfer-Encoding", "chunked")
        while piece := answer.read1(65536):
            request.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        request.wfile.write(b"0\r\n\r\n")

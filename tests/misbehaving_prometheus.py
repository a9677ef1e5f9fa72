"""A Prometheus that does wrong what a server, a proxy or a network can do wrong."""
import http.server
import json
import threading
import time
import urllib.error
import urllib.request


def vector(*values, at=None, **more):
    result = [{"metric": {"pod": str(i)}, "value": [at or time.time(), value]} for i, value in enumerate(values)]
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}, **more}).encode()


class Misbehaving:
    """Answers every query as `fault` says; without one, as the Prometheus at `upstream` does, or with `value`. With `token`,
    only who bears it."""

    def __init__(self, value=None, upstream=None, tls=None, host="127.0.0.1"):
        self.fault, self.value, self.upstream, self.token, self.asked, source = None, value, upstream, None, 0, self
        self.released = threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                source.asked += 1
                if source.token and self.headers["Authorization"] != f"Bearer {source.token}":
                    return self.answer(401, f"who is {self.headers['Authorization']}?".encode())
                length = int(self.headers.get("Content-Length", 0))
                self.body = self.rfile.read(length) if length else None
                return (source.fault or Misbehaving.well)(source, self)
            do_POST = do_GET

            def answer(self, status, body, length=None, **headers):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body) if length is None else length))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer((host, 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # Clients that give up are part of the test.
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://{host}:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def well(self, request):
        if not self.upstream:
            return request.answer(200, vector(str(self.value)))
        headers = {name: request.headers[name] for name in ("Accept", "Content-Type") if name in request.headers}
        asked = urllib.request.Request(self.upstream + request.path, data=request.body, headers=headers, method=request.command)
        try:
            with urllib.request.urlopen(asked, timeout=5) as said:
                request.answer(said.status, said.read())
        except urllib.error.HTTPError as refusal:
            request.answer(refusal.code, refusal.read())
        except OSError as error:
            request.answer(502, str(error).encode())

    def empty(self, request):
        request.answer(200, vector())

    def nan(self, request):
        request.answer(200, vector("NaN"))

    def infinite(self, request):
        request.answer(200, vector("-Inf"))

    def several(self, request):
        request.answer(200, vector("1", "2"))

    def stale(self, request):
        request.answer(200, vector("1", at=time.time() - 3600))

    def partial(self, request):
        request.answer(200, vector("1", warnings=["Partial response: store-1 did not answer"]))

    def broken(self, request):
        request.answer(500, b"panic: runtime error")

    def error_with_200(self, request):
        request.answer(200, b'{"status":"error","errorType":"bad_data","error":"parse error at char 7"}')

    def truncated(self, request):
        body = vector("1")
        request.close_connection = True
        request.answer(200, body[:-9], length=len(body))

    def half_a_body(self, request):
        request.answer(200, vector("1")[:-9])

    def slow(self, request):
        self.released.wait(60)
        request.answer(200, vector("1"))

    def dribbling(self, request):
        body = vector("1").ljust(10_000)
        request.answer(200, b"", length=len(body))
        for byte in body:
            if self.released.wait(0.2):
                return
            request.wfile.write(bytes([byte]))

    def huge(self, request):
        request.answer(200, vector("1") + b" " * (20 << 20))

    def redirecting(self, request):
        request.answer(302, b"", Location=self.elsewhere)

    def login_page(self, request):
        request.answer(200, b"<html>Please log in</html>")

    def stop(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

"""A Prometheus that says what a test wants."""
import http.server
import json
import threading
import time


class Prometheus:
    """Answers every instant query with one number; without a number, with 503."""

    def __init__(self):
        self.value, self.queries, source = 10.0, [], self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                source.queries.append(self.path)
                result = [] if source.value == "empty" else [
                    {"metric": {}, "value": [time.time(), str(source.value)]}]
                body = json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}}).encode()
                self.send_response(200 if source.value is not None else 503)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            do_POST = do_GET

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

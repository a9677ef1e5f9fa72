"""A Prometheus that answers quickly enough to measure who asks it: several thousand instant queries a second.

A process of its own: fast_prometheus.py PORT. Whatever is asked has the value 300, or what `set` made of it; while it
wobbles, within 4 % of that. Each answer takes `delay` seconds, so that requests overlap as they do at a real server.
"""
import asyncio
import json
import pathlib
import random
import subprocess
import sys
import time
import urllib.parse
import urllib.request

VALUE = 300.0


class Server:
    def __init__(self):
        self.values, self.wobbles, self.delay = {}, False, 0.0
        self.in_flight = 0
        self.reset()

    def reset(self):
        self.asked, self.most, self.first, self.last = {}, 0, None, None

    def value(self, query):
        value = self.values.get(query, VALUE)
        return value * random.uniform(0.96, 1.04) if self.wobbles else value

    def answer(self, query):
        result = [{"metric": {}, "value": [time.time(), repr(self.value(query))]}]
        return json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}}).encode()

    def control(self, path, body):
        if path == "/control/set":
            told = json.loads(body)
            self.values.update(told.get("values", {}))
            self.wobbles, self.delay = told.get("wobbles", self.wobbles), told.get("delay", self.delay)
            return b"{}"
        said = json.dumps({"requests": sum(self.asked.values()), "distinct": len(self.asked), "mostInFlight": self.most,
                           "fewest": min(self.asked.values(), default=0), "most": max(self.asked.values(), default=0),
                           "took": (self.last or 0) - (self.first or 0)}).encode()
        if path == "/control/take":
            self.reset()
        return said


class Connection(asyncio.Protocol):
    def __init__(self, server):
        self.server, self.received = server, b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.received += data
        while True:
            head, end, rest = self.received.partition(b"\r\n\r\n")
            if not end:
                return
            lines = head.split(b"\r\n")
            length = next((int(line.split(b":")[1]) for line in lines[1:]
                           if line.lower().startswith(b"content-length:")), 0)
            if len(rest) < length:
                return
            body, self.received = rest[:length], rest[length:]
            self.asked(lines[0].split(b" ")[1].decode(), body.decode())

    def asked(self, target, body):
        path, _, parameters = target.partition("?")
        if path.startswith("/control/"):
            return self.send(self.server.control(path, body))
        query = urllib.parse.parse_qs(parameters or body)["query"][0]
        server = self.server
        server.asked[query] = server.asked.get(query, 0) + 1
        server.in_flight += 1
        server.most = max(server.most, server.in_flight)
        server.first = server.first or time.monotonic()
        if server.delay:
            asyncio.get_running_loop().call_later(server.delay, self.finish, query)
        else:
            self.finish(query)

    def finish(self, query):
        self.server.in_flight -= 1
        self.server.last = time.monotonic()
        self.send(self.server.answer(query))

    def send(self, body):
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                             % (len(body), body))


class FastPrometheus:
    """The process, as the bench sees it."""

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen([sys.executable, pathlib.Path(__file__).resolve(), str(port)])
        deadline = time.monotonic() + 10
        while True:
            try:
                self.take()
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def _call(self, verb, body=b""):
        with urllib.request.urlopen(f"{self.url}/control/{verb}", data=body or None, timeout=10) as answer:
            return json.loads(answer.read())

    def set(self, **told):
        self._call("set", json.dumps(told).encode())

    def take(self):
        """What was asked since the last time, and begins to count anew."""
        return self._call("take")

    def stop(self):
        self.process.terminate()
        self.process.wait()


async def main(port):
    server = Server()
    listening = await asyncio.get_running_loop().create_server(lambda: Connection(server), "127.0.0.1", port,
                                                               backlog=1024)
    await listening.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))

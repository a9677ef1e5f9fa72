"""Follows the objects of one kind, event by event, and knows when it did not see every one."""
import http.client
import json
import socket
import threading
import time
import urllib.parse

from .access import Answer, Kube

_AT_MOST = 7200  # seconds; a watch that asks for no time is ended by the API server after 30 to 60 minutes
_CATCH_UP = 10  # seconds that what happened before stop() has to arrive


class Watch:
    """`items` are the objects that were there; `follow` tells what happened to them since."""

    def __init__(self, kube: Kube, path, **query):
        listed = kube.json(path, **query)
        self.items = listed["items"]
        self.broken = None  # why not every event was seen
        self._kube, self._path, self._query = kube, path, query
        self._seen = {_name(item): (_version(item), True) for item in self.items}  # of each name the last, and if it is there
        self._target = path + "?" + urllib.parse.urlencode(
            {**query, "watch": 1, "resourceVersion": listed["metadata"]["resourceVersion"], "timeoutSeconds": _AT_MOST})
        self._stopping = False

    def follow(self, take):
        """Calls `take(event)` for each event, in a thread of its own, until `stop`."""
        self._connection = self._kube.connection(timeout=_AT_MOST)
        self._connection.request("GET", self._target)
        self._socket = self._connection.sock  # getresponse() takes it away from the connection
        self._answer = self._connection.getresponse()
        self._thread = threading.Thread(target=self._read, args=(take,), daemon=True)
        self._thread.start()
        return self

    def _read(self, take):
        try:
            while (line := self._line()).endswith(b"\n"):
                event = json.loads(line)
                if event.get("type") not in ("ADDED", "MODIFIED", "DELETED"):  # an ERROR, or an answer that is no watch
                    self._break((event.get("object") or event).get("message") or line.decode(errors="replace"))
                    return
                take(event)
                self._seen[_name(event["object"])] = _version(event["object"]), event["type"] != "DELETED"
        except Exception as error:  # Whatever it is, the events after it are not seen.
            self._break(repr(error))
        else:
            if not self._stopping:
                self._break(f"it ended early, with {line.decode(errors='replace')!r}")

    def _line(self):
        """Nothing or a part at the end, which stop() may bring about in any way."""
        try:
            return self._answer.readline()
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            if self._stopping:
                return b""
            raise

    def _break(self, why):
        self.broken = f"not every event was seen: {why}"

    def _catch_up(self):
        """Waits for what there is now."""
        listed = self._kube.json(self._path, **self._query)
        there = {_name(item): _version(item) for item in listed["items"]}
        deadline = time.monotonic() + _CATCH_UP
        while self._thread.is_alive():
            behind = [name for name, version in there.items() if self._seen.get(name, (0, True))[0] < version]
            behind += [f"the end of {name}" for name, (version, is_there) in list(self._seen.items())
                       if is_there and name not in there and version <= _version(listed)]
            if not behind:
                return
            if time.monotonic() > deadline:
                self._break(f"after {_CATCH_UP} s it was still behind with {', '.join(behind)}")
                return
            time.sleep(0.05)

    def stop(self):
        """Ends it once what has happened so far was seen: why not every event was, or None."""
        try:
            self._catch_up()
        except (OSError, Answer, http.client.HTTPException) as error:
            self._break(f"what there is at the end could not be read: {error!r}")
        self._stopping = True
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # It had ended already, which _read() has noted.
        self._thread.join(5)
        if self._thread.is_alive():
            self._break("what takes them is still at work")
        self._connection.close()
        return self.broken


def _name(item):
    return item["metadata"]["name"]


def _version(item):
    """Of an object or a list: a number that grows with each write, as in every API server over etcd."""
    return int(item["metadata"]["resourceVersion"])

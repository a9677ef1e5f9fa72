"""Follows the objects of one kind, event by event, and knows when it did not see every one."""
import json
import socket
import threading
import urllib.parse

from .access import Kube

_AT_MOST = 7200  # seconds; the API server ends a watch of a shorter life by itself


class Watch:
    """`items` are the objects that were there; `follow` tells what happened to them since."""

    def __init__(self, kube: Kube, path, **query):
        listed = kube.json(path, **query)
        self.items = listed["items"]
        self.broken = None  # why not every event was seen
        self._kube = kube
        self._path = path + "?" + urllib.parse.urlencode(
            {**query, "watch": 1, "resourceVersion": listed["metadata"]["resourceVersion"], "timeoutSeconds": _AT_MOST})
        self._stopping = False

    def follow(self, take):
        """Calls `take(event)` for each event, in a thread of its own, until `stop`."""
        self._connection = self._kube.connection(timeout=_AT_MOST)
        self._connection.request("GET", self._path)
        self._socket = self._connection.sock  # getresponse() takes it away from the connection
        self._answer = self._connection.getresponse()
        self._thread = threading.Thread(target=self._read, args=(take,), daemon=True)
        self._thread.start()
        return self

    def _read(self, take):
        why = "it ended early"
        try:
            while line := self._answer.readline():
                event = json.loads(line)
                if event.get("type") not in ("ADDED", "MODIFIED", "DELETED"):  # an ERROR, or an answer that is no watch
                    why = (event.get("object") or event).get("message") or line.decode(errors="replace")
                    break
                take(event)
        except Exception as error:  # Whatever it is, the events after it are not seen.
            why = repr(error)
        if not self._stopping:
            self.broken = f"not every event was seen: {why}"

    def stop(self):
        """Why not every event was seen, or None."""
        self._stopping = True
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # It had ended already, which _read() has noted.
        self._thread.join(5)
        self._connection.close()
        return self.broken

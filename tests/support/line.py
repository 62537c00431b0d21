"""A line to a server on loopback that counts what goes over it, and breaks where a test wants."""

from __future__ import annotations

import contextlib
import selectors
import socket
import socketserver
import threading

_PIECE = 1 << 14


class Line:
    """Passes on bytes between its own port and `address`; use as a context manager.

    Attributes:
        carried: bytes so far, in both directions.
    """

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self.to = (host, int(port))
        self.carried = 0
        self._left: int | None = None
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"line": self})
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def address(self) -> str:
        """Host and port of this end."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def cut(self, after: int) -> None:
        """Break once: the connection on which the last of `after` more bytes go ends there."""
        with self._lock:
            self._left = after

    def carries(self, count: int) -> bool:
        """Count bytes; False where the line breaks."""
        with self._lock:
            self.carried += count
            if self._left is None:
                return True
            self._left -= count
            if self._left > 0:
                return True
            self._left = None
            return False

    def __enter__(self) -> Line:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(socketserver.BaseRequestHandler):
    line: Line

    def handle(self) -> None:
        with socket.create_connection(self.line.to) as other, contextlib.suppress(OSError):
            self._pass_on(self.request, other)

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with selectors.DefaultSelector() as ready:
            ready.register(one, selectors.EVENT_READ, other)
            ready.register(other, selectors.EVENT_READ, one)
            while True:
                for key, _ in ready.select():
                    assert isinstance(key.fileobj, socket.socket)
                    data = key.fileobj.recv(_PIECE)
                    if not data or not self.line.carries(len(data)):
                        return
                    key.data.sendall(data)

"""A registry in this process that behaves well except where a test says otherwise.

A test gives a function that sees each request first and answers it (returning True) or leaves it to the
healthy registry below. `Server.seen` lists all requests.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sregistry.references import RegistryReference, parse
from tests.support import images, tars
from tests.support.images import Image

Script = Callable[["Request"], bool]


def behave(request: Request) -> bool:
    """No fault at all."""
    return False


def tiny(name: str = "tiny", size: int = 200_000, **options: Any) -> Image:
    """A small image of two layers, the second with `size` bytes that hardly compress."""
    noise = b"".join(f"{name}{number * 2654435761 % 2**32:x}".encode() for number in range(size // 12))
    first = tars.archive(tars.file("etc/name", name.encode()))
    return images.image([first, tars.archive(tars.file("data", noise))], {"Cmd": ["/bin/sh"]}, **options)


@dataclass
class Contents:
    """What the healthy registry holds, whatever the repository: manifests by tag and digest, blobs by digest."""

    manifests: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)

    def add(self, image: Image, *tags: str) -> Contents:
        for blob in image.blobs:
            self.blobs[blob.digest] = blob.data
        return self.add_manifest(image.manifest.data, image.manifest.media_type, *tags)

    def add_manifest(self, raw: bytes, media_type: str, *tags: str) -> Contents:
        digest = images.Blob(media_type, raw).digest
        for name in (digest, *tags):
            self.manifests[name] = (media_type, raw)
        return self


class Request:
    """One request, and the ways to answer it."""

    def __init__(self, handler: http.server.BaseHTTPRequestHandler, server: Server) -> None:
        self.server = server
        self.handler = handler
        self.method = handler.command
        self.headers = handler.headers
        self.path, _, self.query = handler.path.partition("?")
        self.body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        parts = self.path.strip("/").split("/")
        self.kind = "ping" if self.path.rstrip("/") == "/v2" else "other"
        self.name = ""
        if parts[0] == "v2" and len(parts) > 3:
            self.kind, self.name = parts[-2].rstrip("s"), parts[-1]
        elif parts[0] in ("token", "store"):
            self.kind, self.name = parts[0], parts[-1]

    @property
    def authorization(self) -> str | None:
        return self.headers.get("Authorization")

    @property
    def parameters(self) -> dict[str, list[str]]:
        return parse_qs(self.query)

    def number(self, key: str) -> int:
        """How often this was called with `key`: 1, 2…"""
        with self.server.lock:
            self.server.counts[key] = self.server.counts.get(key, 0) + 1
            return self.server.counts[key]

    def reply(self, status: int, body: object = b"", media_type: str = "application/json", **headers: object) -> bool:
        data = body if isinstance(body, bytes) else images.encode(body)
        fields = {"Content-Type": media_type, "Content-Length": len(data)}
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        self.head(status, {name: value for name, value in fields.items() if value is not None})
        if self.method != "HEAD":
            self.write(data)
        return True

    def head(self, status: int, fields: dict[str, object]) -> bool:
        self.handler.send_response(status)
        for name, value in fields.items():
            self.handler.send_header(name, str(value))
        self.handler.end_headers()
        return True

    def write(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            self.handler.wfile.write(data)

    def error(self, status: int, code: str, message: str, **headers: object) -> bool:
        return self.reply(status, {"errors": [{"code": code, "message": message, "detail": None}]}, **headers)

    def page(self, status: int, title: str) -> bool:
        return self.reply(status, f"<!DOCTYPE html><html><title>{title}</title></html>".encode(), "text/html")

    def redirect(self, location: str, status: int = 307) -> bool:
        return self.reply(status, Location=location)

    def challenge(self, value: str, status: int = 401) -> bool:
        return self.error(status, "UNAUTHORIZED", "authentication required", WWW_Authenticate=value)

    def raw(self, data: bytes) -> bool:
        """Send bytes that need not be HTTP, then hang up."""
        self.write(data)
        return self.hang_up()

    def hang_up(self) -> bool:
        self.handler.close_connection = True
        self.handler.wfile.flush()
        with contextlib.suppress(OSError):
            self.handler.connection.shutdown(socket.SHUT_RDWR)
        return True

    def wait(self, seconds: float = 60) -> bool:
        """Say nothing until the test is over."""
        self.server.over.wait(seconds)
        return self.hang_up()

    def serve(self) -> None:
        """The healthy registry."""
        held = self.server.contents
        if self.kind == "ping":
            self.reply(200, {}, Docker_Distribution_Api_Version="registry/2.0")
        elif self.kind == "manifest" and self.name in held.manifests:
            media_type, raw = held.manifests[self.name]
            self.reply(200, raw, media_type, Docker_Content_Digest=images.Blob("", raw).digest)
        elif self.kind == "manifest":
            self.error(404, "MANIFEST_UNKNOWN", "manifest unknown")
        elif self.kind in ("blob", "store") and self.name in held.blobs:
            self.blob(held.blobs[self.name])
        elif self.kind == "blob":
            self.error(404, "BLOB_UNKNOWN", "blob unknown to registry")
        elif self.kind == "tag":
            self.reply(200, {"name": "x", "tags": [name for name in held.manifests if ":" not in name]})
        else:
            self.reply(404, b"404 page not found\n", "text/plain")

    def blob(self, data: bytes) -> bool:
        wanted = self.headers.get("Range", "").removeprefix("bytes=").partition("-")[0]
        if not wanted:
            return self.reply(200, data, "application/octet-stream")
        start = int(wanted)
        shown = f"bytes {start}-{len(data) - 1}/{len(data)}"
        return self.reply(206, data[start:], "application/octet-stream", Content_Range=shown)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "scripted", ""

    def do_GET(self) -> None:
        owner: Server = self.server.owner  # type: ignore[attr-defined]
        request = Request(self, owner)
        with owner.lock:
            owner.seen.append(request)
        if not owner.script(request):
            request.serve()

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_CONNECT = do_GET  # noqa: N815

    def log_message(self, *arguments: object) -> None:
        """Nothing: tests look at `Server.seen`."""


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    tls: ssl.SSLContext | None = None

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands in the thread of the connection."""
        if self.tls is None:
            super().finish_request(request, client_address)
            return
        request.settimeout(5)
        with self.tls.wrap_socket(request, server_side=True) as wrapped:
            super().finish_request(wrapped, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


class Server:
    """A scripted registry on a loopback port; use as a context manager."""

    def __init__(
        self,
        script: Script = behave,
        contents: Contents | None = None,
        *,
        host: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.script = script
        self.contents = contents or Contents()
        self.seen: list[Request] = []
        self.counts: dict[str, int] = {}
        self.lock = threading.Lock()
        self.over = threading.Event()
        self.listener = Listener((host, 0), Handler)
        self.listener.tls = tls
        self.listener.owner = self  # type: ignore[attr-defined]
        self.host = f"{host}:{self.listener.server_port}"
        self.url = f"{'https' if tls else 'http'}://{self.host}"

    def __enter__(self) -> Server:
        self.thread = threading.Thread(target=self.listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.listener.shutdown()
        self.listener.server_close()
        self.thread.join()

    def reference(self, rest: str = "team/tool:1") -> RegistryReference:
        return parse(f"docker://{self.host}/{rest}")

    def paths(self, kind: str | None = None) -> list[str]:
        return [f"{one.method} {one.path}" for one in self.seen if kind in (None, one.kind)]


@contextlib.contextmanager
def silent(answer: bytes = b"") -> Iterator[str]:
    """A port that accepts connections and says nothing, or one thing to whatever comes; gives host:port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepted: list[socket.socket] = []

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    accepted.append(connection)
                    if answer:
                        connection.recv(65536)
                        connection.sendall(answer)
                        connection.shutdown(socket.SHUT_RDWR)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in accepted:
            connection.close()


@contextlib.contextmanager
def deaf(host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """A port that answers no attempt to connect, as behind a firewall: its queue is full; gives host:port."""
    with socket.socket() as listener, contextlib.ExitStack() as stack:
        listener.bind((host, port))
        listener.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        time.sleep(0.05)
        yield f"{host}:{listener.getsockname()[1]}"


def parts(url: str) -> str:
    """The host of a URL."""
    return urlsplit(url).netloc


def decoded(body: bytes) -> Any:
    return json.loads(body)

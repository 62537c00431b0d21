"""A registry as gcr.io answers: Debian's docker-registry behind a front that does not convert manifests.

docker-registry makes a schema 1 manifest for whoever asks for that kind only; gcr.io says 404 and why.
"""

from __future__ import annotations

import http.client
import http.server
import json
import re
import ssl
import threading

_MANIFEST = re.compile(r"/v2/.+/manifests/(?P<tag>[^/:]+)")
_EVERYTHING = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json"
#: Header fields of one connection, not of the message.
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


class AsGcr:
    """Serves on a loopback port, in TLS where `context` is given, what the registry at `upstream` has.

    As at gcr.io, ``/v2/token`` is the token service: that at `tokens`.
    """

    def __init__(self, upstream: str, context: ssl.SSLContext | None = None, tokens: str = "") -> None:
        handler = type("Handler", (_Handler,), {"upstream": upstream, "tokens": tokens})
        self._server = _Server(("127.0.0.1", 0), handler)
        if context:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> AsGcr:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Nothing: clients that go away are no news."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream: str
    tokens: str

    def do_GET(self) -> None:
        self.forward()

    def do_HEAD(self) -> None:
        self.forward()

    def forward(self) -> None:
        """Pass the request on; a manifest of a kind that is not accepted is refused."""
        wanted = _MANIFEST.fullmatch(self.path)
        accepted = self.headers.get("Accept", "*/*")
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
        if wanted:
            headers["Accept"] = _EVERYTHING
        of_tokens = self.path.startswith("/v2/token?")
        connection = http.client.HTTPConnection(self.tokens if of_tokens else self.upstream, timeout=60)
        try:
            connection.request(self.command, self.path.removeprefix("/v2") if of_tokens else self.path, headers=headers)
            reply = connection.getresponse()
            body, fields = reply.read(), dict(reply.headers)
        finally:
            connection.close()
        status, kind = reply.status, fields.get("Content-Type", "")
        if wanted and status == 200 and kind not in accepted and "*/*" not in accepted:
            status, body = 404, refusal(wanted["tag"], kind, accepted)
            fields = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        self.send_response(status)
        for name, value in fields.items():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", fields.get("Content-Length", str(len(body))))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Nothing."""


def refusal(tag: str, kind: str, accepted: str) -> bytes:
    """What gcr.io says where the tag is there, but not in a format that is accepted."""
    message = f"Manifest with tag '{tag}' has media type '{kind}', but client accepts '{accepted}'."
    return json.dumps({"errors": [{"code": "MANIFEST_UNKNOWN", "message": message}]}).encode()

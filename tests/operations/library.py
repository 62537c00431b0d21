"""What tests of the Python library share: a client with a home of its own, and a registry that wants tokens."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sregistry.client import Client
from sregistry.settings import load
from tests.registry import scripted
from tests.registry.scripted import Contents, Request, Server


def client(home: Path, **given: Any) -> Client:
    """A client of somebody with an empty home folder."""
    listeners = {name: given.pop(name) for name in ("login", "progress", "on_exchange") if name in given}
    settings = {"platform": "linux/amd64", "plain_http": True, "second_look": False, **given}
    return Client(load({"HOME": str(home)}, command_line=settings), {"HOME": str(home)}, **listeners)


class Counting(Server):
    """Counts connections, and tokens that were asked for."""

    def __init__(self, contents: Contents, script: scripted.Script) -> None:
        super().__init__(script, contents)
        self.connections = 0
        accept = self.listener.get_request

        def counted() -> Any:
            self.connections += 1
            return accept()

        self.listener.get_request = counted  # type: ignore[method-assign]

    @property
    def tokens(self) -> int:
        return len(self.paths("token"))


@contextmanager
def token_registry(behave: Callable[[Request], bool] = scripted.behave) -> Iterator[Counting]:
    """A registry with the image ``team/tool:1`` that wants a bearer token for everything."""

    def script(request: Request) -> bool:
        if request.kind == "token":
            claims = base64.urlsafe_b64encode(json.dumps({"access": []}).encode()).decode()
            return request.reply(200, {"token": f"eyJ.{claims}.x", "expires_in": 300})
        if not (request.authorization or "").startswith("Bearer eyJ"):
            realm = f'Bearer realm="{request.server.url}/token",service="test",scope="repository:team/tool:pull"'
            return request.challenge(realm)
        return behave(request)

    contents = Contents().add(scripted.tiny(), "1")
    with Counting(contents, script) as server:
        yield server


def silent_blobs(request: Request) -> bool:
    """Begins to send a layer, and then says nothing more."""
    if request.kind != "blob" or request.headers.get("Accept", "").startswith("application/vnd.oci.image.config"):
        return False
    data = request.server.contents.blobs.get(request.name, b"")
    if data.startswith(b"{"):  # the config
        return False
    request.head(200, {"Content-Length": len(data), "Content-Type": "application/octet-stream"})
    request.write(data[:64])
    return request.wait()

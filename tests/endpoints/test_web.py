"""``https://`` and ``http://`` keep the contract of all endpoints, at busybox's httpd."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.endpoints.suite import USER, WRONG, EndpointSuite, LinePlace, Place, make_sif
from tests.support.fileserver import CLOSED, FileServer, file_server
from tests.support.line import Line


class FilePlace(LinePlace):
    """SIF files on a plain file server."""

    scheme = "http"
    login = (USER, WRONG)

    def __init__(self, server: FileServer, line: Line, folder: Path) -> None:
        self.server = server
        self.line = line
        self.secrets = {"password": WRONG}
        self._made = folder / "made.sif"

    def put(self, name: str, text: str, size: int = 0) -> str:
        self.server.put(f"{name}.sif", make_sif(self._made, text, size))
        return f"http://{self.line.address}/{name}.sif"

    def absent(self) -> str:
        return f"http://{self.line.address}/absent.sif"

    def refused(self) -> str:
        return self.server.put(f"{CLOSED}/tool.sif", b"")

    def spoil(self, reference: str) -> None:
        path = self.server.root / reference.rpartition("/")[2]
        data = bytearray(path.read_bytes())
        data[33] ^= 1
        path.write_bytes(data)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileServer]:
    with file_server(tmp_path_factory.mktemp("web")) as running:
        yield running


@pytest.fixture
def web_line(server: FileServer) -> Iterator[Line]:
    with Line(server.address) as opened:
        yield opened


class TestHttp(EndpointSuite):
    @pytest.fixture
    def place(self, server: FileServer, web_line: Line, tmp_path: Path) -> Place:
        return FilePlace(server, web_line, tmp_path)

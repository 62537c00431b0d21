"""A plain file server: Debian's busybox httpd, which knows ranges and ETags, and as many others no ``If-Range``."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.support import tools

#: What is below this folder is given to nobody without a login.
CLOSED = "closed"
_times = count(1_600_000_000)


@dataclass(frozen=True)
class FileServer:
    """A running server; what is put below `root` is at ``http://ADDRESS/``."""

    address: str
    root: Path

    def url(self, name: str) -> str:
        """The address of a file."""
        return f"http://{self.address}/{name}"

    def put(self, name: str, source: Path | bytes) -> str:
        """Put a file there in one step, with another date than all before it; return its address."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.new")
        if isinstance(source, bytes):
            new.write_bytes(source)
        else:
            shutil.copyfile(source, new)
        moment = next(_times)
        os.utime(new, (moment, moment))
        new.replace(path)
        return self.url(name)


@contextmanager
def file_server(folder: Path) -> Iterator[FileServer]:
    """Start a server with a root of its own in `folder`."""
    program = tools.require("busybox")
    root = folder / "files"
    root.mkdir(parents=True)
    (folder / "httpd.conf").write_text(f"/{CLOSED}:ada:correct horse\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [*program.argv, "httpd", "-f", "-p", address, "-h", str(root), "-c", str(folder / "httpd.conf")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(address, process)
        yield FileServer(address, root)
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    host, _, port = address.rpartition(":")
    for _ in range(500):
        try:
            socket.create_connection((host, int(port)), 1).close()
        except OSError:
            assert process.poll() is None, "busybox httpd has ended"
            time.sleep(0.01)
        else:
            return
    raise AssertionError(f"busybox httpd does not listen on {address}")

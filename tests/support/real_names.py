"""Registries on loopback that stand in for public ones, with small images under names that people know.

They are Debian's docker-registry; a ``registries.conf`` leads to them. Everybody may pull from all of them with
an anonymous token, as from the real ones; ``ada`` / `PASSWORD` may log in. ``registry.example.org`` asks for
nothing, nor does ``registry.site.example``, which is empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sregistry.testing.images import make_sif
from tests.support import tars, tools
from tests.support.fileserver import file_server
from tests.support.gcr import AsGcr
from tests.support.images import Image, Layer, image, layer
from tests.support.registry import DockerRegistry
from tests.support.tokens import TokenServer

USER, PASSWORD = "ada", "a token with read:packages"
PLATFORMS = ("linux/amd64", "linux/arm64")
APPLETS = ("sh", "cat", "date", "echo", "env", "grep", "id", "ls", "sleep", "uname", "wc")
OS_RELEASE = b'PRETTY_NAME="Ubuntu 24.04 LTS"\nNAME="Ubuntu"\nVERSION_ID="24.04"\nID=ubuntu\n'
TOOL = b"""#!/bin/sh
case "$1" in
  --version) echo "tool $TOOL_VERSION" ;;
  *) echo "usage: tool [--version] FILE..." ;;
esac
"""
#: Bytes of the file in the image that is a file on the web.
TOOL_SIZE = 1_000_000
#: Layers of deepvariant beyond the base, as in the walkthrough: eleven in all.
_STEPS = 10


@dataclass(frozen=True)
class World:
    """Where each registry is: name -> ``host:port``; and the service that gives their tokens.

    `files` are the file servers, in the same way. As nothing leads to them by their names, who types a page puts the
    place in.
    """

    places: Mapping[str, str]
    tokens: str
    files: Mapping[str, str]

    @property
    def registries_conf(self) -> str:
        """What leads from the names to the places."""
        return "".join(rule(name, place) for name, place in self.places.items())


def rule(prefix: str, location: str) -> str:
    """An entry of ``registries.conf``."""
    return f'[[registry]]\nprefix = "{prefix}"\nlocation = "{location}"\ninsecure = true\n\n'


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """Start the registries and fill them."""
    program = tools.require("docker-registry")
    with ExitStack() as stack:
        tokens = stack.enter_context(TokenServer({USER: PASSWORD}, anonymous_pull=True))

        def start(name: str, **options: Any) -> DockerRegistry:
            return stack.enter_context(DockerRegistry(program, folder / name, **options).running())

        ghcr, hub, gcr, quay = (start(name, tokens=tokens) for name in ("ghcr.io", "docker.io", "gcr.io", "quay.io"))
        plain, empty = start("registry.example.org"), start("registry.site.example")
        for version in ("1.2", "1.3", "latest"):
            push_tool(ghcr, "team/tool", version)
            push_tool(plain, "lab/tool", version)
        for tag in ("24.04", "latest"):
            hub.push("library/ubuntu", tag, ubuntu())
        for tag in ("1.5.0", "1.6.0", "1.6.1", "latest"):
            gcr.push("deepvariant-docker/deepvariant", tag, deepvariant(tag))
        quay.push("biocontainers/samtools", "1.9--h91753b0_8", tool("1.9", PLATFORMS[0]))
        files = stack.enter_context(file_server(folder / "files.example.org"))
        files.put("images/tool_1.2.sif", make_sif(folder / "tool.sif", "a tool", TOOL_SIZE))
        files.put("images/index.html", b"<!DOCTYPE html><html><title>Index of /images</title></html>\n")
        front = stack.enter_context(AsGcr(gcr.address))
        yield World(
            {
                "ghcr.io": ghcr.address,
                "docker.io": hub.address,
                "gcr.io": front.address,
                "registry.example.org": plain.address,
                "registry.site.example": empty.address,
                "quay.io": quay.address,
            },
            urlsplit(tokens.realm).netloc,
            {"files.example.org": files.address},
        )


def push_tool(registry: DockerRegistry, repository: str, version: str) -> None:
    """`tool` for two platforms."""
    registry.pusher(repository).push_index(repository, version, [tool(version, platform) for platform in PLATFORMS])


def tool(version: str, platform: str) -> Image:
    """A program that prints its version and its usage."""
    folders = (tars.directory("usr"), tars.directory("usr/bin"))
    program = tars.archive(*folders, tars.file("usr/bin/tool", TOOL, mode=0o755))
    config = {
        "Entrypoint": ["/usr/bin/tool"],
        "Env": ["PATH=/usr/bin:/bin", f"TOOL_VERSION={version}"],
        "WorkingDir": "/data",
        "Labels": {
            "org.opencontainers.image.title": "tool",
            "org.opencontainers.image.version": version,
            "org.opencontainers.image.source": "https://github.com/team/tool",
        },
    }
    return image([base(), program], config, platform=platform)


def ubuntu() -> Image:
    """The base alone."""
    return image([base()], {"Cmd": ["/bin/bash"], "Env": ["PATH=/usr/bin:/bin"]}, docker=True)


def deepvariant(tag: str) -> Image:
    """Eleven layers in Docker's own format."""
    steps = [tars.archive(tars.file(f"opt/deepvariant/step-{number}", b"%d\n" % number)) for number in range(_STEPS)]
    config = {"Cmd": ["/bin/sh"], "Env": ["PATH=/usr/bin:/bin", f"VERSION={tag}"]}
    return image([base(docker=True), *steps], config, docker=True)


@cache
def base(*, docker: bool = False) -> Layer:
    """Debian's static busybox under the names of its applets, and a little of /etc."""
    busybox = Path(tools.require("busybox").argv[0]).read_bytes()
    return layer(
        tars.archive(
            tars.directory("bin"),
            tars.file("bin/busybox", busybox, mode=0o755),
            tars.file("bin/bash", b'#!/bin/sh\nexec /bin/sh "$@"\n', mode=0o755),
            *(tars.symlink(f"bin/{name}", "busybox") for name in APPLETS),
            *(tars.directory(name) for name in ("dev", "etc", "proc", "root", "sys", "data")),
            tars.directory("tmp", mode=0o1777),
            tars.file("etc/os-release", OS_RELEASE),
            tars.file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n"),
            tars.file("etc/group", b"root:x:0:\n"),
        ),
        docker=docker,
    )

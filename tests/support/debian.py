"""Images of real Debian packages, made and changed by the programs that people make images with."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.support import tools
from tools import apt
from tools.machine import SetupError

PACKAGES = ("base-files", "libc6", "libtinfo6", "bash", "busybox-static", "perl-base", "iputils-ping", "sudo", "tzdata")
"""Each becomes a layer; among them: hard links, setuid, odd modes, thousands of small files, links of all kinds."""


def package_tars(folder: Path, packages: tuple[str, ...] = PACKAGES) -> list[Path]:
    """The file system part of Debian packages, one tar archive for each."""
    program = tools.require("dpkg-deb")
    archives = []
    for package in packages:
        try:
            source = apt.download(package)
        except SetupError as error:
            tools.lack(f"the Debian package {package}", str(error).splitlines()[-1])
        archives.append(folder / f"{package}.tar")
        archives[-1].write_bytes(program.run("--fsys-tarfile", source).stdout)
    return archives


def umoci_image(layout: Path, tag: str, layers: list[Path]) -> None:
    """Make an image of tar archives by umoci, in an OCI layout that is made if it is not there."""
    umoci = tools.require("umoci", newest=True)
    if not layout.exists():
        umoci.run("init", "--layout", layout)
    umoci.run("new", "--image", f"{layout}:{tag}")
    for layer in layers:
        umoci.run("raw", "add-layer", "--image", f"{layout}:{tag}", layer)
    command = ["--config.entrypoint", "/bin/bash", "--config.env", "PATH=/usr/bin:/bin:/usr/sbin:/sbin"]
    umoci.run("config", "--image", f"{layout}:{tag}", *command)


def umoci_changed(layout: Path, base: str, tag: str, work: Path) -> None:
    """A further layer by `umoci repack`: what `change` does to the unpacked image."""
    umoci = tools.require("umoci", newest=True)
    umoci.run("unpack", "--image", f"{layout}:{base}", work)
    change(work / "rootfs")
    umoci.run("repack", "--image", f"{layout}:{tag}", work)


def buildah_changed(layout: Path, base: str, tag: str, work: Path) -> None:
    """A further layer by `buildah commit`: what `change` does to the mounted container."""
    buildah = tools.require("buildah")
    places = ("--root", work / "root", "--runroot", work / "run", "--storage-driver", "vfs")
    container = buildah.run(*places, "from", f"oci:{layout}:{base}").stdout.decode().strip()
    change(Path(buildah.run(*places, "mount", container).stdout.decode().strip()))
    buildah.run(*places, "umount", container)
    buildah.run(*places, "commit", "--quiet", container, f"oci:{layout}:{tag}")


def change(root: Path) -> None:
    """Do to a root filesystem what image builds do, and what they do rarely."""
    shutil.rmtree(root / "usr/share/doc/bash")
    (root / "usr/share/doc/sudo/copyright").unlink()
    shutil.rmtree(root / "usr/share/zoneinfo/Europe")
    (root / "usr/share/zoneinfo/Europe").symlink_to("Asia")
    shutil.rmtree(root / "usr/share/doc/libc6")
    (root / "usr/share/doc/libc6").write_text("a file where a directory was\n")
    (root / "usr/share/zoneinfo/UTC").unlink()
    (root / "usr/share/zoneinfo/UTC").mkdir()
    (root / "usr/share/zoneinfo/UTC/inside").write_text("a directory where a link was\n")
    tools.require("setcap").run("cap_net_raw+ep", root / "bin/ping")
    (root / "etc/private").write_text("nobody may read this\n")
    (root / "etc/private").chmod(0)
    os.link(root / "bin/bash", root / "bin/bash-again")
    (root / "etc/outside").symlink_to("../../../../etc/private")
    os.mknod(root / "dev/console", 0o20600, os.makedev(5, 1))
    os.mkfifo(root / "run/pipe", 0o620)
    (root / "var/tmp/ünï → code").write_bytes(b"\0" * 300_000 + b"end")
    os.chown(root / "var/tmp/ünï → code", 3_000_000_000, 100_000)
    os.setxattr(root / "var/tmp/ünï → code", "user.comment", b"\xff\x00binary")
    os.utime(root / "usr", (1_234_567_890, 1_234_567_890))


@contextlib.contextmanager
def copied(source: str, *options: str) -> Iterator[Path]:
    """An OCI layout (tag `latest`) of an image that skopeo copies from anywhere."""
    with tempfile.TemporaryDirectory(prefix="layout-") as folder:
        skopeo_copy(source, f"oci:{folder}/layout:latest", *options)
        yield Path(folder) / "layout"


def skopeo_copy(source: str, target: str, *options: str) -> None:
    """Copy an image from anywhere to anywhere; registries by plain HTTP."""
    plain = ("--src-tls-verify=false", "--dest-tls-verify=false")
    tools.require("skopeo", newest=True).run("--insecure-policy", "copy", "--quiet", *plain, *options, source, target)

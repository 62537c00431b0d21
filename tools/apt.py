"""Install Debian packages: for everybody when root, else unpacked into a folder of our own.

Without root nothing can be installed, but `apt-get download` and `dpkg -x` still work. They get an apt state of our
own, because the system's package lists may be absent and are not ours to fetch.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from tools.machine import CACHE, IS_ROOT, SetupError, run, say

UNPACKED = CACHE / "debian"
"""Root of the packages that were unpacked without root."""

LOCK_PATIENCE = 900
"""Seconds to wait for another apt on the same machine."""


def available() -> bool:
    """Whether this machine has apt at all."""
    return shutil.which("apt-get") is not None


def missing(packages: Iterable[str]) -> list[str]:
    """Those of the packages that are neither installed nor unpacked."""
    listing = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n"], capture_output=True, text=True, check=True
    ).stdout
    here = {line.split()[0] for line in listing.splitlines() if line.endswith(" installed")}
    here |= {marker.name for marker in (UNPACKED / ".packages").glob("*")}
    return [package for package in packages if package not in here]


def ensure(packages: Iterable[str]) -> list[str]:
    """Install (root) or unpack (not root) the packages; return those that are still missing."""
    wanted = missing(packages)
    if not wanted:
        return []
    update()
    if IS_ROOT:
        say(f"installing {', '.join(wanted)}")
        patiently(["install", "--yes", "--no-install-recommends", *wanted])
    else:
        for package in wanted:
            unpack_with_dependencies(package)
    return missing(wanted)


@cache
def update() -> None:
    """Fetch the package lists, once in a run."""
    say("fetching the Debian package lists")
    patiently(["update"])


def patiently(arguments: list[str], folder: Path | None = None) -> str:
    """Run apt-get (in a folder, where it downloads to), waiting for whoever holds one of its locks."""
    deadline = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            return run([*apt_get(), *arguments], folder, DEBIAN_FRONTEND="noninteractive", LC_ALL="C")
        except SetupError as error:
            if "Could not get lock" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(3)


def apt_get() -> list[str]:
    """The command `apt-get`, with a state of its own when we are not root."""
    command = ["apt-get", "--quiet", "-o", f"DPkg::Lock::Timeout={LOCK_PATIENCE}"]
    if IS_ROOT:
        return command
    state, cache = CACHE / "apt/state", CACHE / "apt/cache"
    for folder in (state / "lists/partial", cache / "archives/partial"):
        folder.mkdir(parents=True, exist_ok=True)
    own = {"Dir::State": state, "Dir::State::status": "/var/lib/dpkg/status", "Dir::Cache": cache}
    return [*command, *(part for name, value in own.items() for part in ("-o", f"{name}={value}"))]


def unpack_with_dependencies(package: str) -> None:
    """Download a package and what it needs beyond the installed system, and unpack all of it under `UNPACKED`."""
    try:
        plan = run(
            [*apt_get(), "-o", "Debug::NoLocking=1", "--simulate", "--no-install-recommends", "install", package]
        )
    except SetupError as error:
        say(f"{package} can't be had: {str(error).splitlines()[-1]}")
        return
    names = [line.split()[1] for line in plan.splitlines() if line.startswith("Inst ")]
    say(f"unpacking {', '.join(names)} (not root: nothing is installed)")
    for name in missing(names):
        unpack(name)


def unpack(package: str) -> None:
    """Download one package and unpack it under `UNPACKED`."""
    run(["dpkg", "-x", str(download(package)), str(UNPACKED)])
    (UNPACKED / ".packages").mkdir(exist_ok=True)
    (UNPACKED / ".packages" / package).touch()


def download(package: str) -> Path:
    """The archive of a package, kept in the cache folder once it was fetched."""
    folder = CACHE / "apt/downloads" / package
    if not list(folder.glob("*.deb")):
        folder.mkdir(parents=True, exist_ok=True)
        update()
        patiently(["download", package], folder)
    return next(folder.glob("*.deb"))


def debian_mirror() -> str:
    """The address of the Debian mirror that this machine's own apt uses.

    Raises:
        SetupError: apt knows no mirror of Debian.
    """
    if not mirrors():
        update()  # whose a source is stands in the lists
    for address in mirrors():
        return address
    raise SetupError("apt's sources name no Debian mirror (looked for Origin: Debian, Label: Debian)")


def mirrors() -> list[str]:
    """The addresses of Debian's main archive in apt's sources, as far as their lists are there."""
    listing = run([*apt_get(), "indextargets", "--format", "$(REPO_URI)|$(ORIGIN)|$(LABEL)", "Created-By: Packages"])
    rows = [line.strip().split("|") for line in listing.splitlines()]
    return [address for address, *whose in rows if whose == ["Debian", "Debian"]]

"""What people do with an image: each way runs something in it, and gives what came of it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.support.ordinary import OrdinaryUser

Done = subprocess.CompletedProcess[bytes]
_DEFINITION = "Bootstrap: localimage\nFrom: {}\n%post\n    echo ran > /made\n"


def run(user: OrdinaryUser, sif: Path) -> Done:
    """What the image starts."""
    return user.command("--silent", "run", sif)


def fakeroot(user: OrdinaryUser, sif: Path) -> Done:
    """The same as root of a user namespace."""
    return user.command("--silent", "run", "--fakeroot", sif)


def unsquash(user: OrdinaryUser, sif: Path) -> Done:
    """A command in the unpacked image."""
    return user.command("--silent", "exec", "--unsquash", sif, "/bin/echo", "ran")


def sandbox(user: OrdinaryUser, sif: Path) -> Done:
    """A command in the image unpacked for good."""
    with user.new("sandbox") as folder:
        user.command("--silent", "build", "--sandbox", folder, sif, check=True)
        return user.command("--silent", "exec", folder, "/bin/echo", "ran")


def base(user: OrdinaryUser, sif: Path) -> Done:
    """A command in an image that was built on this one."""
    with user.new("derived.sif") as derived, user.new("definition") as definition:
        definition.write_text(_DEFINITION.format(sif))
        user.command("--silent", "build", derived, definition, check=True)
        return user.command("--silent", "exec", derived, "/bin/cat", "/made")


def base_by_folder(user: OrdinaryUser, sif: Path) -> Done:
    """A command in an image that was built on this one, unpacked first: so all files are the user's."""
    with user.new("unpacked") as folder:
        user.command("--silent", "build", "--sandbox", folder, sif, check=True)
        return base(user, folder)


def fakeroot_in_folder(user: OrdinaryUser, sif: Path) -> Done:
    """A command as root of a user namespace in the unpacked image."""
    with user.new("unpacked") as folder:
        user.command("--silent", "build", "--sandbox", folder, sif, check=True)
        return user.command("--silent", "exec", "--fakeroot", folder, "/bin/echo", "ran")


WAYS: dict[str, Callable[[OrdinaryUser, Path], Done]] = {
    way.__name__: way for way in (run, fakeroot, unsquash, sandbox, base, base_by_folder, fakeroot_in_folder)
}

"""Images that real builders leave behind and that went wrong somewhere: `TRIALS`, small, by name.

Each stands on a busybox with the usual applets and says what is right: what `apptainer run` prints and how it ends, and
in which further ways the image has to work.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.support.tars import (
    Member,
    archive,
    device,
    directory,
    fifo,
    file,
    hardlink,
    opaque,
    symlink,
    whiteout,
)

APPLETS = ("sh", "cat", "ls", "env", "id", "stat", "echo", "true", "touch", "grep", "wc", "test")
#: All that people do with an image besides running it, see `ways`.
EVERYTHING = ("run", "fakeroot", "unsquash", "sandbox", "base")
RUN = ("run",)
SCRIPTED = ("run", "fakeroot", "base")
RAN = ("ran",)


@dataclass(frozen=True)
class Trial:
    """An image and what is right.

    Attributes:
        members: of one layer above the busybox; or
        layers: several.
        config: inner config; without `Cmd` it prints "ran".
        says: the lines that `run` prints, in order, among others.
        status: with which it ends.
        ways: how the image is used.
        warns: what the pull says about it, a part.
    """

    members: tuple[Member, ...] = ()
    layers: tuple[tuple[Member, ...], ...] = ()
    config: dict[str, Any] = field(default_factory=dict)
    says: tuple[str, ...] = RAN
    status: int = 0
    ways: tuple[str, ...] = EVERYTHING
    warns: str = ""

    @property
    def tars(self) -> list[bytes]:
        """The layers above the busybox."""
        return [archive(*members) for members in self.layers or (self.members,)]

    @property
    def inner(self) -> dict[str, Any]:
        """The whole inner config."""
        return {"Env": ["PATH=/bin"], "Cmd": ["/bin/echo", "ran"], **self.config}


def base(busybox: bytes) -> bytes:
    """The layer that is below every trial."""
    applets = [symlink(f"bin/{name}", "busybox") for name in APPLETS]
    return archive(directory("bin"), file("bin/busybox", busybox, mode=0o755), *applets)


def _sh(text: str) -> dict[str, Any]:
    return {"Cmd": ["/bin/sh", "-c", text]}


_MOUNTED = ("dev", "proc", "sys", "root", "home", "etc", "tmp", "var")
_TABLES = ("etc/hosts", "etc/resolv.conf", "etc/passwd", "etc/group")
_OLD = b"#!/bin/sh\nexec echo old\n"

DEVICES = {
    "devices": Trial(
        (
            directory("dev"),
            device("dev/null", 1, 3, mode=0o666),
            device("disk", 8, 1, block=True, mode=0),
            hardlink("disk-too", "disk"),
            fifo("pipe"),
        ),
        warns="2 device nodes",
    ),
    "device-in-place-of-tables": Trial(tuple(device(name, 1, 3) for name in _TABLES), warns="4 device nodes"),
    "overlay-whiteouts": Trial(
        layers=(
            (directory("etc"), file("etc/removed"), directory("data"), file("data/old"), file("gone", b"old")),
            (
                device("etc/removed", 0, 0, mode=0),
                device("gone", 0, 0, mode=0),
                directory("data", xattrs={"trusted.overlay.opaque": b"y"}),
                file("data/new"),
            ),
            (file("gone/inside", b"a folder now"),),
        ),
        config=_sh("ls /etc/removed || echo removed; ls /data; cat /gone/inside"),
        says=("removed", "new", "a folder now"),
    ),
}

MODES = {
    **{f"root-{mode:04o}": Trial((directory("./", mode=mode), file("f"))) for mode in (0o555, 0o111, 0, 0o700)},
    "closed-folders": Trial(
        (
            directory("etc"),
            file("etc/gshadow", b"x", mode=0),
            directory("void", mode=0o111),
            file("void/f", b"x"),
            directory("kept", mode=0o555),
            directory("kept/below", mode=0o555),
            file("kept/below/f", b"x", mode=0o444),
            directory("shut", mode=0),
            file("shut/f", b"x"),
            file("su", b"x", mode=0o4111),
        )
    ),
    "closed-mount-points": Trial(tuple(directory(name, mode=0) for name in (*_MOUNTED, "var/tmp"))),
    "other-owners": Trial(
        (directory("srv", mode=0o700, uid=999, gid=999), file("srv/f", b"of 999\n", mode=0o600, uid=999, gid=999)),
        config=_sh("cat /srv/f"),
        says=("of 999",),
        ways=("run", "unsquash", "sandbox", "base_by_folder", "fakeroot_in_folder"),
    ),
    "attributes": Trial(
        tuple(
            file(f"f{number}", b"x", xattrs={name: value})
            for number, (name, value) in enumerate(
                {
                    "security.ima": b"\x03\x02\x04",
                    "security.capability": b"\1\0\0\2\0\x20" + bytes(14),
                    "user.comment": b"hello",
                    "trusted.secret": b"1",
                    "btrfs.compression": b"zstd",
                    "system.posix_acl_access": b"\2\0\0\0\1\0\6\0",
                    "com.apple.quarantine": b"0081;abc",
                    "user.containers.override_stat": b"1000:1000:0100755",
                    "security.SMACK64": b"_",
                    "user.": b"no name",
                }.items()
            )
        )
    ),
}

LINKS = {
    "mount-points-are-links-to-nowhere": Trial(tuple(symlink(name, f"/state/{name}") for name in _MOUNTED)),
    "mount-points-are-relative-links": Trial(tuple(symlink(name, f"state/{name}") for name in _MOUNTED)),
    "mount-points-are-links-with-dots": Trial(
        (*(symlink(name, f"../../state/{name}") for name in _MOUNTED), directory("state"))
    ),
    "mount-points-are-a-chain": Trial(
        (symlink("tmp", "a"), symlink("a", "/b"), symlink("b", "c"), directory("c", mode=0o1777)),
        config=_sh("touch /tmp/x.$$ && echo ran"),
    ),
    "mount-points-are-files": Trial(tuple(file(name, b"x") for name in _MOUNTED)),
    "mount-points-are-circles": Trial((symlink("tmp", "home"), symlink("home", "tmp"))),
    "var-tmp-is-a-link": Trial((directory("var"), symlink("var/tmp", "/data/tmp"), directory("private"))),
    "tables-are-folders": Trial(tuple(directory(name) for name in _TABLES)),
    "tables-are-pipes": Trial(tuple(fifo(name) for name in _TABLES)),
    "tables-are-links": Trial(
        (
            *(symlink(name, f"/store/{name}") for name in _TABLES),
            file("store/etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n", mode=0o444),
            file("store/etc/group", b"root:x:0:\n", mode=0o444),
        ),
        config=_sh("id && echo ran"),
    ),
    "etc-is-a-closed-store": Trial(
        (
            directory("store/abc-etc", mode=0o555),
            file("store/abc-etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n", mode=0o444),
            symlink("etc", "/store/abc-etc"),
        ),
        config=_sh("id && echo ran"),
    ),
}

OWN_SCRIPTS = (
    directory(".singularity.d", mode=0o555),
    directory(".singularity.d/env", mode=0o555),
    file(".singularity.d/runscript", _OLD, mode=0o555),
    file(".singularity.d/tool", b"#!/bin/sh\necho tool\n", mode=0o755),
    file(".singularity.d/env/10-docker.sh", b"export FOO=old\n", mode=0o755),
    file(".singularity.d/env/99-zzz.sh", b"export FOO=old\n", mode=0o755),
    symlink(".singularity.d/env/90-environment.sh", "/usr/share/keep"),
    symlink(".singularity.d/libs", "/usr/share"),
    hardlink(".singularity.d/labels.json", ".singularity.d/runscript"),
    symlink("singularity", ".singularity.d/runscript"),
    symlink("environment", "/.singularity.d/env/90-environment.sh"),
    symlink(".run", ".singularity.d/actions/run"),
    file("usr/share/keep", b"keep\n"),
)
_NEW = {"Env": ["FOO=docker", "PATH=/bin"]}

SCRIPTS = {
    "own-scripts": Trial(
        OWN_SCRIPTS,
        config={**_NEW, **_sh("echo new $FOO; cat /usr/share/keep")},
        says=("new docker", "keep"),
        ways=SCRIPTED,
    ),
    "own-scripts-are-the-program": Trial(
        OWN_SCRIPTS, config={**_NEW, "Entrypoint": ["/bin/sh", "/singularity"], "Cmd": None}, says=("old",), ways=RUN
    ),
    "own-scripts-have-the-program": Trial(
        OWN_SCRIPTS, config={**_NEW, "Entrypoint": ["/.singularity.d/tool"], "Cmd": None}, says=("tool",), ways=RUN
    ),
    "own-scripts-are-elsewhere": Trial(
        (
            symlink(".singularity.d", "/usr/share"),
            file("usr/share/runscript", b"kept\n"),
            directory("usr/share/env"),
            file("usr/share/env/10-docker.sh", b"FOO=old\n"),
        ),
        config={**_NEW, **_sh("echo new $FOO; cat /usr/share/runscript; ls /usr/share/env")},
        says=("new docker", "kept", "10-docker.sh"),
        ways=SCRIPTED,
    ),
    "own-links": Trial(
        (
            symlink("singularity", "/opt/tool"),
            symlink("environment", "opt/tool/settings"),
            symlink(".run", "/nowhere"),
            file("opt/tool/settings", b"own\n"),
        ),
        config=_sh("cat /singularity/settings; cat /environment; ls -l /.run"),
        says=("own", ".singularity.d/actions/run"),
    ),
    "own-scripts-are-a-file": Trial((file(".singularity.d", b"x"), directory("singularity"))),
}

PROGRAMS = {
    "program-is-not-executable": Trial(
        (file("start.sh", b"#!/bin/sh\necho ran\n"),),
        config={"Entrypoint": ["/start.sh"]},
        says=("/start.sh: permission denied",),
        status=126,
        ways=RUN,
        warns="/start.sh",
    ),
    "program-is-a-link-to-what-is-not-executable": Trial(
        (file("opt/start.sh", b"#!/bin/sh\necho ran\n"), symlink("start.sh", "opt/start.sh")),
        config={"WorkingDir": "/opt", "Entrypoint": ["../start.sh"]},
        says=("/start.sh: permission denied",),
        status=126,
        ways=RUN,
    ),
    "program-is-a-folder": Trial(
        (directory("start.sh"),),
        config={"Cmd": ["/start.sh"]},
        says=("/start.sh: is a directory",),
        status=126,
        ways=RUN,
    ),
    "program-has-carriage-returns": Trial(
        (file("start.sh", b"#!/bin/sh\r\necho ran\r\n", mode=0o755),),
        config={"Entrypoint": ["/start.sh"]},
        says=("/start.sh",),
        status=255,
        ways=RUN,
    ),
    "shell-leads-nowhere": Trial((symlink("bin/sh", "/nowhere/sh"),), ways=RUN),
    "shell-is-a-text": Trial((file("bin/sh", b"not a program\n"),), ways=RUN),
    "no-path-at-all": Trial(
        (file("usr/local/bin/hi", b"#!/bin/sh\necho ran $PATH\n", mode=0o755),),
        config={"Env": None, "Cmd": ["hi"]},
        says=("ran /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",),
        ways=RUN,
    ),
    "environment-is-huge": Trial(
        config={
            "Env": ["PATH=/bin", *(f"V{number}={'x' * 90}{number}" for number in range(3000)), "BIG=" + "y" * 100_000],
            **_sh("echo ran ${#BIG}; env | grep -c ^V"),
        },
        says=("ran 100000", "3000"),
        ways=RUN,
    ),
    "odd-directories": Trial(
        (file("etc/motd", b"file\n"),),
        config={
            "WorkingDir": "$HOME/a b/",
            "Volumes": dict.fromkeys(
                ("['/data']", "app", "/etc/motd/x", "/proc/x", "//", "C:/", "/" + "n" * 300, "/x/../../y", " /lead", "")
            ),
            **_sh("cat /etc/motd; ls -a /"),
        },
        says=("file",),
        ways=("run", "sandbox"),
    ),
    "labels": Trial(
        config={
            "Labels": {
                "long": "x" * 300_000,
                "text": 'one\ntwo "2"\t\x1b[31mred',
                "": "no name",
                "a.b/c": "é\U0001f600\u2028",
                "org.opencontainers.image.created": "2021-02-30T00:00:00Z",
            }
        },
        ways=RUN,
    ),
}

#: Docker 1.x on AUFS, and what else tells a layer's files from its book-keeping.
BOOKKEEPING = {
    "aufs-links": Trial(
        (
            directory(".wh..wh.plnk"),
            file(".wh..wh.plnk/131.77", b"#!/bin/sh\necho ran\n", mode=0o755),
            file(".wh..wh.aufs"),
            directory(".wh..wh.orph"),
            file(".wh..wh.orph/lost"),
            hardlink("usr/bin/a", ".wh..wh.plnk/131.77"),
            hardlink("usr/bin/b", "./.wh..wh.plnk/131.77"),
        ),
        config=_sh("/usr/bin/a; stat -c %h /usr/bin/b; ls -a / | grep -c wh.."),
        says=("ran", "2", "0"),
        status=1,
        ways=RUN,
    ),
    "opaque-folder": Trial(
        layers=(
            (file("old"), directory("data"), file("data/old")),
            (opaque("data"), file("data/new"), whiteout("old")),
        ),
        config=_sh("ls /data; ls /old || echo gone"),
        says=("new", "gone"),
        ways=RUN,
    ),
}

TRIALS: dict[str, Trial] = {**DEVICES, **MODES, **LINKS, **SCRIPTS, **PROGRAMS, **BOOKKEEPING}

"""Files and folders of this machine."""

from __future__ import annotations

from sregistry.codes.code import Code, Page, Sample
from sregistry.codes.examples import SITE
from sregistry.codes.who import Who
from sregistry.kinds import Kind

#: Prose of several pages.
_ASKED = "The operating system's answer; the file system and the space that is left are looked up."

CODES: tuple[Code, ...] = (
    Code(
        "disk-full",
        Kind.DISK,
        Who.YOU,
        sample=Sample(
            "there is no space left to write /tmp/sregistry/pack-1",
            {
                **SITE,
                "path": "/tmp/sregistry/pack-1",  # noqa: S108 - only shown
                "errno": 28,
                "detail": "No space left on device",
                "filesystem": "tmpfs",
                "free": 4096,
                "needed": 580_000_000,
                "setting": "tmpdir",
            },
        ),
        page=Page(
            meaning="The file system that a file was written to is full.",
            known=_ASKED,
            todo=(
                "Free space, or move the folder with the setting that is shown. `/tmp` is often in memory and small."
            ),
        ),
    ),
    Code(
        "disk-quota",
        Kind.DISK,
        Who.YOU,
        sample=Sample(
            "the disk quota is used up: cannot write /home/ada/.cache/sregistry/packs/x",
            {
                **SITE,
                "path": "/home/ada/.cache/sregistry/packs/x",
                "errno": 122,
                "filesystem": "nfs4",
                "setting": "cache_dir",
            },
        ),
        page=Page(
            meaning="Your quota on a file system is used up.",
            known=_ASKED,
            todo=(
                "Free space, or move the folder with the setting that is shown. Caches belong on a scratch file system."
            ),
        ),
    ),
    Code(
        "disk-permission",
        Kind.DISK,
        Who.YOU,
        sample=Sample(
            "there is no permission to write /srv/images/tool.sif",
            {
                **SITE,
                "path": "/srv/images/tool.sif",
                "errno": 13,
                "detail": "Permission denied",
                "filesystem": "ext4",
                "setting": "storage",
            },
        ),
        page=Page(
            meaning="You may not read or write a file or folder.",
            known=_ASKED,
            todo="Use a folder of your own, or ask its owner.",
        ),
    ),
    Code(
        "disk-read-only",
        Kind.DISK,
        Who.YOU,
        sample=Sample(
            "the filesystem is read-only: cannot write /srv/images/tool.sif",
            {
                **SITE,
                "path": "/srv/images/tool.sif",
                "errno": 30,
                "detail": "Read-only file system",
                "setting": "storage",
            },
        ),
        page=Page(
            meaning="The file system is mounted read-only.",
            known=_ASKED,
            todo="Use another folder.",
        ),
    ),
    Code(
        "disk-no-such-path",
        Kind.DISK,
        Who.YOU,
        sample=Sample(
            "there is no such path: cannot write in /scratch/ada/tmp",
            {
                **SITE,
                "path": "/scratch/ada/tmp/x",
                "errno": 2,
                "detail": "No such file or directory",
                "setting": "tmpdir",
            },
        ),
        page=Page(
            meaning="A folder does not exist.",
            known=_ASKED,
            todo="Make it, or correct the setting that is shown.",
        ),
    ),
    Code(
        "disk-no-such-file",
        Kind.DISK,
        Who.YOU,
        sample=Sample("there is no file tool.sif", {"path": "tool.sif"}),
        page=Page(
            meaning="The file that was named is not there, or is a folder.",
            known="The operating system said so when it was to be opened.",
            todo="Check the name; a relative path begins in the current folder.",
        ),
    ),
    Code(
        "disk-file-changed",
        Kind.DISK,
        Who.YOU,
        sample=Sample("tool.sif has changed while it was read", {"path": "tool.sif"}),
        page=Page(
            meaning="A file that is to be sent has other bytes than a moment before.",
            known=(
                "Its digest was taken before it was sent, or its size and time were; what came later did not fit. "
                "The\nregistry was not told to keep any of it."
            ),
            todo="Wait until no program writes the file any more, and try again.",
        ),
    ),
    Code(
        "disk-failed",
        Kind.DISK,
        Who.YOU,
        sample=Sample(
            "the operating system could not write /srv/images/tool.sif: Input/output error",
            {**SITE, "path": "/srv/images/tool.sif", "errno": 5, "detail": "Input/output error", "filesystem": "xfs"},
        ),
        page=Page(
            meaning="The operating system reports a fault with a file.",
            known=_ASKED,
            todo="The kernel's log says more. Tell the machine's administrator if a disk is failing.",
        ),
    ),
    Code(
        "disk-output-exists",
        Kind.DISK,
        Who.YOU,
        sample=Sample("tool.sif exists already", {**SITE, "path": "tool.sif"}),
        page=Page(
            meaning="The file that should be written is there already.",
            known="It was looked for before the pull began.",
            todo="Use `--force` to replace it, or another name.",
        ),
    ),
    Code(
        "disk-output-special",
        Kind.DISK,
        Who.YOU,
        sample=Sample("/dev/null is a device, not a file", {**SITE, "path": "/dev/null"}),
        page=Page(
            meaning="An image should be written to something that is not a file: a folder, a device, a pipe.",
            known="What is there was looked at before anything was written; symbolic links were followed.",
            todo=(
                "Name a file. `--force` replaces files only: a device such as `/dev/null` that became a file "
                "would harm\n"
                "every other program."
            ),
        ),
    ),
    Code(
        "disk-output-folder",
        Kind.DISK,
        Who.YOU,
        sample=Sample("there is no folder /srv/new", {**SITE, "path": "/srv/new/tool.sif"}),
        page=Page(
            meaning="The folder into which the image should be written does not exist.",
            known="It was looked for before the pull began.",
            todo="Make the folder, or name another file.",
        ),
    ),
)

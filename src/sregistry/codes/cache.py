"""The cache: its locks and its packs."""

from __future__ import annotations

from sregistry.codes.code import Code, Page, Sample
from sregistry.codes.examples import SITE
from sregistry.codes.who import Who
from sregistry.kinds import Kind

CODES: tuple[Code, ...] = (
    Code(
        "lock-unsupported",
        Kind.STORE,
        Who.SITE,
        sample=Sample(
            "file locks do not work in /lustre/ada/.cache/sregistry (a filesystem of type lustre)",
            {
                **SITE,
                "path": "/lustre/ada/.cache/sregistry/lock",
                "errno": 38,
                "detail": "Function not implemented",
                "filesystem": "lustre",
                "setting": "cache_dir",
            },
        ),
        page=Page(
            meaning="File locks do not work on a file system, mostly a networked one.",
            known="The operating system answered so to the attempt to lock.",
            todo="Move the folder with the setting that is shown.",
        ),
    ),
    Code(
        "lock-timeout",
        Kind.STORE,
        Who.YOU,
        sample=Sample(
            "waited 600 s for the layer 8f1d4ee45c7b held by process 4711 on node17",
            {
                **SITE,
                "path": "/home/ada/.cache/sregistry/locks/8f1d",
                "purpose": "the layer 8f1d4ee45c7b",
                "holder": {
                    "machine": "node17-3f2a",
                    "pid": 4711,
                    "purpose": "the layer 8f1d4ee45c7b",
                    "since": 1_795_000_000.0,
                },
                "elapsed": 600.0,
                "timeout": 600.0,
                "setting": "lock_timeout",
            },
        ),
        page=Page(
            meaning="Another process is at the same work and did not finish in time.",
            known="The process that holds the lock has written its machine and number into it.",
            todo="Look at that process. Locks end with their process, so there are no stale ones.",
        ),
    ),
    Code(
        "store-cache-link",
        Kind.STORE,
        Who.YOU,
        sample=Sample(
            "the way to the cache goes by /scratch/cache, a link of another user",
            {**SITE, "path": "/scratch/cache/sregistry", "link": "/scratch/cache", "uid": 1204, "setting": "cache_dir"},
        ),
        page=Page(
            meaning="The way to the cache goes by a symbolic link that belongs to another user.",
            known=(
                "Each part of the path, and of where links on it lead, was looked at. A link is followed if it "
                "belongs to\n"
                "you, to root, or to the owner of the folder it is in; this one belongs to somebody else."
            ),
            todo=(
                "Name the folder that it leads to, or another one, in `SREGISTRY_CACHE_DIR`. If the link is an\n"
                "administrator's, root can take it over: `chown -h root LINK`."
            ),
        ),
    ),
    Code(
        "pack-unusable",
        Kind.STORE,
        Who.YOU,
        sample=Sample(
            "a cached pack cannot be used: its end is damaged",
            {
                **SITE,
                "file": "/home/ada/.cache/sregistry/packs/8f/8f1d.pack",
                "detail": "its end is damaged",
                "attempts": 3,
            },
        ),
        page=Page(
            meaning="A converted layer in the cache is damaged, again and again.",
            known=(
                "All of it that goes into the image was verified while it was copied. It was thrown away and the "
                "layer\n"
                "fetched again twice, and what was written then could not be read back either, or was changed "
                "meanwhile."
            ),
            todo=(
                "The disk or the memory of this machine is at fault, or another program writes to the cache: see "
                "what the\n"
                "system's log says about the disk, and keep the cache elsewhere (`SREGISTRY_CACHE_DIR`)."
            ),
        ),
    ),
)

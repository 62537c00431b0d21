"""What this process may have no more of."""

from __future__ import annotations

from sregistry.codes.code import Code, Page, Sample
from sregistry.codes.examples import HUB
from sregistry.codes.who import Who
from sregistry.kinds import Kind

CODES: tuple[Code, ...] = (
    Code(
        "machine-memory",
        Kind.MACHINE,
        Who.SITE,
        sample=Sample(
            "there is no more memory within the limit of 400 MB (RLIMIT_AS)",
            {
                **HUB,
                "limit_name": "RLIMIT_AS",
                "limit": 400_000 << 10,
                "used": 398_000_000,
                "limit_most": None,
                "options": ["--plain-http"],
            },
        ),
        page=Page(
            meaning="This process asked for memory and got none. It says nothing about the image or the registry.",
            known=(
                "The system or a library said that there is no memory. The limits of the process (`ulimit -v` and "
                "`ulimit -d`) and\n"
                "of its control groups (`memory.max`) are read then; the one with the least room is shown."
            ),
            todo=(
                "Raise the limit, or ask for more memory where it was set. Where a limit is known, a pull already "
                "works with\n"
                "fewer threads and layers at once, and about 100 MB of address space are enough for a small "
                "image. An image of very many\n"
                "files takes about 1 KB more for each."
            ),
        ),
    ),
    Code(
        "machine-threads",
        Kind.MACHINE,
        Who.SITE,
        sample=Sample(
            "no further thread can be started within the limit of 20 (pids.max)",
            {
                **HUB,
                "limit_name": "pids.max",
                "limit": 20,
                "used": 20,
                "limit_most": 20,
                "control_group": "/sys/fs/cgroup/job/pids.max",
            },
        ),
        page=Page(
            meaning=(
                "The system gives this process no further thread. It says nothing about the image or the registry."
            ),
            known=(
                "The system refused to start one; the limits on threads and processes of this user (`ulimit -u`) "
                "and of the control\n"
                "groups (`pids.max`) are read then."
            ),
            todo=(
                "Raise the limit, or end other programs of yours: threads and processes count together. A pull "
                "goes on with the\n"
                "threads it has, down to a single one, so this is rare."
            ),
        ),
    ),
    Code(
        "machine-processes",
        Kind.MACHINE,
        Who.SITE,
        sample=Sample(
            "no further process can be started within the limit of 50 (RLIMIT_NPROC)",
            {**HUB, "limit_name": "RLIMIT_NPROC", "limit": 50, "used": 50, "limit_most": 50},
        ),
        page=Page(
            meaning="The system gives this user no further process, as a credential helper needs.",
            known=(
                "The system refused to start one; the limits on threads and processes of this user (`ulimit -u`) "
                "and of the control\n"
                "groups (`pids.max`) are read then."
            ),
            todo=(
                "Raise the limit, or end other programs of yours. Without credential helpers a pull starts no process."
            ),
        ),
    ),
    Code(
        "machine-files",
        Kind.MACHINE,
        Who.SITE,
        sample=Sample(
            "no more files can be open at once than 16",
            {**HUB, "limit_name": "RLIMIT_NOFILE", "limit": 16, "used": 12, "limit_most": 1024, "needed": 20},
        ),
        page=Page(
            meaning=(
                "This process may open no more files and connections. It says nothing about the image or the registry."
            ),
            known="The system's answer to opening one; the limit (`ulimit -n`) is read then.",
            todo=(
                "Raise the limit. A pull raises the soft limit by itself as far as the hard one allows, and works "
                "on fewer layers at\n"
                "once where that is little."
            ),
        ),
    ),
)

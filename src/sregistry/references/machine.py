"""This machine as registries name it; apart, so that who only asks for that imports nothing that speaks HTTP."""

from __future__ import annotations

import os
import re
from pathlib import Path

from sregistry.references import Platform
from sregistry.references.platform import Wanted

#: What a processor must have to be of a level above the first. Source: the psABI for x86-64, "Low-Level System
#: Information", with the names of Linux (``lahf_lm`` is LAHF-SAHF, ``abm`` is LZCNT).
_LEVELS = (
    ("v2", frozenset({"cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"})),
    ("v3", frozenset({"abm", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe", "xsave"})),
    ("v4", frozenset({"avx512bw", "avx512cd", "avx512dq", "avx512f", "avx512vl"})),
)
#: So much describes the first processor; on large machines the kernel takes its time for all of them.
_FIRST = 8192
_FLAGS = re.compile(r"^flags\s*:(.*)$", re.MULTILINE)


def this_machine() -> Platform:
    """The platform of this machine, for Linux images."""
    return Platform.make("linux", os.uname().machine or "amd64")


def processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> Platform:
    """The platform of this machine, its variant what the processor can do, as far as that is told."""
    machine = this_machine()
    return Platform.make("linux", machine.architecture, _level(cpuinfo)) if machine.architecture == "amd64" else machine


def wanted(platform: Platform | None) -> Wanted:
    """What will do: what runs here, or what is asked for."""
    return Wanted.by_name(platform) if platform else Wanted.on(processor())


def _level(cpuinfo: Path) -> str | None:
    """The level of an x86-64 processor; None for the first, or where it is not told."""
    try:
        with cpuinfo.open(errors="replace") as file:
            found = _FLAGS.search(file.read(_FIRST))
    except OSError:
        return None
    has = set(found[1].split()) if found else set()
    level = None
    for name, needs in _LEVELS:
        if not needs <= has:
            break
        level = name
    return level

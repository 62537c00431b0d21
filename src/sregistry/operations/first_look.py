"""What the first bytes of a finished file show before all others are fetched: a SIF, for a fitting architecture."""

from __future__ import annotations

from sregistry.oci.image import other_platform
from sregistry.references import Platform, machine
from sregistry.sif import arch
from sregistry.sif.errors import SifError
from sregistry.sif.header import Header
from sregistry.sif.legacy import HEAD, legacy_format
from sregistry.sif.reader import truncated

__all__ = ["HEAD", "first_look"]


def first_look(head: bytes, size: int | None, platform: Platform | None, *, trusted: bool) -> None:
    """Look at the first `HEAD` bytes of a file, or all of a shorter one.

    Args:
        head: the bytes.
        size: of the whole file; None where that is not told.
        platform: that is wanted; None for this machine's.
        trusted: the digest of the whole is known; it will tell damage on the way from a file that is no SIF.

    Raises:
        SifError: ``sif-legacy-format``, ``sif-not-an-image``, ``sif-version``, ``sif-truncated``; not where `trusted`.
        RegistryError: ``image-other-platform``.
    """
    try:
        name = arch.name(_header(head, size).arch)
    except SifError:
        if trusted:
            return
        raise
    wanted, actual = machine.wanted(platform), Platform("linux", name)
    if name != "unknown" and not wanted.takes(actual):
        raise other_platform(actual, wanted)


def _header(head: bytes, size: int | None) -> Header:
    """The header, if the file can be a SIF file by what it says."""
    legacy = legacy_format(head)
    if legacy:
        raise SifError("sif-legacy-format", f"the file is {legacy}, not a SIF file", format=legacy)
    header = Header.unpack(head)
    if size is not None and header.end > size:
        raise truncated(header.end, size)
    return header

"""Small pieces of wording used by every family of rules. The style is that of ``docs/messages.md``."""

from __future__ import annotations

from collections.abc import Sequence

from sregistry.digests import Digest, DigestError

_GIGA = 10**9
_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")


def sentence(text: str) -> str:
    """`text` with a capital and a full stop."""
    text = text.strip()
    if not text:
        return ""
    text = capital(text)
    return text if text.endswith((".", "!", "?", "…")) else text + "."


def capital(text: str) -> str:
    """`text` with its first letter in capitals, unless the first word is a name: a host, a file, a command."""
    first = text.split(" ", 1)[0].rstrip(",:;")
    return text[:1].upper() + text[1:] if first.isalpha() or "'" in first else text


def size(count: float | None) -> str:
    """A number of bytes for people: ``4.2 MB``; exact below a kilobyte (1000 bytes)."""
    if count is None:
        return "an unknown number of bytes"
    value = float(count)
    for unit in _UNITS:
        if value < 1000 or unit == _UNITS[-1]:
            break
        value /= 1000
    return f"{int(value)} {unit}" if unit == "bytes" else f"{value:.3g} {unit}"


def space(free: int | None, needed: int | None) -> str:
    """``73.7 GB free, 10,000 GB needed``: what is known of both, in one unit where that can be compared at a glance."""
    if free is not None and needed and min(free, needed) >= _GIGA:
        return f"{free / _GIGA:,.1f} GB free, {needed / _GIGA:,.1f} GB needed"
    parts = [f"{size(free)} free" if free is not None else "", f"{size(needed)} needed" if needed else ""]
    return ", ".join(part for part in parts if part)


def binary_size(count: int) -> str:
    """A limit in its own unit: ``4 MiB``."""
    for unit, power in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if count and count % (1 << power) == 0:
            return f"{count >> power} {unit}"
    return size(count)


def enough(limit: int, announced: int | None) -> str:
    """A limit that lets `announced` bytes pass: a power of two, and at least four times `limit`."""
    wanted = max(limit * 4, announced or 0, 1)
    return str(1 << (wanted - 1).bit_length())


def duration(seconds: float | None) -> str:
    """A time for people: ``12 s``, ``5 min``, ``6 h``, ``3 days``."""
    if seconds is None:
        return "an unknown time"
    if seconds < 120:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    for unit, length in (("days", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.3g} {unit}" if seconds / length < 10 else f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def listing(items: Sequence[str], *, last: str = "and", most: int = 8) -> str:
    """``a, b and c``; beyond `most` items, how many more there are."""
    shown = list(items[:most])
    if len(items) > most:
        return f"{', '.join(shown)} {last} {len(items) - most} more"
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} {last} {shown[-1]}"


def number(count: int, one: str, many: str = "") -> str:
    """``1 tag``, ``2 tags``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def identifier(text: str) -> str:
    """A tag in quotes, or a digest in short."""
    return short(text) if ":" in text else f'"{text}"'


def short(digest: str) -> str:
    """A digest cut to what people compare, ``sha256:44136fa355b3…``."""
    try:
        parsed = Digest.parse(digest)
    except DigestError:
        return digest
    return f"{parsed.algorithm}:{parsed.hex[:12]}…"

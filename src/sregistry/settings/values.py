"""Text or TOML value -> typed value, one `Kind` per form a setting can have.

Every reader takes what the command line, an environment variable (text) or a TOML file (native
types) may hold and returns the typed value; ValueError means "not of this kind".
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from sregistry.codecs import CODECS, WRITTEN

_TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})
_FALSE = frozenset({"0", "false", "f", "no", "n", "off"})
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?", re.IGNORECASE)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d)?", re.IGNORECASE)
#: Sources that have a name, see `sregistry.references.sources`.
KNOWN_SOURCES = ("galaxy",)
_ADDRESS = re.compile(r"https?://[^/\s]+/")
_BRACED = re.compile(r"\{([a-z]+)\}")
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass(frozen=True, slots=True)
class Kind:
    """A form of value: its name in words, how it is read, how it is shown (never with a secret)."""

    words: str
    read: Callable[[Any], Any]
    show: Callable[[Any], str] = str


@dataclass(frozen=True, slots=True)
class Compression:
    """Codec of squashfs blocks and its level; None is the codec's own default level."""

    codec: str
    level: int | None = None

    def __str__(self) -> str:
        return self.codec if self.level is None else f"{self.codec}:{self.level}"


def read_text(raw: Any) -> str:
    """Any non-empty text."""
    if not isinstance(raw, str) or not raw:
        raise ValueError
    return raw


def read_flag(raw: Any) -> bool:
    """True and false in the spellings people use."""
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError


def read_count(raw: Any) -> int:
    """A whole number, zero or more."""
    if isinstance(raw, bool) or not re.fullmatch(r"\d+", str(raw).strip()):
        raise ValueError
    return int(raw)


def read_size(raw: Any) -> int:
    """Bytes: ``4194304``, ``4MiB``, ``4M`` (powers of 1024), ``4MB`` (powers of 1000)."""
    match = None if isinstance(raw, bool) else _SIZE.fullmatch(str(raw).strip())
    if not match:
        raise ValueError
    decimal = match[2] and not match[3] and str(raw).strip().lower().endswith("b")
    return int(float(match[1]) * (1000 if decimal else 1024) ** _POWERS[match[2].lower()])


def show_size(value: int) -> str:
    """The shortest exact spelling that `read_size` reads back."""
    for unit, power in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if value and value % (1 << power) == 0:
            return f"{value >> power}{unit}"
    return str(value)


def read_duration(raw: Any) -> float:
    """Seconds: ``10``, ``1.5``, ``500ms``, ``2min``, ``1h``, ``30d``."""
    match = None if isinstance(raw, bool) else _DURATION.fullmatch(str(raw).strip())
    if not match:
        raise ValueError
    return float(match[1]) * _SECONDS[(match[2] or "s").lower()]


def show_duration(value: float) -> str:
    """Seconds with their unit."""
    return f"{value:g}s"


def read_mode(raw: Any) -> int:
    """Permission bits of a file in octal: ``0640``, ``0o640``; a bare TOML number is taken as octal digits."""
    match = None if isinstance(raw, bool) else re.fullmatch(r"(?:0o?)?([0-7]{3})", str(raw).strip())
    if not match:
        raise ValueError
    return int(match[1], 8)


def show_mode(value: int) -> str:
    """Four octal digits."""
    return f"{value:04o}"


def read_path(raw: Any) -> Path:
    """A path; ``~`` is expanded by `load`, which knows the home folder."""
    if isinstance(raw, Path):
        return raw
    if not isinstance(raw, (str, os.PathLike)) or not os.fspath(raw) or "\0" in os.fspath(raw):
        raise ValueError
    if "://" in os.fspath(raw):  # an address in the wrong place, which may hold a password
        raise ValueError
    return Path(raw)


def read_url(raw: Any) -> str:
    """A database address, ``dialect://…``."""
    text = read_text(raw)
    if "://" not in text:
        raise ValueError
    return text


def show_url(value: str) -> str:
    """The address without its password."""
    try:
        parts = urlsplit(value)
        user, at, host = parts.netloc.rpartition("@")
    except ValueError:
        return "***"
    netloc = user.split(":", 1)[0] + (":***" if ":" in user else "") + at + host
    return urlunsplit((parts.scheme, netloc, parts.path, "***" if parts.query else "", ""))


def read_compression(raw: Any) -> Compression:
    """A codec that images are written with, and ``:LEVEL`` for those that have levels."""
    if isinstance(raw, Compression):
        return raw
    match = re.fullmatch(r"([a-z0-9]+)(?::(\d{1,2}))?", str(raw).strip().lower())
    if not match or match[1] not in WRITTEN:
        raise ValueError
    level = int(match[2]) if match[2] else None
    if level is not None and level not in CODECS[match[1]].levels:
        raise ValueError
    return Compression(match[1], level)


def _compressions() -> str:
    """What can be asked for, in words."""
    levels = {name: CODECS[name].levels for name in WRITTEN if CODECS[name].levels}
    spans = [f"{name}:{found[0]} to {name}:{found[-1]}" for name, found in levels.items()]
    return f"{', '.join(WRITTEN[:-1])} or {WRITTEN[-1]}, or with a level: {', '.join(spans)}"


def read_sources(raw: Any) -> tuple[str, ...]:
    """Other sources of addresses: a TOML table or list, or text with blanks between the items.

    An item is the name of a known source, or ``ADDRESS=REFERENCE``. What is in braces in the first stands for a part of
    the address, and has to be put in braces in the second; see `sregistry.references.sources`.
    """
    if isinstance(raw, dict):
        raw = [f"{address}={instead}" for address, instead in raw.items()]
    items = tuple(raw.split() if isinstance(raw, str) else raw if isinstance(raw, (list, tuple)) else ("",))
    if not items or not all(isinstance(item, str) and _is_source(item) for item in items):
        raise ValueError
    return items


def _is_source(item: str) -> bool:
    if item in KNOWN_SOURCES:
        return True
    address, _, instead = item.partition("=")
    named, used = _BRACED.findall(address), _BRACED.findall(instead)
    lawful = sorted(named) == sorted(set(named)) and set(used) <= set(named)
    return lawful and bool(_ADDRESS.match(address) and ":" in instead and not re.search(r"\s", item))


def choice(*words: str) -> Kind:
    """One of `words`, in any case."""

    def read(raw: Any) -> str:
        if str(raw).strip().lower() not in words:
            raise ValueError
        return str(raw).strip().lower()

    return Kind("one of " + ", ".join(words), read)


TEXT = Kind("text", read_text)
FLAG = Kind("yes or no", read_flag, lambda value: "yes" if value else "no")
COUNT = Kind("a whole number", read_count)
SIZE = Kind("a size such as 4MiB", read_size, show_size)
DURATION = Kind("a time such as 10s or 2min", read_duration, show_duration)
MODE = Kind("a file mode such as 0640", read_mode, show_mode)
PATH = Kind("a path", read_path)
DATABASE_URL = Kind("an address such as postgresql://host/name", read_url, show_url)
COMPRESSION = Kind(_compressions(), read_compression)
SOURCES = Kind("galaxy, or ADDRESS=REFERENCE", read_sources, " ".join)

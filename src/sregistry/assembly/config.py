"""The image config document, read once into types: everything behind this module may trust it.

Sources: OCI Image Format Specification, config.md; Docker's and containerd's reading of it, which is
that of Go's encoding/json (null is the empty value; text that is not Unicode becomes U+FFFD).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sregistry.assembly.errors import AssemblyError

_T = TypeVar("_T")
_SURROGATE = re.compile("[\ud800-\udfff]")
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.\d+)?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII)
_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """What the config of an image says about running it.

    Attributes:
        entrypoint, command, environment: ``Entrypoint``, ``Cmd`` and ``Env`` as given.
        labels: ``Labels``.
        working_directory, user, stop_signal: "" when not set.
        volumes: paths, sorted.
        has_healthcheck: whether ``Healthcheck`` is set.
        created: seconds since 1970 of the document's ``created``; None when it is absent, unreadable or earlier.
        document: the inner ``config`` object as it came, for those who read it later.
        replaced: fields in which text that is not Unicode was replaced by U+FFFD.
    """

    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    environment: tuple[str, ...]
    labels: Mapping[str, str]
    working_directory: str
    user: str
    stop_signal: str
    volumes: tuple[str, ...]
    has_healthcheck: bool
    created: int | None
    document: Mapping[str, Any]
    replaced: tuple[str, ...]


def read_config(document: Mapping[str, Any]) -> ImageConfig:
    """Return what the image config `document` says.

    Raises:
        AssemblyError: ``image-config-invalid`` when a field has a value of a wrong kind.
    """
    reader = _Reader()
    outer = reader.mapping(document, "document")
    inner = reader.mapping(outer.get("config"), "config")
    entrypoint = reader.words(inner.get("Entrypoint"), "config.Entrypoint")
    return ImageConfig(
        # A lone empty string is how `docker run --entrypoint ''` is kept by `docker commit`: no entrypoint.
        entrypoint=() if entrypoint == ("",) else entrypoint,
        command=reader.words(inner.get("Cmd"), "config.Cmd"),
        environment=reader.texts(inner.get("Env"), "config.Env"),
        labels=reader.text_map(inner.get("Labels"), "config.Labels"),
        working_directory=reader.text(inner.get("WorkingDir"), "config.WorkingDir"),
        user=reader.text(inner.get("User"), "config.User"),
        stop_signal=reader.text(inner.get("StopSignal"), "config.StopSignal"),
        volumes=tuple(sorted(reader.keys(inner.get("Volumes"), "config.Volumes"))),
        has_healthcheck=bool(reader.mapping(inner.get("Healthcheck"), "config.Healthcheck")),
        created=parse_time(reader.text(outer.get("created"), "created")),
        document=inner,
        replaced=tuple(sorted(reader.replaced)),
    )


def parse_time(text: str) -> int | None:
    """Return the seconds since 1970 of an RFC 3339 time; None for any other text and for earlier times.

    Earlier times occur only as Go's zero time, year 1, which stands for "not known".
    """
    match = _RFC3339.fullmatch(text)
    if not match:
        return None
    try:
        local = datetime.fromisoformat(f"{match[1]}T{match[2]}")
    except ValueError:
        return None
    offset = timedelta(hours=int(match[4] or 0), minutes=int(match[5] or 0))
    seconds = (local - _EPOCH - (-offset if match[3] == "-" else offset)) // timedelta(seconds=1)
    return seconds if seconds >= 0 else None


def format_time(seconds: int) -> str:
    """Return the RFC 3339 text, in UTC, of a time that `parse_time` returned."""
    return f"{_EPOCH + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}Z"


@dataclass(slots=True)
class _Reader:
    """Reads values by kind; null is the empty value of every kind."""

    replaced: set[str] = field(default_factory=set)

    def text(self, value: object, name: str) -> str:
        if value is None:
            return ""
        if not isinstance(value, str):
            raise _invalid(name, "a string", value)
        clean = _SURROGATE.sub("\ufffd", value)
        if clean != value:
            self.replaced.add(name)
        return clean

    def texts(self, value: object, name: str) -> tuple[str, ...]:
        if value is None:
            return ()
        if not isinstance(value, list):
            raise _invalid(name, "a list of strings", value)
        return tuple(self.text(item, f"{name}[{index}]") for index, item in enumerate(value))

    def words(self, value: object, name: str) -> tuple[str, ...]:
        """A command; a lone text is its only word, as Docker reads it (``strslice``)."""
        if isinstance(value, str):
            value = [value] if value else None
        return self.texts(value, name)

    def mapping(self, value: object, name: str) -> Mapping[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise _invalid(name, "an object", value)
        return value

    def text_map(self, value: object, name: str) -> Mapping[str, str]:
        return self._entries(value, name, lambda item: self.text(item, name))

    def keys(self, value: object, name: str) -> Mapping[str, None]:
        return self._entries(value, name, lambda item: None)

    def _entries(self, value: object, name: str, convert: Callable[[object], _T]) -> Mapping[str, _T]:
        return {self.text(key, name): convert(item) for key, item in self.mapping(value, name).items()}


def _invalid(name: str, expected: str, value: object) -> AssemblyError:
    actual = _kind(value)
    return AssemblyError(
        "image-config-invalid",
        f"{name} in the image config must be {expected}, not {actual}",
        field=name,
        expected=expected,
        actual=actual,
    )


def _kind(value: object) -> str:
    """The JSON kind of a value, with its article."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a string"
    return "a list" if isinstance(value, list) else "an object"

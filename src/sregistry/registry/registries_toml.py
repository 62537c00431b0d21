"""One file of ``registries.conf``'s form: TOML ─► rules and aliases, checked.

Source: containers-registries.conf(5). Keys it does not define are passed over.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from sregistry.errors import RegistryError, as_cause

_SIZE_LIMIT = 1 << 20
_PULL_FROM = ("all", "digest-only", "tag-only")
_LOCATION = re.compile(r"(\*\.)?[A-Za-z0-9_.\[\]:-]+(/[A-Za-z0-9_./-]*)?")
_ALIAS = re.compile(r"[A-Za-z0-9_.\[\]:-]+/[a-z0-9_./-]+")

#: Where a table stands in the text: its beginning, the end of its own keys, the end of its sub-tables.
Span = tuple[int, int, int]
_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)


class Fail(Protocol):
    """Makes the error for a reason, at the line of a key of the table where it has one."""

    def __call__(self, reason: str, key: str = "") -> RegistryError:
        """The error for `reason`."""
        ...


@dataclass(frozen=True, slots=True)
class Mirror:
    """``[[registry.mirror]]``: where, how, and for which references (all, digest-only, tag-only)."""

    location: str
    insecure: bool = False
    pull_from: str = "all"


@dataclass(frozen=True, slots=True)
class Rule:
    """``[[registry]]``; an empty location leaves the name as it is."""

    prefix: str
    location: str
    file: str
    insecure: bool = False
    blocked: bool = False
    mirror_by_digest_only: bool = False
    mirrors: tuple[Mirror, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """What one file says."""

    file: str
    rules: tuple[Rule, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)


def read(path: Path, words: str) -> Document:
    """Read the file at `path`, called `words` in messages.

    Raises:
        RegistryError: ``setting-registries-conf``.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_SIZE_LIMIT + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _error(words, None, f"it could not be read: {reason}") from error
    return parse(data, words)


def parse(data: bytes, file: str) -> Document:
    """Read the content of a file called `file`; raises as `read` does."""
    if len(data) > _SIZE_LIMIT:
        raise _error(file, None, f"it is larger than {_SIZE_LIMIT >> 20} MiB")
    try:
        text = data.decode("utf-8")
        document = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise _error(file, data.count(b"\n", 0, error.start) + 1, "it is not UTF-8 text") from as_cause(error)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        reason = str(error).partition(" (at ")[0]
        raise _error(file, int(place[1]) if place else text.rstrip().count("\n") + 1, reason) from as_cause(error)
    except (RecursionError, ValueError):
        raise _error(file, None, "it is not TOML text") from None
    return _Reader(text, file).document(document)


def _error(file: str, line: int | None, reason: str) -> RegistryError:
    place = f"{file}, line {line}" if line else file
    return RegistryError("setting-registries-conf", f"{place}: {reason}", file=file, line=line, reason=reason)


class _Reader:
    """Reads one parsed file; knows its text only to say in which line a table begins."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file

    def document(self, document: Mapping[str, Any]) -> Document:
        registries = document.get("registry", [])
        if not isinstance(registries, list) or not all(isinstance(table, dict) for table in registries):
            raise self._error(r"^\s*\[?registry\b", 0, '"registry" has to be written as [[registry]] tables')
        rules = [self._rule(table, index) for index, table in enumerate(registries)]
        rules.extend(self._version_1(document.get("registries")))
        return Document(self._file, tuple(rules), self._aliases(document.get("aliases", {})))

    def _error(self, pattern: str, index: int, reason: str) -> RegistryError:
        """An error about the `index`-th place where `pattern` matches the text."""
        places = [match.end() for match in re.finditer(pattern, self._text, re.MULTILINE)]
        line = self._text.count("\n", 0, places[index]) + 1 if index < len(places) else None
        return _error(self._file, line, reason)

    def _span(self, header: str, index: int, within: tuple[int, int]) -> Span | None:
        """Where the `index`-th table with this `header` stands; None where it is written in another form."""
        begin, end = within
        heads = [match.start() for match in re.compile(header, re.MULTILINE).finditer(self._text, begin, end)]
        if index >= len(heads):
            return None
        start = heads[index]
        last = heads[index + 1] if index + 1 < len(heads) else end
        following = _TABLE.search(self._text, self._text.find("\n", start) + 1 or end, last)
        return start, following.start() if following else last, last

    def _fail(self, span: Span | None, reason: str, key: str = "") -> RegistryError:
        if span is None:
            return _error(self._file, None, reason)
        start, own, _ = span
        pattern = re.compile(rf"^[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*=", re.MULTILINE)
        match = pattern.search(self._text, start, own) if key else None
        return _error(self._file, self._text.count("\n", 0, match.start() if match else start) + 1, reason)

    def _rule(self, table: Mapping[str, Any], index: int) -> Rule:
        span = self._span(r"^[ \t]*\[\[[ \t]*registry[ \t]*\]\]", index, (0, len(self._text)))
        fail: Fail = partial(self._fail, span)
        location = _text(table, "location", fail)
        prefix = _text(table, "prefix", fail) or location
        if not prefix:
            raise fail("a [[registry]] needs a prefix or a location")
        if location.startswith("*."):
            raise fail('a location cannot begin with "*."', "location")
        mirrors = table.get("mirror", [])
        if not isinstance(mirrors, list) or not all(isinstance(mirror, dict) for mirror in mirrors):
            raise fail('"mirror" has to be written as [[registry.mirror]] tables', "mirror")
        by_digest = _flag(table, "mirror-by-digest-only", fail)
        return Rule(
            prefix=prefix,
            location=location,
            file=self._file,
            insecure=_flag(table, "insecure", fail),
            blocked=_flag(table, "blocked", fail),
            mirror_by_digest_only=by_digest,
            mirrors=tuple(
                _mirror(mirror, by_digest, self._of_mirror(span, place, fail)) for place, mirror in enumerate(mirrors)
            ),
        )

    def _of_mirror(self, rule: Span | None, index: int, fail: Fail) -> Fail:
        """Makes the errors of the `index`-th mirror of a rule."""
        if rule is None:
            return fail
        span = self._span(r"^[ \t]*\[\[[ \t]*registry[ \t]*\.[ \t]*mirror[ \t]*\]\]", index, (rule[0], rule[2]))
        return partial(self._fail, span) if span else lambda reason, key="": self._fail(rule, reason, "mirror")

    def _version_1(self, tables: Any) -> Iterator[Rule]:
        """``[registries.insecure]`` and ``[registries.block]`` of the old form."""
        if not isinstance(tables, dict):
            return
        for name in ("insecure", "block"):
            table = tables.get(name)
            hosts = table.get("registries", []) if isinstance(table, dict) else []
            if not isinstance(hosts, list) or not all(isinstance(host, str) and host for host in hosts):
                raise self._error(rf"^\s*\[registries\.{name}\]", 0, '"registries" has to be a list of names')
            for host in hosts:
                yield Rule(host, host, self._file, insecure=name == "insecure", blocked=name == "block")

    def _aliases(self, table: Any) -> Mapping[str, str]:
        if not isinstance(table, dict):
            raise self._error(r"^\s*aliases\b", 0, '"aliases" has to be written as a table [aliases]')
        for name, target in table.items():
            if not isinstance(target, str) or (target and not _ALIAS.fullmatch(target)):
                pattern = rf"^\s*[\"']?{re.escape(name)}[\"']?\s*="
                raise self._error(pattern, 0, f"the alias {name!r} has to be a name with registry and without tag")
        return table


def _text(table: Mapping[str, Any], key: str, fail: Fail) -> str:
    """A prefix or location, without slashes at its end; "" if it is not given."""
    value = table.get(key, "")
    if isinstance(value, str) and "@" in value:
        raise fail(f"the {key} has a login in it (before the @); logins are kept in the docker config", key)
    if isinstance(value, str) and "://" in value:
        raise fail(f'the {key} {value!r} must not have a scheme; "insecure = true" allows plain http', key)
    if not isinstance(value, str) or (value and not _LOCATION.fullmatch(value)):
        raise fail(f"the {key} {value!r} is not a name such as host[:port][/path]", key)
    return value.rstrip("/")


def _flag(table: Mapping[str, Any], key: str, fail: Fail) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise fail(f'"{key}" has to be true or false', key)
    return value


def _mirror(table: Mapping[str, Any], by_digest: bool, fail: Fail) -> Mirror:
    location = _text(table, "location", fail)
    if not location or location.startswith("*."):
        raise fail("a [[registry.mirror]] needs a location", "location")
    pull_from = table.get("pull-from-mirror", "all")
    if pull_from not in _PULL_FROM:
        raise fail(f'"pull-from-mirror" has to be one of {", ".join(_PULL_FROM)}', "pull-from-mirror")
    if by_digest and "pull-from-mirror" in table:
        raise fail('"pull-from-mirror" and "mirror-by-digest-only" exclude each other', "pull-from-mirror")
    return Mirror(location, _flag(table, "insecure", fail), pull_from)

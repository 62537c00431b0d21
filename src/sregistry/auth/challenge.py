"""``WWW-Authenticate``: what a registry wants before it answers.

Grammar: RFC 9110, section 11.6.1. Read leniently, because what registries send is lenient: several
challenges in one header or in several, parameters in any order, spaces around "=" and ",", commas
forgotten, a quoted string that never ends, ``service`` or ``scope`` missing, ``scope`` twice.
Nothing here raises: what cannot be read is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sregistry.scrubbing import PROCESS

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_TOKEN68 = re.compile(r"[A-Za-z0-9\-._~+/]+=*(?=\s*(?:,|$))")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)(?:"|\\?$)', re.DOTALL)
_BARE = re.compile(r"[^\s,\"]+")
_SPACE = re.compile(r"[ \t\r\n]*")
_GAP = re.compile(r"[ \t\r\n,]*")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)

#: Characters of one field that are read, and of one part of it that are shown; fields that are read.
_LONGEST = 8 << 10
_SHOWN = 1000
_MOST = 20


@dataclass(frozen=True, slots=True)
class Challenge:
    """One scheme with its parameters.

    Attributes:
        scheme: lowercase, e.g. ``bearer``.
        parameters: name in lowercase -> values in order.
        token68: what follows the scheme where it is no parameter (``Negotiate abc=``).
    """

    scheme: str
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    token68: str | None = None

    def get(self, name: str) -> str | None:
        """The first value of a parameter; None if it is absent or empty."""
        values = self.parameters.get(name, ())
        return values[0].strip() or None if values else None

    @property
    def scopes(self) -> tuple[str, ...]:
        """Every scope asked for: ``scope`` may come twice, and each may hold several words."""
        return tuple(word for value in self.parameters.get("scope", ()) for word in value.split())

    def facts(self) -> dict[str, str | None]:
        """The parts that explain a refusal."""
        return {
            "scheme": _short(self.scheme),
            "realm": _short(self.get("realm")),
            "service": _short(self.get("service")),
            "scope": _short(" ".join(self.scopes)) or None,
            "error": _short(self.get("error")),
            "error_description": _short(self.get("error_description")),
        }


def _short(text: str | None) -> str | None:
    return text and PROCESS.head(text, _SHOWN)


def parse(values: Iterable[str]) -> list[Challenge]:
    """Return the challenges in the given header values, in order."""
    return [challenge for value in list(values)[:_MOST] for challenge in _Scanner(value[:_LONGEST]).challenges()]


class _Scanner:
    """Reads one header value from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def challenges(self) -> list[Challenge]:
        found: list[tuple[str, dict[str, list[str]], str | None]] = []
        while True:
            self._take(_GAP)
            if self._at >= len(self._text):
                break
            word = self._take(_TOKEN)
            if not word:
                self._at += 1
            elif (value := self._value()) is not None:
                if found:
                    found[-1][1].setdefault(word.lower(), []).append(value)
            else:
                self._take(_SPACE)
                found.append((word.lower(), {}, self._take(_TOKEN68) if self._starts_token68() else None))
        return [Challenge(scheme, {k: tuple(v) for k, v in items.items()}, word) for scheme, items, word in found]

    def _value(self) -> str | None:
        """The value after "=", or None where no "=" follows (then the word was a scheme)."""
        start = self._at
        self._take(_SPACE)
        if self._text[self._at : self._at + 1] != "=":
            self._at = start
            return None
        self._at += 1
        self._take(_SPACE)
        quoted = _QUOTED.match(self._text, self._at)
        if quoted:
            self._at = quoted.end()
            return _ESCAPED.sub(r"\1", quoted[1])
        return self._take(_BARE)

    def _starts_token68(self) -> bool:
        """Whether a token68 follows, and not the next scheme or a parameter without value."""
        match = _TOKEN68.match(self._text, self._at)
        return bool(match and (len(match[0]) >= 8 or match[0].endswith("=")))

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if not match:
            return ""
        self._at = match.end()
        return match[0]

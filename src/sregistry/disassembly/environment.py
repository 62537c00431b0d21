"""Environment scripts of a container -> variables, as far as they are certain without running anything.

Read are assignments with and without ``export``, quoted or not, and uses of variables whose value is known. At the
first other thing a script is left: what comes after it may depend on it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_SPACE = re.compile(r"(?:[ \t]|\\\n)*")
#: Between statements: ends of lines, semicolons, comments.
_BETWEEN = re.compile(r"(?:[ \t\n;]|\\\n|#[^\n]*)*")
_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]+", re.ASCII)
_IN_QUOTES = re.compile(r'[^"\\$`]+')
_END = re.compile(r"(?=[\n;#]|$)")
#: What the runtime or Docker sets anew in each container.
_CHANGING = frozenset({"HOME", "USER", "LOGNAME", "PWD", "OLDPWD", "HOSTNAME", "SHELL", "TERM", "UID", "EUID", "PPID"})
#: As Docker sets it where an image says nothing.
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class _Uncertain(Exception):  # noqa: N818 - no fault of anybody's
    """Here stands what only a shell can tell."""


@dataclass(slots=True)
class Variables:
    """What scripts have set so far.

    Attributes:
        values: all variables of the shell.
        exported: the names that programs get, in the order in which they were exported.
    """

    values: dict[str, str] = field(default_factory=lambda: {"PATH": DEFAULT_PATH})
    exported: dict[str, None] = field(default_factory=dict)

    def entries(self) -> list[str]:
        """``NAME=value`` for each exported variable, as ``Env`` of a config has it."""
        return [f"{name}={self.values[name]}" for name in self.exported if name in self.values]


def read_scripts(scripts: Mapping[str, str]) -> tuple[list[str], bool]:
    """Return ``Env`` as the scripts (name -> text) set it in the order of their names, and whether that is all."""
    variables = Variables()
    certain = [_Script(scripts[name], variables).read() for name in sorted(scripts)]
    return variables.entries(), all(certain)


class _Script:
    """Reads one script from its beginning."""

    def __init__(self, text: str, variables: Variables) -> None:
        self._text = text
        self._at = 0
        self._variables = variables

    def read(self) -> bool:
        """Apply the statements; return whether all of them were certain."""
        try:
            while True:
                self._take(_BETWEEN)
                if self._at >= len(self._text):
                    return True
                self._statement()
        except _Uncertain:
            return False

    def _take(self, pattern: re.Pattern[str]) -> str | None:
        match = pattern.match(self._text, self._at)
        if match is None:
            return None
        self._at = match.end()
        return match[0]

    def _need(self, pattern: re.Pattern[str]) -> str:
        found = self._take(pattern)
        if found is None:
            raise _Uncertain
        return found

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _statement(self) -> None:
        """``NAME=VALUE``, ``export NAME=VALUE …`` or ``export NAME …``."""
        name = self._need(_NAME)
        if name != "export":
            if self._next() != "=":
                raise _Uncertain
            self._finish({name: self._assigned()}, ())
            return
        values: dict[str, str] = {}
        names = []
        while self._take(_SPACE) and self._next() not in ("", "\n", ";", "#"):
            names.append(self._need(_NAME))
            if self._next() == "=":
                values[names[-1]] = self._assigned()
        if not names:
            raise _Uncertain
        self._finish(values, names)

    def _finish(self, values: dict[str, str], names: list[str] | tuple[()]) -> None:
        """Take effect, if the statement ends here."""
        self._take(_SPACE)
        self._need(_END)
        self._variables.values.update(values)
        self._variables.exported.update(dict.fromkeys(names))

    def _assigned(self) -> str:
        self._at += 1
        value = ""
        while self._next() not in ("", " ", "\t", "\n", ";"):
            value += self._part()
        return value

    def _part(self) -> str:
        """One piece of a word: quoted, a variable, an escaped character, or plain characters."""
        first = self._next()
        if first == "'":
            end = self._text.find("'", self._at + 1)
            if end < 0:
                raise _Uncertain
            start, self._at = self._at + 1, end + 1
            return self._text[start:end]
        if first == '"':
            self._at += 1
            return self._quoted()
        if first == "$":
            return self._variable(quoted=False)
        if first == "\\" and self._text[self._at + 1 : self._at + 2] not in ("", "\n"):
            self._at += 2
            return self._text[self._at - 1]
        return self._need(_PLAIN)

    def _quoted(self) -> str:
        """The rest of a text in double quotes."""
        value = ""
        while (first := self._next()) != '"':
            if first == "$":
                value += self._variable(quoted=True)
            elif first == "\\":
                escaped = self._text[self._at + 1 : self._at + 2]
                self._at += 2
                value += "" if escaped == "\n" else escaped if escaped in '"\\$`' else "\\" + escaped
            else:
                value += self._need(_IN_QUOTES)
        self._at += 1
        return value

    def _variable(self, *, quoted: bool) -> str:
        """``$NAME``, ``${NAME}`` or ``${NAME:-WORD}``, in which quotes mean other things where it is `quoted`."""
        self._at += 1
        if self._next() != "{":
            return self._value(self._need(_NAME))
        self._at += 1
        name = self._need(_NAME)
        if self._next() == "}":
            self._at += 1
            return self._value(name)
        if not self._text.startswith(":-", self._at) or name in _CHANGING:
            raise _Uncertain
        self._at += 2
        word = ""
        while self._next() != "}":
            if quoted and self._next() in ("'", "\\"):
                raise _Uncertain
            word += self._part()
        self._at += 1
        return self._variables.values.get(name) or word

    def _value(self, name: str) -> str:
        value = None if name in _CHANGING else self._variables.values.get(name)
        if value is None:
            raise _Uncertain
        return value

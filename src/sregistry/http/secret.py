"""A value that must never be shown: passwords, tokens, refresh tokens.

`str`, `repr` and `format` give ``***``, so that a secret that reaches a log line, an f-string, an
exception or a debugger's variable list is still hidden; only `reveal` gives it away, and the only
callers of `reveal` are those that put it on the wire or write it to a credentials file.
"""

from __future__ import annotations

import hmac
from typing import NoReturn

from sregistry.scrubbing import HIDDEN, PROCESS, octets

__all__ = ["HIDDEN", "Secret", "octets"]


class Secret:
    """One secret text, which this process takes out of all that it shows.

    Compares by value in constant time, cannot be pickled.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str, *, hidden: bool = True) -> None:
        """`hidden` False: it is not looked for in what is shown, as it is nobody's, and may be a word of ours."""
        self._value = value
        if hidden:
            PROCESS.add(value)

    def reveal(self) -> str:
        """The secret itself."""
        return self._value

    def __repr__(self) -> str:
        return HIDDEN

    def __str__(self) -> str:
        return HIDDEN

    def __format__(self, spec: str) -> str:
        return HIDDEN

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(octets(self._value), octets(other._value))

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")

"""Arguments of a Python program, looked at before anything is done with them.

Whatever cannot be what it is given for is an error of ours that names the argument: a TypeError or a
ValueError, as Python programs expect, with the code ``argument-type`` or ``argument-value``.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from sregistry.errors import UsageError
from sregistry.references import Platform, Reference

#: So much of a value is shown.
_SHOWN = 60
#: What a listener must be able to do.
_HEARS = (
    *("step", "warning", "waiting", "layers", "layer_started", "layer_progress", "layer_finished"),
    *("assembling", "assembled", "close"),
)


class ArgumentTypeError(UsageError, TypeError):
    """An argument is of a type that means nothing there. Facts: ``argument``, ``type``, ``expected``, ``value``."""


class ArgumentValueError(UsageError, ValueError):
    """An argument has a value that it cannot have. Facts: ``argument``, ``expected``, ``value``."""


def wrong_type(argument: str, value: object, expected: str, *, shown: bool = True) -> ArgumentTypeError:
    """The error for `value`, which is not `expected`; what may hold a secret is not `shown`."""
    kind = "None" if value is None else type(value).__qualname__
    seen: dict[str, Any] = {"value": _short(value)} if shown and value is not None else {}
    message = f"the argument {argument} has to be {expected}; it is {kind if value is None else f'of type {kind}'}"
    return ArgumentTypeError("argument-type", message, argument=argument, expected=expected, type=kind, **seen)


def wrong_value(argument: str, value: object, expected: str) -> ArgumentValueError:
    """The error for `value`, which is of the right type and not `expected`."""
    message = f"the argument {argument} has to be {expected}; it is {_short(value)}"
    return ArgumentValueError("argument-value", message, argument=argument, expected=expected, value=_short(value))


def _short(value: object) -> str:
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - it is the program's own
        text = f"<{type(value).__qualname__}>"
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def reference_text(value: str | Reference, argument: str = "reference") -> str:
    """The text of a reference, as on the command line."""
    if isinstance(value, Reference):
        return value.uri
    return text(value, argument, "a reference, as text or Reference")


def text(value: str, argument: str, expected: str = "a text") -> str:
    """A text, empty or not."""
    if not isinstance(value, str):
        raise wrong_type(argument, value, expected)
    return value


def lines(value: str | Iterable[str], argument: str) -> str:
    """A text, or an iterable of its lines."""
    if isinstance(value, str):
        return value
    found = list(value) if isinstance(value, Iterable) else [None]
    if not all(isinstance(line, str) for line in found):
        raise wrong_type(argument, value, "a text or a list of lines")
    return "\n".join(map(str, found))


def name(value: str, argument: str = "name") -> str:
    """A text that is not empty."""
    if not text(value, argument, "the name of an image, as text").strip():
        raise wrong_value(argument, value, "the name of an image")
    return value


def path(value: str | os.PathLike[str], argument: str) -> Path:
    """The path of a file or folder."""
    expected = "a path, as text or Path"
    if isinstance(value, (str, os.PathLike)):
        found = os.fspath(value)
        if isinstance(found, str):
            if not found or "\0" in found:
                raise wrong_value(argument, value, "a path")
            return Path(found)
    raise wrong_type(argument, value, expected)


def target(value: str | os.PathLike[str] | Reference, argument: str = "target") -> str:
    """What can be looked at: a name or reference, or the path of a file."""
    if isinstance(value, (str, Reference)):
        found = reference_text(value, argument)
        if not found.strip():
            raise wrong_value(argument, value, "a name, a reference or the path of a SIF file")
        return found
    if not isinstance(value, os.PathLike):
        raise wrong_type(argument, value, "a name, a reference or the path of a SIF file")
    return str(path(value, argument))


def platform(value: str | Platform | None) -> str | None:
    """A platform, whose text is read where it is used."""
    if value is None or isinstance(value, Platform):
        return str(value) if value else None
    if not text(value, "platform", "a platform, as text or Platform").strip():
        raise wrong_value("platform", value, "a platform such as linux/amd64")
    return value


def count(value: int | None, argument: str) -> int | None:
    """How many, at most; None for all."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type(argument, value, "a whole number, or None for all")
    if value < 1:
        raise wrong_value(argument, value, "1 or more")
    return value


def choice(value: str, argument: str, known: Collection[str]) -> str:
    """One of `known`."""
    expected = "one of " + ", ".join(known)
    if text(value, argument, expected) not in known:
        raise wrong_value(argument, value, expected)
    return value


def labels(value: Mapping[str, str] | None, argument: str = "labels") -> Mapping[str, str]:
    """Labels and their values."""
    if value is None:
        return {}
    pairs = list(value.items()) if isinstance(value, Mapping) else [(None, None)]
    if not all(isinstance(part, str) for pair in pairs for part in pair):
        raise wrong_type(argument, value, "a dictionary of texts")
    return value


def login(value: tuple[str, str] | None) -> tuple[str, str] | None:
    """User name and password, which are never shown."""
    if value is None:
        return None
    if not isinstance(value, tuple) or len(value) != 2 or not all(isinstance(part, str) for part in value):
        raise wrong_type("login", value, "a pair of texts, (user name, password)", shown=False)
    return value


def listener(value: Any, argument: str = "progress") -> Any:
    """A listener to operations, or None."""
    lacking = [method for method in _HEARS if not callable(getattr(value, method, None))]
    if value is not None and (lacking or isinstance(value, type)):
        expected = f"a Progress: an object with the methods {', '.join(_HEARS)}"
        raise wrong_type(argument, value, expected)
    return value


def function(value: Any, argument: str) -> Any:
    """Something that can be called, or None."""
    if value is not None and not callable(value):
        raise wrong_type(argument, value, "a function")
    return value


def event(value: Any, argument: str = "cancel") -> Any:
    """Something like a `threading.Event`, or None."""
    if value is not None and not (callable(getattr(value, "is_set", None)) and not isinstance(value, type)):
        raise wrong_type(argument, value, "an event with the method is_set, such as a threading.Event")
    return value

"""What a notebook shows of a result: a table, with everything from outside escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sregistry.printable import printable

#: So much of one value is shown.
_SHOWN = 300


class Shown:
    """A result whose facts a notebook shows as a table."""

    __slots__ = ()

    def facts(self) -> dict[str, Any]:
        """All of it in JSON's types."""
        raise NotImplementedError

    def _repr_html_(self) -> str:
        return table((), self.facts().items())


def table(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """An HTML table; without `columns` the first cell of each row is its title."""
    head = f"<tr>{''.join(f'<th>{_cell(column)}</th>' for column in columns)}</tr>" if columns else ""
    body = "".join(f"<tr>{''.join(_row(row, titled=not columns))}</tr>" for row in rows)
    return f"<table>{head}{body}</table>"


def _row(values: Iterable[object], *, titled: bool) -> Iterator[str]:
    for place, value in enumerate(values):
        yield f"<th>{_cell(value)}</th>" if titled and place == 0 else f"<td>{_cell(value)}</td>"


def preformatted(text: str) -> str:
    """Text for a terminal as HTML."""
    return f"<pre>{_escaped(text)}</pre>"


def _cell(value: object) -> str:
    text = _text(value)
    return _escaped(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (Mapping, list, tuple)):
        import json

        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _escaped(text: str) -> str:
    from html import escape

    return escape(printable(text))

"""What a scenario can answer: a value, from a well-formed reply to bytes that are no HTTP at all."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from enum import Enum, auto
from http import HTTPStatus
from typing import Any

Headers = tuple[tuple[str, str], ...]


class Framing(Enum):
    """How the end of a body is marked."""

    LENGTH = auto()
    CHUNKED = auto()
    CLOSE = auto()


class Ending(Enum):
    """What happens to the connection once all that is to be sent was sent."""

    KEEP = auto()
    CLOSE = auto()
    RESET = auto()
    HANG = auto()


@dataclass(frozen=True)
class Answer:
    """One reply.

    Attributes:
        headers: in order; names may repeat.
        announced: ``Content-Length`` if it is not to be the truth.
        sent: how many bytes of the body are sent before `ending`.
        endless: the body is sent again and again.
        pace: (bytes, seconds): send so many bytes, then pause.
        delay: seconds before the first byte.
        raw: exactly these bytes instead of everything else.
    """

    status: int = 200
    body: bytes = b""
    headers: Headers = ()
    framing: Framing = Framing.LENGTH
    version: str = "HTTP/1.1"
    announced: int | None = None
    sent: int | None = None
    ending: Ending = Ending.KEEP
    endless: bool = False
    pace: tuple[int, float] | None = None
    delay: float = 0
    raw: bytes | None = None

    def having(self, **changes: Any) -> Answer:
        """The same with other attributes."""
        return replace(self, **changes)

    def adding(self, *headers: tuple[str, str]) -> Answer:
        """The same with more header fields."""
        return replace(self, headers=(*self.headers, *headers))

    def setting(self, name: str, *values: str) -> Answer:
        """The same with a header field that has these values, or is absent."""
        others = tuple(item for item in self.headers if item[0].lower() != name.lower())
        return replace(self, headers=(*others, *((name, value) for value in values)))

    def head(self) -> bytes:
        """Status line and header fields."""
        length = len(self.body) if self.announced is None else self.announced
        framing = {
            Framing.LENGTH: (("Content-Length", str(length)),),
            Framing.CHUNKED: (("Transfer-Encoding", "chunked"),),
            Framing.CLOSE: (("Connection", "close"),),
        }[self.framing]
        lines = [f"{self.version} {self.status} {_reason(self.status)}"]
        lines += [f"{name}: {value}" for name, value in (*self.headers, *framing)]
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unheard Of"


def body(data: bytes, media_type: str | None, status: int = 200) -> Answer:
    """Bytes of a media type; without ``Content-Type`` where that is None."""
    return Answer(status, data, (("Content-Type", media_type),) if media_type is not None else ())


def document(value: object, status: int = 200, media_type: str = "application/json") -> Answer:
    """A value as JSON."""
    return body(json.dumps(value, indent=1).encode(), media_type, status)


def error(status: int, code: str, message: str, detail: object = None) -> Answer:
    """A refusal in the registry's own form (OCI Distribution, "Error Codes")."""
    return document({"errors": [{"code": code, "message": message, "detail": detail}]}, status)


def text(status: int, words: str) -> Answer:
    """A refusal in plain text."""
    return body(words.encode(), "text/plain; charset=utf-8", status)


def page(status: int, title: str, words: str) -> Answer:
    """A web page."""
    head = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head>\n"
    html = f"{head}<body><h1>{title}</h1><p>{words}</p></body></html>\n"
    return body(html.encode(), "text/html; charset=utf-8", status)


def xml(status: int, code: str, message: str) -> Answer:
    """An error as object storage words it."""
    words = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return body(words.encode(), "application/xml", status)


def redirect(location: str | None, status: int = 307) -> Answer:
    """Go elsewhere; without saying where if `location` is None."""
    return Answer(status, headers=(("Location", location),) if location is not None else ())


def raw(data: bytes, ending: Ending = Ending.CLOSE) -> Answer:
    """Bytes as they are."""
    return Answer(raw=data, ending=ending)


#: No answer at all.
SILENCE = raw(b"", Ending.HANG)
RESET = raw(b"", Ending.RESET)
CLOSED = raw(b"", Ending.CLOSE)

"""What an answer shows, as facts of an error: headers, the registry's own words, clock, page title.

Nothing here raises: an answer that explains nothing gives few facts.
"""

from __future__ import annotations

import email.utils
import html
import json
import re
import time
from collections.abc import Mapping
from typing import Any

from sregistry import gojson
from sregistry.answers import rate, said
from sregistry.scrubbing import PROCESS

#: How much of an error body is kept when it is not the registry's JSON.
HEAD = 400
_TITLE_SHOWN = 200
_FIELD_SHOWN = 300
#: Of one text in the registry's own errors.
_MESSAGE = 2000
_ERRORS_SHOWN = 20
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{1,2000})", re.IGNORECASE)
_HTML = re.compile(rb"^(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.I | re.DOTALL)
_XML_CODE = re.compile(r"<Code>([^<]{1,200})</Code>")
_XML_MESSAGE = re.compile(r"<Message>([^<]{1,4000})</Message>")
_DATE = re.compile(r"[A-Za-z]{3}, ?\d{1,2} [A-Za-z]{3} \d{4} \d{2}:\d{2}:\d{2} \S+?(?=,|$)")
_ERROR = gojson.struct("code", "message", "detail", "status")
_ERRORS = gojson.struct("code", "message", "details", "error", "error_description", errors=gojson.List(_ERROR))


def of_headers(headers: Mapping[str, str]) -> dict[str, Any]:
    """The facts of an answer's header fields; absent ones are left out."""
    found = {
        "server": _field(headers, "server"),
        "content_type": _field(headers, "content-type"),
        "clock_skew": clock_skew(headers),
        "retry_after": rate.retry_after(headers),
        "rate_limit": rate.headers(headers) or None,
        "via": _field(headers, "via"),
    }
    return {name: value for name, value in found.items() if value is not None}


def _field(headers: Mapping[str, str], name: str) -> str | None:
    """A header field, cut to what explains anything."""
    value = headers.get(name)
    return None if value is None else PROCESS.head(value, _FIELD_SHOWN)


def of_body(body: bytes, content_type: str | None) -> dict[str, Any]:
    """The facts of an error body: ``errors`` if it can be read as such, else ``body_head`` (and ``page_title``).

    With them come the facts of what it is about, see `said`.
    """
    found = _of_body(body, content_type)
    return {**found, **said.about({"content_type": content_type, **found})}


def _of_body(body: bytes, content_type: str | None) -> dict[str, Any]:
    if not body.strip():
        return {}
    text = _text(body)
    if is_html(body, content_type):
        title = page_title(text)
        return {"body_head": _head(text), **({"page_title": title} if title else {})}
    listed = errors(body) or _xml_errors(text)
    return {"errors": listed} if listed else {"body_head": _head(text)}


def errors(body: bytes) -> list[dict[str, Any]]:
    """The registry's own errors: the ``errors`` array of the specification, or what others send in its place.

    Source: OCI Distribution Specification, "Error Codes"; the variants are those of Docker Hub
    (``details``), GitHub (``message``), Google (``error.message``) and OAuth2 (``error_description``).
    """
    try:
        document = gojson.read(body, _ERRORS)
    except gojson.JsonError:
        return []
    if not isinstance(document, dict):
        return []
    listed = document.get("errors")
    if isinstance(listed, list):
        return [_one(item) for item in listed[:_ERRORS_SHOWN]]
    if isinstance(listed, dict) and listed.get("message"):
        return [_one(gojson.shaped(listed, _ERROR))]
    inner = document.get("error")
    if isinstance(inner, dict):
        return [_one(gojson.shaped(inner, _ERROR))]
    words = document.get("message") or document.get("error_description") or document.get("details") or inner
    if not isinstance(words, str):
        return []
    code = document.get("code") or (inner if isinstance(inner, str) and inner != words else None)
    return [_one({"code": code, "message": words})]


def _one(item: Any) -> dict[str, Any]:
    if not isinstance(item, dict):
        return {"code": None, "message": _short(str(item)), "detail": None}
    code, message, detail = item.get("code"), item.get("message"), item.get("detail")
    small = not isinstance(detail, str) and len(json.dumps(detail, default=str)) <= _MESSAGE
    return {
        "code": None if code is None else _short(str(code)),
        "message": None if message is None else _short(str(message)),
        "detail": detail if detail is None or small else _short(str(detail)),
    }


def _short(text: str) -> str:
    """A text of the registry's, cut where it is longer than anybody reads."""
    shown = PROCESS.head(text, _MESSAGE)
    return shown if len(text) <= _MESSAGE else f"{shown}… ({len(text) - _MESSAGE:,} characters more)"


def _xml_errors(text: str) -> list[dict[str, Any]]:
    """The ``<Error>`` of object storage (S3, GCS, Azure)."""
    code, message = _XML_CODE.search(text), _XML_MESSAGE.search(text)
    if not code:
        return []
    said = html.unescape(message[1]) if message else None
    return [_one({"code": html.unescape(code[1]), "message": said})]


def is_html(body: bytes, content_type: str | None) -> bool:
    """Whether this is a web page: by its first bytes, or by its type when it does not look like JSON."""
    if _HTML.match(body[:2000]):
        return True
    declared = (content_type or "").lower().startswith(("text/html", "application/xhtml"))
    return declared and not body.lstrip().startswith((b"{", b"["))


def page_title(text: str) -> str | None:
    """The title of a web page, spaces folded."""
    match = _TITLE.search(text)
    return PROCESS.head(" ".join(html.unescape(match[1]).split()), _TITLE_SHOWN) or None if match else None


def clock_skew(headers: Mapping[str, str]) -> float | None:
    """Local time minus the server's ``Date``, in seconds; None if unknown or from a cache (``Age``)."""
    # A server behind another may give its own beside the other's; the last one is nearest to the answer's origin.
    dates = _DATE.findall(headers.get("date", "")[:_FIELD_SHOWN])
    if not dates or headers.get("age") not in (None, "0"):
        return None
    try:
        return round(time.time() - email.utils.parsedate_to_datetime(dates[-1]).timestamp())
    except (ValueError, TypeError, OverflowError):
        return None


def words(found: Mapping[str, Any]) -> str:
    """All that a registry said in facts made by `of_body`, as one text to look for words in."""
    listed = [f"{item.get('code')} {item.get('message')} {item.get('detail')}" for item in found.get("errors", [])]
    return "\n".join([*listed, found.get("body_head", ""), found.get("page_title", "")])


def codes(found: Mapping[str, Any]) -> list[str]:
    """The codes among the registry's errors, in upper case."""
    return [str(item["code"]).upper() for item in found.get("errors", []) if item.get("code")]


def of_text(body: bytes) -> str:
    """The first characters of a body, fit to be shown."""
    return _head(_text(body[: HEAD * 4]))


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _head(text: str) -> str:
    """What of a text can be shown; nothing of what is mostly no text."""
    shown = "".join(c if c.isprintable() or c in "\n\t" else "�" for c in PROCESS.head(text.strip(), HEAD))
    return shown if shown.count("�") * 8 < len(shown) else ""

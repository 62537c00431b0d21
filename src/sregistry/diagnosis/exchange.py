"""The request and the answer as lines of text: what was asked, what came back, in the registry's own words."""

from __future__ import annotations

import html
import re

from sregistry.diagnosis.facts import Facts
from sregistry.printable import one_line

#: Of a body that is not the registry's JSON, so much is shown.
BODY_SHOWN = 200
#: So many errors of one answer are shown.
ERRORS_SHOWN = 5
#: The parts of a page that nobody sees; the last one may have been cut.
_MARKUP = re.compile(r"<(head|style|script)\b.*?(</\1\s*>|$)|<!--.*?(-->|$)|<[^>]*(>|$)", re.IGNORECASE | re.DOTALL)


def lines(facts: Facts, title: str = "") -> tuple[str, ...]:
    """The exchange that failed, or the error's own sentence where there was none.

    What `title` quotes already is not quoted again.
    """
    asked = _request(facts)
    if not asked:
        return (facts.sentence, facts.further("detail"))
    if not facts.has("status"):
        return (asked,)
    first = f"{asked} → {facts.text('status')}"
    said = errors(facts, title)
    return (first, *said) if said else (first + _kind_of_body(facts), *_body(facts, title))


def request(facts: Facts) -> tuple[str, ...]:
    """The request and the status only, where the body of the answer tells nothing that the title does not."""
    asked, status = _request(facts), facts.text("status")
    return (f"{asked} → {status}" if status else asked,) if asked else ()


def errors(facts: Facts, title: str = "") -> list[str]:
    """The registry's own errors, one line each: ``CODE: "message"``, with how many more there are."""
    said = list(dict.fromkeys(text for text in (_one_error(item, title) for item in facts.registry_errors) if text))
    return said if len(said) <= ERRORS_SHOWN else [*said[:ERRORS_SHOWN], f"and {len(said) - ERRORS_SHOWN} more"]


def _one_error(item: Facts, title: str) -> str:
    message, detail = one_line(item.text("message")), item.get("detail")
    quoted = f'"{message}"' if message and message not in title else ""
    said = ": ".join(part for part in (one_line(item.text("code"), 60), quoted) if part)
    if detail in (None, "", {}, []) or str(detail) in item.text("message"):
        return said
    return f"{said} ({one_line(_flat(detail))})"


def _flat(detail: object) -> str:
    """A detail of any shape in one line: ``name=faults/x, tag=1``."""
    if isinstance(detail, dict):
        return ", ".join(f"{key}={_flat(value)}" for key, value in detail.items())
    if isinstance(detail, list):
        return "; ".join(_flat(item) for item in detail)
    return str(detail)


def _request(facts: Facts) -> str:
    url = facts.text("url")
    return f"{facts.text('method') or 'GET'} {url}" if url else ""


def _kind_of_body(facts: Facts) -> str:
    kind = facts.text("content_type").partition(";")[0]
    return f"   {kind}" if kind else ""


def _body(facts: Facts, shown: str) -> tuple[str, ...]:
    """The head of a body that is not the registry's JSON, or of a page its title."""
    title, head = facts.text("page_title"), one_line(facts.text("body_head"), BODY_SHOWN)
    if title:
        return (f'a page titled "{title}"',) if title not in shown else ()
    return (f'"{head}"',) if head and head not in shown else ()


def page_text(facts: Facts) -> str:
    """What a web page says below its head, as far as it is known; empty for anything else."""
    head = facts.text("body_head")
    if not facts.has("page_title") and "html" not in facts.text("content_type"):
        return ""
    text = " ".join(html.unescape(_MARKUP.sub(" ", head)).split()).replace(facts.text("page_title"), "").strip()
    return one_line(text, BODY_SHOWN)

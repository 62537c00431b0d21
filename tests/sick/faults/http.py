"""HTTP itself: legal forms that clients forget, and forms that are not quite legal."""

from __future__ import annotations

from collections.abc import Callable

from tests.sick import registry
from tests.sick.answer import Answer, Ending, Framing, page
from tests.sick.request import Request
from tests.sick.scenario import SUCCEEDS, Expectation, Family, either, fails

FAMILY = Family("http")
_LEGAL = "it is legal HTTP"


def _served(
    name: str, change: Callable[[Answer], Answer], does: str, expect: Expectation = SUCCEEDS, cause: str = _LEGAL
) -> None:
    """Every answer of the healthy registry, in another form."""
    FAMILY.add(name, expect, does, cause, handle=lambda request: change(registry.serve(request)))


def _raw(answer: Answer, before: bytes = b"", status: bytes | None = None) -> Answer:
    """The answer as bytes, with something before it or another status line."""
    head = answer.head()
    line, _, rest = head.partition(b"\r\n")
    return Answer(raw=before + (status or line) + b"\r\n" + rest + answer.body, ending=Ending.CLOSE)


def _lines(answer: Answer) -> bytes:
    return answer.head().replace(b"\r\n", b"\n") + answer.body


_served("healthy", lambda answer: answer, "behaves", cause="nothing is wrong")
_served("chunked", lambda answer: answer.having(framing=Framing.CHUNKED), "everything in chunks")
_served(
    "chunks-of-one", lambda answer: answer.having(framing=Framing.CHUNKED, pace=(997, 0)), "everything in small chunks"
)
_served("until-close", lambda answer: answer.having(framing=Framing.CLOSE), "everything ends with the connection")
_served("http-1.0", lambda answer: answer.having(version="HTTP/1.0", ending=Ending.CLOSE), "HTTP/1.0")
_served(
    "closes-each", lambda answer: answer.adding(("Connection", "close")).having(ending=Ending.CLOSE), "one request each"
)
_served(
    "closes-unannounced",
    lambda answer: answer.having(ending=Ending.CLOSE),
    "closes after each answer without saying so",
)
_served("closes-late", lambda answer: answer.having(ending=Ending.CLOSE, delay=0.02), "closes late after each answer")
_served(
    "lowercase",
    lambda answer: answer.having(headers=tuple((n.lower(), v) for n, v in answer.headers)),
    "lowercase header names",
)
_served(
    "uppercase",
    lambda answer: answer.having(headers=tuple((n.upper(), v) for n, v in answer.headers)),
    "uppercase header names",
)
_served(
    "many-headers",
    lambda answer: answer.adding(*((f"X-Trace-{n}", "v" * 50) for n in range(60))),
    "60 more header fields",
)
_served(
    "odd-headers",
    lambda answer: answer.adding(("X-Odd", "caf\xe9 \xff"), ("X-Empty", "")),
    "header values that are not ASCII",
)
_served("no-date", lambda answer: answer.adding(("Date", "")), "an empty Date")
_served("odd-date", lambda answer: answer.adding(("Date", "Thursday")), "a Date that is none")
_served(
    "no-api-version", lambda answer: answer.setting("Docker-Distribution-Api-Version"), "no sign of being a registry"
)
_served(
    "early-hints",
    lambda answer: _raw(answer, b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
    "103 before each answer",
    either("network-protocol registry-unexpected", r"HTTP|103"),
)
_served("continue", lambda answer: _raw(answer, b"HTTP/1.1 100 Continue\r\n\r\n"), "100 before each answer")
_served(
    "no-reason",
    lambda answer: _raw(answer, status=f"HTTP/1.1 {answer.status}".encode()),
    "status lines without a reason",
)
_served(
    "other-reason",
    lambda answer: _raw(answer, status=f"HTTP/1.1 {answer.status} Alles in Ordnung".encode()),
    "other reasons",
)
_served(
    "line-feeds",
    lambda answer: Answer(raw=_lines(answer), ending=Ending.CLOSE),
    "line feeds only in the header",
    either("network-protocol", r"HTTP"),
)
_served(
    "folded",
    lambda answer: answer.adding(("X-Folded", "one\r\n two")),
    "a header value over two lines",
    either("network-protocol", r"HTTP"),
)
_served(
    "connection-keep-alive",
    lambda answer: answer.adding(("Connection", "keep-alive"), ("Keep-Alive", "timeout=1")),
    "keep-alive",
)


_served(
    "header-huge",
    lambda answer: answer.adding(("X-Huge", "h" * 200_000)),
    "a header field of 200,000 bytes",
    either("network-protocol", r"header that is larger", r"operator", never=(r"another service",)),
    "a broken proxy",
)
_served(
    "headers-endless",
    lambda answer: Answer(raw=b"HTTP/1.1 200 OK\r\n" + b"X-More: yes\r\n" * 2000, ending=Ending.HANG),
    "2000 header fields and no end",
    fails("network-protocol network-no-answer", r"HTTP|answer"),
    "a broken proxy",
)
_served(
    "status-unheard-of",
    lambda answer: answer.having(status=299),
    "status 299 for everything",
    either("registry-unexpected", r"\b299\b"),
    "an odd front end",
)
_served(
    "status-999",
    lambda answer: answer.having(status=999),
    "status 999 for everything",
    fails("registry-unexpected registry-error", r"\b999\b", r"operator|report|check|again"),
    "a web site's protection against robots",
)
_served(
    "version-2",
    lambda answer: answer.having(version="HTTP/2"),
    "calls itself HTTP/2",
    either("network-protocol", r"HTTP"),
    "an odd front end",
)


@FAMILY.scenario("cookies", SUCCEEDS, "answers with web pages once a cookie comes back", "sessions are for browsers")
def cookies(request: Request) -> Answer | None:
    if request.headers.get("Cookie"):
        return page(200, "Dashboard", "Welcome back.")
    return registry.serve(request).adding(("Set-Cookie", "session=1; Path=/"))


@FAMILY.scenario("wants-user-agent", SUCCEEDS, "403 for those who do not say who they are", "a rule of the front end")
def user_agent(request: Request) -> Answer | None:
    known = str(request.headers.get("User-Agent", "")).startswith("sregistry/")
    return None if known else page(403, "Forbidden", "Unknown client.")


@FAMILY.scenario("identity-only", SUCCEEDS, "406 for those who would take compressed answers for layers", "a rule")
def identity_only(request: Request) -> Answer | None:
    compressed = "gzip" in str(request.headers.get("Accept-Encoding", ""))
    return page(406, "Not acceptable", "identity only") if compressed and request.kind == "blob" else None


@FAMILY.scenario(
    "version-header-v1",
    SUCCEEDS,
    "says that it is a registry of another version",
    "nobody reads that header",
)
def version_one(request: Request) -> Answer | None:
    return registry.serve(request).setting("Docker-Distribution-Api-Version", "registry/1.0")

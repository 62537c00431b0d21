"""Everything else that was seen, as (label, value) pairs: a literal table, one row per label.

A row is shown where its facts are there and its kind of cause wants it: the server's name says
nothing about a disk that is full.
"""

from __future__ import annotations

from collections.abc import Callable

from sregistry.diagnosis import words
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.kinds import Kind

Reader = Callable[[Facts], str]

_HTTP = frozenset({Kind.AUTH, Kind.NOT_FOUND, Kind.RATE_LIMIT, Kind.REGISTRY, Kind.IMAGE, Kind.NETWORK})
_REACHING = frozenset({Kind.NETWORK, Kind.TLS, Kind.REGISTRY})
_LOGIN = frozenset({Kind.AUTH, Kind.NOT_FOUND, Kind.RATE_LIMIT})
_FILES = frozenset({Kind.DISK, Kind.STORE, Kind.USAGE, Kind.IMAGE, Kind.BUG})
_ALL = frozenset(Kind)

#: Beyond this the clocks of both sides are worth a word; tokens are refused from about a minute on.
SKEW_SHOWN = 30
#: So many addresses of a host are shown.
_ADDRESSES_SHOWN = 6
_ORDINARY = frozenset({"", "insufficient_scope", "invalid_token", "UNAUTHORIZED"})


def collect(facts: Facts, kind: Kind) -> tuple[tuple[str, str], ...]:
    """The evidence for a cause of this kind."""
    found = ((label, read(facts)) for label, kinds, read in _ROWS if kind in kinds)
    return tuple((label, value) for label, value in found if value)


def _plain(name: str) -> Reader:
    return lambda facts: facts.text(name)


def _exists(facts: Facts) -> bool:
    """Whether it is known that the repository exists and may be read, so that name and login matter no more."""
    given = facts.look.part("anonymous").text("outcome") == "ok" or facts.look.part("tags").has("count")
    return given or facts.code.startswith(("blob-", "manifest-media", "manifest-child"))


def _read_as(facts: Facts) -> str:
    if not facts.registry or not facts.repository or _exists(facts):
        return ""
    what = facts.identifier
    label = "digest" if ":" in what else "tag"
    return f"registry {facts.registry}, repository {facts.repository}" + (f", {label} {what}" if what else "")


def _instead(facts: Facts) -> str:
    """The name that was given, where registries.conf has put another place for it."""
    given = facts.reference
    if given is None or facts.text("mirror_of") or not facts.registry or given.registry == facts.registry:
        return ""
    return f"{facts.registry}/{facts.repository}, which registries.conf puts in the place of {given.name}"


def _login(facts: Facts) -> str:
    if _exists(facts):
        return ""
    if not facts.anonymous:
        return facts.login
    return "none, the request was anonymous"


def _redirects(facts: Facts) -> str:
    return " → ".join(facts.texts("redirects"))


def _challenge(facts: Facts) -> str:
    """What was asked for, unless it is the ordinary way to ask for a login."""
    part = facts.part("challenge")
    if part.text("scheme") in ("basic", "bearer") and part.text("error") in _ORDINARY:
        return ""
    names = ("scheme", "realm", "service", "scope", "error", "error_description")
    return ", ".join(f"{name} {part.text(name)}" for name in names if part.text(name))


def _certificate(facts: Facts) -> str:
    part = facts.part("certificate")
    pieces = [f"{name} {part.text(name)}" for name in ("subject", "issuer") if part.text(name)]
    if part.text("not_before") or part.text("not_after"):
        pieces.append(f"valid {part.text('not_before')} to {part.text('not_after')}")
    if names := part.texts("names"):
        pieces.append(f"for {words.listing(names)}")
    return "; ".join(pieces)


def _proxy(facts: Facts) -> str:
    source = facts.text("proxy_source")
    return facts.text("proxy") + (f" ({source})" if source and facts.text("proxy") else "")


def _rate(facts: Facts) -> str:
    """Headers of another kind than those that the causes have put into words."""
    if facts.part("rate_limit").has("ratelimit-limit"):
        return ""
    return ", ".join(f"{name}: {value}" for name, value in facts.part("rate_limit").items())


def _tries(facts: Facts) -> str:
    count, elapsed = facts.count("attempts"), facts.number("elapsed")
    if not count or count < 2:
        return ""
    return words.number(count, "attempt") + (f" in {words.duration(elapsed)}" if elapsed else "")


def skew(facts: Facts) -> float | None:
    """Seconds that the local clock is ahead of the registry's, where that matters."""
    value = facts.number("clock_skew")
    if value is None:
        value = facts.look.number("clock_skew")
    return value if value is not None and abs(value) >= SKEW_SHOWN else None


def _clock(facts: Facts) -> str:
    value = skew(facts)
    if value is None:
        return ""
    return f"this machine's is {words.duration(abs(value))} {'ahead of' if value > 0 else 'behind'} the registry's"


def _digest(name: str) -> Reader:
    return lambda facts: facts.text(name) if ":" in facts.text(name) else ""


def _mirrors(facts: Facts) -> str:
    """Mirrors that were asked before, and why they gave nothing."""
    return "; ".join(f"{item.text('host')} ({item.text('code')})" for item in facts.parts("mirrors"))


def _sizes(facts: Facts) -> str:
    expected, actual = facts.count("expected_size"), facts.count("actual_size")
    if expected is None or actual is None or expected == actual:
        return ""
    return f"expected {expected:,} bytes, got {actual:,}"


def _addresses(facts: Facts) -> str:
    """What each address gave, where several were tried."""
    tried = facts.parts("addresses")
    found = [f"{item.text('address')} ({item.text('error')})" for item in tried]
    return words.listing(found, most=_ADDRESSES_SHOWN) if len(found) > 1 else ""


def _space(facts: Facts) -> str:
    return words.space(facts.count("free"), facts.count("needed"))


_ROWS: tuple[tuple[str, frozenset[Kind], Reader], ...] = (
    ("asked", _HTTP | _REACHING, _instead),
    ("read as", frozenset({Kind.AUTH, Kind.NOT_FOUND}), _read_as),
    ("login", _LOGIN, _login),
    ("challenge", frozenset({Kind.AUTH}), _challenge),
    ("mirror of", _ALL, _plain("mirror_of")),
    ("mirrors asked before", _HTTP | _REACHING, _mirrors),
    ("redirected to", _HTTP | _REACHING, _redirects),
    ("address", _REACHING, lambda facts: "" if _addresses(facts) else facts.text("address")),
    ("addresses", _REACHING, _addresses),
    ("proxy", _REACHING, _proxy),
    ("certificate", frozenset({Kind.TLS}), _certificate),
    ("trusted CAs", frozenset({Kind.TLS}), _plain("ca_source")),
    ("server", frozenset({Kind.REGISTRY}), _plain("server")),
    ("passed on by", frozenset({Kind.REGISTRY}), _plain("via")),
    ("rate limit", frozenset({Kind.RATE_LIMIT}), _rate),
    ("clock", frozenset({Kind.AUTH, Kind.TLS}), _clock),
    ("tried", _HTTP | _REACHING, _tries),
    ("media type", frozenset({Kind.IMAGE}), _plain("media_type")),
    ("layer", frozenset({Kind.IMAGE, Kind.NOT_FOUND, Kind.NETWORK}), _plain("layer")),
    ("expected", _HTTP, _digest("expected")),
    ("got", _HTTP, _digest("actual")),
    ("size", _HTTP, _sizes),
    ("file", _FILES, _plain("file")),
    ("SQLite", frozenset({Kind.STORE}), _plain("sqlite")),
    ("filesystem", frozenset({Kind.DISK, Kind.STORE}), _plain("filesystem")),
    ("space", frozenset({Kind.DISK}), _space),
)

"""Proxies: which one was used, which variable named it, what it did."""

from __future__ import annotations

from sregistry.diagnosis import commands, exchange, words
from sregistry.diagnosis.diagnosis import Cause, Step, Who
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.rule import Rules, Words, certain, do, likely, possible, run, steps
from sregistry.diagnosis.rules.network import host, role, without
from sregistry.printable import one_line

#: "Network Authentication Required" (RFC 6585, 6).
_SIGN_IN = 511


def _proxy_failed(facts: Facts, title: str, *causes: Cause) -> Words:
    source = facts.text("proxy_source")
    return Words(
        title=title,
        why=(certain(f"{source} sends requests to {facts.registry or host(facts)} through it."), *causes)
        if source
        else causes,
        steps=steps(
            Step(f"echo ${source}", "is this the proxy of the network you are in?") if source.isidentifier() else None,
            without(facts),
        ),
        who=Who.YOU,
    )


def _proxy_name(facts: Facts) -> str:
    named, port = facts.text("proxy_host"), facts.text("proxy_port")
    return f"{named}:{port}" if named and port else named or facts.text("proxy")


def _proxy_dns(facts: Facts) -> Words:
    return _proxy_failed(
        facts, f"The proxy's host name {facts.text('proxy_host') or _proxy_name(facts)} does not exist"
    )


def _proxy_refused(facts: Facts) -> Words:
    return _proxy_failed(facts, f"No connection to the proxy {_proxy_name(facts)} could be made (refused)")


def _proxy_timeout(facts: Facts) -> Words:
    limit = facts.number("timeout")
    within = f" within {words.duration(limit)}" if limit else ""
    if facts.text("waited_for") == "tunnel":
        return _proxy_failed(
            facts,
            f"The proxy {_proxy_name(facts)} accepted the connection and did not connect to {host(facts)}{within}",
            possible(f"The proxy cannot reach {host(facts)}, or hangs."),
        )
    return _proxy_failed(
        facts,
        f"The proxy {_proxy_name(facts)} does not answer{within}",
        likely("It belongs to another network than this one."),
    )


def _proxy_broken(facts: Facts) -> Words:
    status = f"{facts.text('proxy_status')} {facts.text('proxy_reason')}".strip() or facts.text("status")
    return _proxy_failed(
        facts,
        f"The proxy {_proxy_name(facts)} did not connect to {host(facts)}{f': it answered {status}' if status else ''}",
        *_proxy_says(facts),
        likely(f"It cannot reach {host(facts)} itself, or is meant for other hosts."),
    )


def _proxy_tls(facts: Facts) -> Words:
    cause = facts.text("cause")
    return _proxy_failed(
        facts,
        f"The TLS connection to the proxy {_proxy_name(facts)} failed",
        *((certain(words.sentence(f"the reason given: {cause}")),) if cause else ()),
        likely("Most proxies are spoken to in plain http, as in http_proxy=http://HOST:PORT."),
    )


def _proxy_auth(facts: Facts) -> Words:
    source, user = facts.text("proxy_source") or "https_proxy", facts.text("proxy_user")
    offers = facts.text("proxy_offers")
    asks = f"refuses the login of {user}" if user else "wants a user name and password"
    if offers and "basic" not in offers.lower():
        return _proxy_scheme(facts, offers)
    return Words(
        title=f"The proxy {_proxy_name(facts)} {asks}".replace("  ", " "),
        why=(
            certain(f"It answered 407 instead of connecting to {host(facts)}."),
            *((likely(f"The user name or password in {source} is wrong or out of date."),) if user else ()),
            *(() if offers else (possible(f"It takes no passwords, but only {_WINDOWS}."),)),
        ),
        steps=steps(
            Step(commands.variable(source, "<http://USER:PASSWORD@HOST:PORT>"), "ask the network's administrator"),
            do("In USER and PASSWORD, special characters are written as in addresses: @ as %40, : as %3A.")
            if user
            else None,
            None if offers else do(f"If it takes only {_WINDOWS}: {_HELPER}."),
        ),
    )


#: How proxies of Windows networks ask for logins.
_WINDOWS = "NTLM or Kerberos (Negotiate)"
_HELPER = "run a helper on this machine that logs in there, such as cntlm or px, and name that as the proxy"


def _proxy_scheme(facts: Facts, offers: str) -> Words:
    """A proxy that takes no password sent as Basic."""
    source = facts.text("proxy_source") or "https_proxy"
    return Words(
        title=f"The proxy {_proxy_name(facts)} wants a login of a kind that is not supported: {offers}",
        why=(certain("Only Basic (user name and password) can be sent to a proxy."),),
        steps=steps(
            do(f"{words.capital(_HELPER)}."),
            Step(commands.variable(source, "http://127.0.0.1:3128"), "cntlm's usual address"),
        ),
    )


def _proxy_denied(facts: Facts) -> Words:
    status, reason = facts.text("proxy_status"), facts.text("proxy_reason")
    if facts.about("sign-in") or facts.text("location") or facts.count("proxy_status") == _SIGN_IN:
        return _proxy_sign_in(facts)
    return Words(
        title=f"The proxy does not allow connections to {host(facts)}",
        what=_answered(facts, f"{status} {reason}") if status else None,
        why=(
            *role(facts),
            *_proxy_says(facts),
            certain("The registry was not reached: the proxy refuses."),
            likely("The network's rules forbid this host."),
        ),
        steps=steps(
            do(f"Ask the network's administrator to allow {host(facts)}."),
            run(commands.pull(facts), "on a machine with another way out"),
        ),
        who=Who.NETWORK,
    )


def _answered(facts: Facts, what: str) -> tuple[str, ...]:
    return (f"The proxy {_proxy_name(facts)} answers: {what}".strip(),)


def _proxy_says(facts: Facts) -> tuple[Cause, ...]:
    """What came with the refusal, as far as it can be read."""
    title, text = facts.text("page_title"), exchange.page_text(facts)
    said = [title, text if text != title else ""]
    if not any(said) and "html" not in facts.text("content_type"):
        said = [one_line(facts.text("body_head"), exchange.BODY_SHOWN), *exchange.errors(facts)]
    quoted = ", ".join(f'"{item}"' for item in said if item)
    return (certain(f"It says: {quoted}"),) if quoted else ()


def _proxy_sign_in(facts: Facts) -> Words:
    """A page about a login: of the proxy, which has not even been asked for the registry's."""
    source, status = facts.text("proxy_source") or "https_proxy", facts.text("proxy_status")
    location = facts.text("location").partition("?")[0]
    return Words(
        title=f"The proxy {_proxy_name(facts)} asks for a login before it connects to {host(facts)}",
        what=_answered(facts, f"{status} {facts.text('proxy_reason')}") if status else None,
        why=(
            *role(facts),
            *_proxy_says(facts),
            *((certain(f"It sends the request on to {location}"),) if location else ()),
            certain("The registry was not reached: the proxy refuses."),
        ),
        steps=steps(
            do(f"Open {location} in a browser on this machine (the proxy names it), and log in there.")
            if location
            else do("Open any page in a browser on this machine, and log in to the network where it asks for that."),
            Step(commands.variable(source, "<http://USER:PASSWORD@HOST:PORT>"), "where the proxy takes a password"),
            run(commands.pull(facts), "after that"),
            do("If it stays so, ask the network's administrator how to log in to the proxy."),
        ),
        who=Who.YOU,
    )


def _proxy_setting(facts: Facts) -> Words:
    name, value = facts.text("setting"), facts.text("value")
    odd = sorted({character for character in value if not character.isascii()})
    return Words(
        title=f"The variable {name} does not hold the address of a proxy",
        what=(f"{name}={value}",),
        why=(
            certain(words.sentence(facts.text("reason")) or facts.sentence),
            *((likely(f"Typographic characters came in by copying: {words.listing(odd)}."),) if odd else ()),
        ),
        steps=steps(
            Step(commands.variable(name, "<http://HOST:PORT>"), "in plain characters, without quotes in the value"),
            Step(f"unset {name}", "if there is no proxy here"),
        ),
    )


RULES: Rules = {
    "network-proxy-dns": _proxy_dns,
    "network-proxy-refused": _proxy_refused,
    "network-proxy-timeout": _proxy_timeout,
    "network-proxy-failed": _proxy_broken,
    "network-proxy-tls": _proxy_tls,
    "network-proxy-auth": _proxy_auth,
    "network-proxy-denied": _proxy_denied,
    "network-proxy-setting": _proxy_setting,
}

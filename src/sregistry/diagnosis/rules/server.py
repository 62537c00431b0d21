"""The registry's own faults, and things that answer in its place."""

from __future__ import annotations

from sregistry.diagnosis import commands, exchange, hosts, words
from sregistry.diagnosis.diagnosis import Cause, Step, Who
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.kinds import Kind
from sregistry.diagnosis.redaction import HIDDEN
from sregistry.diagnosis.rule import Rules, Words, certain, do, likely, possible, run, steps
from sregistry.diagnosis.rules import reasons
from sregistry.diagnosis.rules.blobs import blob
from sregistry.diagnosis.rules.network import bare_host, host, of_token, role, sent_on

_GATEWAY = frozenset({502, 504})
#: "Network Authentication Required": a portal that says what it is.
_PORTAL = 511
_OK = 200
_REFUSED = frozenset({402, 403, 451})
#: "Request Header Fields Too Large" (RFC 6585, 5).
_HEADER_TOO_LARGE = 431
_TO_ANOTHER_PLACE = frozenset({301, 302, 303, 307, 308})


def _outage(facts: Facts) -> Step | None:
    page = hosts.find(facts.registry).status
    return do(f"{page} tells about outages.") if page else None


def _tries(facts: Facts) -> str:
    count = facts.count("attempts") or 0
    return f", {words.number(count, 'time')} in a row" if count > 1 else ""


def _error(facts: Facts) -> Words:
    """A 5xx answer that did not go away."""
    if facts.count("status") == _PORTAL:
        return _not_registry(facts)
    service = f"The token service of {facts.registry or host(facts)}" if of_token(facts) else host(facts)
    return Words(
        title=reasons.titled(
            f"{service} fails: it answers {facts.text('status') or 'with an error'}{_tries(facts)}",
            facts.said,
        ),
        why=(*role(facts), *_known_fault(facts), *_after(facts)),
        steps=steps(
            *(() if facts.about("upstream-down") else reasons.links(facts)),
            run(
                commands.setting("max_connections", "1") if facts.about("connections") else "",
                "one after another; then",
            ),
            run(commands.pull(facts), f"try again {_when(facts)}; finished layers are kept"),
            _outage(facts),
            do("If it stays so, report it to the registry's operator."),
        ),
    )


def _known_fault(facts: Facts) -> tuple[Cause, ...]:
    """Whose fault it is, and what its own words are about."""
    upstream = facts.text("upstream")
    if facts.about("storage-full"):
        return (_whose_fault(facts), likely("The disk of the registry is full: its message says so."))
    if facts.about("maintenance"):
        return (_whose_fault(facts), likely("The registry is being maintained: the page says so."))
    if upstream and upstream != bare_host(facts) and facts.about("upstream-down"):
        return (_whose_fault(facts), likely(f"It fetches images from {upstream}, and cannot reach it at the moment."))
    if facts.texts("urls") and any(error.text("code") == "MANIFEST_BLOB_UNKNOWN" for error in facts.registry_errors):
        # distribution answers so with 500 where its setting validation.manifests.urls does not allow the addresses.
        return (
            certain(f"The image has layers that are kept elsewhere ({words.listing(facts.texts('urls'), most=2)})."),
            likely("The registry does not allow that; in its settings these addresses would have to be."),
        )
    if facts.about("connections"):
        return (certain("It allows fewer connections at a time than this pull has used."),)
    return (_whose_fault(facts),)


def _whose_fault(facts: Facts) -> Cause:
    """The registry's, or that of what stands in front of it and answers with a page."""
    front = facts.text("server") or "what stands in front of the registry"
    if facts.count("status") in _GATEWAY and facts.has("page_title"):
        return certain(words.sentence(f"{front} does not get an answer from the registry itself"))
    if facts.has("page_title"):
        return likely(f"{words.capital(front)} answers, and not the registry itself, as a web page came with it.")
    if facts.has("proxy") and facts.count("status") in _GATEWAY and facts.text("url").startswith("http://"):
        return certain("The proxy cannot reach the registry, or that fails: over plain http either may have answered.")
    return certain("The fault is on the registry's side; the request was in order.")


def _when(facts: Facts) -> str:
    after = facts.number("retry_after")
    return f"in {words.duration(after)}" if after else "later"


def _after(facts: Facts) -> tuple[Cause, ...]:
    after = facts.number("retry_after")
    return (certain(f"It asks to wait {words.duration(after)} (Retry-After)."),) if after else ()


def _not_registry(facts: Facts) -> Words:
    """A web page, or anything else that no registry sends."""
    title, status = facts.text("page_title"), facts.count("status")
    if status == _PORTAL:
        return _sign_in(facts)
    if facts.about("header-too-large"):
        return _our_header(facts)
    sign_in = facts.about("sign-in")
    if status in _REFUSED and not sign_in:
        return _page_refuses(facts)
    page = "a web page (HTML)" if title or "html" in facts.text("content_type") else "something else"
    if _otherwise_healthy(facts):
        return _front(facts, page)
    portal = sign_in or status == _OK or (status is not None and 300 <= status < 400)
    return Words(
        title=f"{host(facts)} answers with {page}{_in_place(facts)}: this is not a registry's answer",
        why=(
            *sent_on(facts),
            *_page_says(facts),
            likely("The registry, or what stands in front of it, is being maintained: the page says so.")
            if facts.about("maintenance")
            else likely("A captive portal, a login page or a proxy of your network answers in the registry's place.")
            if portal
            else likely("A proxy, a firewall or another web server answers, or the host is not a registry."),
            *_by_proxy(facts),
        ),
        steps=steps(
            _ask_again(facts),
            do("If the page asks you to sign in to the network, open it in a browser and sign in."),
            None if portal else do(f"Ask your network's administrator whether {host(facts)} is allowed."),
            do("Check the host and port of the registry.") if not _in_place(facts) else None,
        ),
        what=_without_title(facts),
        kind=Kind.REGISTRY,
        who=Who.REGISTRY if facts.about("maintenance") else Who.NETWORK,
    )


def _otherwise_healthy(facts: Facts) -> bool:
    """Whether the registry itself has answered at /v2/, just after this."""
    return facts.look.part("ping").text("outcome") == "ok" and not facts.text("mirror_of")


def _front(facts: Facts, page: str) -> Words:
    """Only this request is answered with a page: neither the network nor the address is at fault."""
    elsewhere = bool(facts.texts("redirects"))
    return Words(
        title=f"{host(facts)} answers with {page}{_in_place(facts) or ' in place of what was asked for'}",
        why=(
            *sent_on(facts),
            *_page_says(facts),
            certain(f"{facts.registry} answers as a registry does at /v2/."),
            likely("It sends its clients to a sign-in or to another web service.")
            if elsewhere
            else likely("What stands in front of the registry, such as a web server or a gateway, answers."),
            *(_by_proxy(facts) or (possible("A web filter or proxy of your network answers, for this request only."),)),
        ),
        steps=steps(
            do("Report it to the registry's operator, with the request that is shown."),
            Step(_curl(facts), "shows the whole page"),
            run(commands.pull(facts), "try again later; finished layers are kept"),
        ),
        what=_without_title(facts),
        kind=Kind.REGISTRY,
        who=Who.REGISTRY,
    )


def _without_title(facts: Facts) -> tuple[str, ...]:
    """The exchange, where the title of the page is said elsewhere."""
    return exchange.lines(facts, facts.text("page_title"))


def _page_refuses(facts: Facts) -> Words:
    """No registry refuses with a web page: a filter does, on the way or in front of the registry."""
    title, blocked = facts.text("page_title"), _blocked_part(facts)
    shut_out = facts.about("place")
    return Words(
        title=f"A web page {'blocks ' + blocked if blocked else 'refuses, not the registry ' + facts.registry}"
        + (f': "{title}"' if title else " (HTML)"),
        why=(
            *sent_on(facts),
            *_page_says(facts, titled=False),
            likely("What stands in front of the registry shuts out the place that this request comes from.")
            if shut_out
            else likely(f"A web filter, firewall or proxy of your network does not allow {host(facts)}."),
            *_by_proxy(facts),
        ),
        steps=steps(
            do("Ask the registry's operator whether this is meant, and for a mirror.")
            if shut_out
            else do(f"Ask your network's administrator to allow {host(facts)}, and show the page."),
            Step(_curl(facts), "shows the whole page"),
            None if facts.text("proxy") else Step(_proxy_variable(facts), "where a proxy is the way out"),
            run(commands.pull(facts), "from another network: an answer there means that the filter is in this one"),
        ),
        what=_without_title(facts),
        kind=Kind.REGISTRY,
        who=Who.NETWORK,
    )


def _sign_in(facts: Facts) -> Words:
    """A portal that says what it is (RFC 6585, 6)."""
    return Words(
        title="This network wants you to sign in first (status 511)",
        why=(
            *_page_says(facts),
            certain("511 is never a registry's answer: a captive portal of the network answers every request so."),
        ),
        steps=steps(
            do("Open any page in a browser, such as http://example.com, and sign in to the network."),
            run(commands.pull(facts), "after that"),
        ),
        what=_without_title(facts),
        kind=Kind.NETWORK,
        who=Who.YOU,
    )


def _proxy_variable(facts: Facts) -> str:
    name = "http_proxy" if facts.text("url").startswith("http:") else "https_proxy"
    return commands.variable(name, "<http://HOST:PORT>")


def _blocked_part(facts: Facts) -> str:
    """Which request the page refuses, where it is not the image itself."""
    if of_token(facts):
        return f"the token service of {facts.registry}"
    return blob(facts) if facts.text("purpose") in ("blob", "config") else ""


def _in_place(facts: Facts) -> str:
    """What the page stands in place of, where others of the registry's answers were in order."""
    if of_token(facts):
        return " in place of a token"
    if facts.text("purpose") == "manifest" and (facts.texts("redirects") or _otherwise_healthy(facts)):
        return " in place of the manifest"
    return f" in place of {blob(facts)}" if facts.text("purpose") in ("blob", "config") else ""


def _page_says(facts: Facts, *, titled: bool = True) -> tuple[Cause, ...]:
    title, text = facts.text("page_title"), exchange.page_text(facts)
    return (
        *((certain(f'The page is titled "{title}".'),) if title and titled else ()),
        *((certain(f'It says: "{text}"'),) if text and text != title else ()),
    )


def _by_proxy(facts: Facts) -> tuple[Cause, ...]:
    return (possible(f"The proxy {facts.text('proxy')} sent it."),) if facts.text("proxy") else ()


def _ask_again(facts: Facts) -> Step:
    """The request as a command: the ping, or what failed where others of the registry's answers were in order."""
    if _in_place(facts) or facts.texts("redirects"):
        return Step(_curl(facts), "the same page means that something answers in the registry's place")
    return Step(f"curl -sSi {_base(facts)} | head -n 40", "a registry answers 200 or 401 here, without HTML")


def _curl(facts: Facts) -> str:
    """The request as a command, without a query of which parts are hidden."""
    url = facts.text("url") or f"https://{host(facts)}/v2/"
    shown = url.partition("?")[0] if HIDDEN in url else url
    return f"curl -sSi {commands.quoted(shown)} | head -n 40"


def _base(facts: Facts) -> str:
    """The address of the ping, taken from the request that was sent."""
    scheme, _, rest = facts.text("url").partition("://")
    return commands.quoted(
        f"{scheme}://{rest.split('/', 1)[0]}/v2/" if rest else f"https://{facts.registry or host(facts)}/v2/"
    )


def _no_api(facts: Facts) -> Words:
    return Words(
        title=f"{host(facts)} does not speak the registry protocol",
        why=(
            *role(facts),
            certain("It has nothing at /v2/, where every registry answers."),
            likely("The registry is at another host or port."),
        ),
        steps=steps(
            Step(f"curl -sSi {_base(facts)} | head -n 40", "a registry answers 200 or 401 here"),
            do("Check the registry's name and port with those who run it."),
        ),
        who=Who.YOU,
    )


def _too_large(facts: Facts) -> Words:
    limit, announced = facts.count("limit"), facts.count("actual_size")
    sent = f"{words.size(announced)} are announced" if announced else "more came"
    return Words(
        title=f"{host(facts)} sends more than the {words.binary_size(limit or 0)} allowed for this answer",
        why=(
            *role(facts),
            certain(f"{sent[:1].upper()}{sent[1:]}; no {facts.text('what') or 'such answer'} is that large."),
            likely("Something else than a registry answers, or the registry is faulty."),
        ),
        steps=steps(
            do("Check the host, and report it to the registry's operator."),
            run(commands.setting(facts.text("setting"), str((limit or 0) * 4)), "raises the limit"),
        ),
    )


def _blocked(facts: Facts) -> Words:
    return Words(
        title=f"{facts.text('prefix') or facts.registry} is blocked on this machine",
        what=(facts.sentence,),
        why=(certain(f"{facts.text('file') or 'registries.conf'} has blocked = true for it; no request was sent."),),
        steps=steps(do("Ask the machine's administrator for the reason, and for the mirror to use in its place.")),
        kind=Kind.USAGE,
        who=Who.SITE,
    )


def _unexpected(facts: Facts) -> Words:
    """An answer that the protocol does not have for this request."""
    status = facts.count("status") or 0
    if of_token(facts):
        return _token_service(facts)
    if status in _TO_ANOTHER_PLACE:
        return _sent_nowhere(facts)
    if status == _PORTAL:
        return _sign_in(facts)
    if said := reasons.explained(facts):
        return said
    refused = 400 <= status < 500
    if facts.about("header-too-large") or status == _HEADER_TOO_LARGE:
        return _our_header(facts)
    if refused and facts.said:
        return _with_reason(facts)
    return Words(
        title=f"{host(facts)} refuses the request with status {status}"
        if refused
        else f"{host(facts)} gives an answer that the protocol does not have: {status or facts.statement}",
        why=(
            *role(facts),
            *((certain(_silent(facts)),) if refused and not facts.registry_errors else ()),
            likely("The registry is faulty, or something in front of it answers."),
        ),
        steps=steps(
            run(commands.doctor(facts), "shows which requests it answers"),
            do("Report it to the registry's operator."),
        ),
    )


def _our_header(facts: Facts) -> Words:
    """The only large thing that is ever sent is a token."""
    return Words(
        title=f"{host(facts)} refuses the request: its header is larger than what stands in front of it takes",
        why=(
            *role(facts),
            likely("The token that the registry's own token service has given is too large for it."),
        ),
        steps=steps(
            do("Report it to the registry's operator: the limit of its front has to fit its tokens."),
            run(commands.doctor(facts), "shows the token and the answers"),
        ),
    )


def _with_reason(facts: Facts) -> Words:
    """A refusal that says why is no fault of the registry."""
    return Words(
        title=reasons.titled(f"{host(facts)} refuses the request", facts.said),
        why=role(facts),
        steps=steps(
            *reasons.links(facts),
            do("Ask the registry's operator, with the reason that is given."),
            run(commands.doctor(facts), "shows which requests it answers"),
        ),
    )


def _silent(facts: Facts) -> str:
    if facts.text("body_head"):
        return "It gives no reason in the form that registries use; what it sent is shown above."
    return "It gives no reason."


def _sent_nowhere(facts: Facts) -> Words:
    return Words(
        title=f"{host(facts)} redirects the request without saying where to",
        why=(
            certain(f"Its answer {facts.text('status')} has no Location that can be used."),
            likely("The registry, or a proxy in front of it, is set up wrongly."),
        ),
        steps=steps(do("Report it to the registry's operator.")),
    )


def _token_service(facts: Facts) -> Words:
    registry = facts.registry or "the registry"
    what = "is missing: its address answers" if facts.count("status") == 404 else "answers"
    return Words(
        title=f"The token service of {registry} {what} {facts.text('status')}",
        why=(
            certain(f"{registry} names this address as the one where its tokens are given out."),
            likely("The registry's configuration names a wrong address, or its token service is broken."),
        ),
        steps=steps(
            do("Report it to the registry's operator, with the address above."),
            run(commands.doctor(facts), "shows what the registry itself answers"),
        ),
    )


def _redirects(facts: Facts) -> Words:
    registry, location = facts.registry or host(facts), facts.text("location")
    fault = facts.text("fault")
    if fault == "too-many":
        times = words.number(len(facts.texts("redirects")), "time")
        title, cause = f"{registry} sends the request on too often", f"it was sent on {times}"
    elif fault == "circle":
        title, cause = f"{registry} sends the request around in a circle", "it was sent to where it had been already"
    else:
        title, cause = f"{registry} sends the request to an address that cannot be followed", facts.statement
    return Words(
        title=title,
        why=(
            certain(words.sentence(cause)),
            *((certain(f"The address is {location}"),) if location else ()),
            likely("The registry, or a proxy in front of it, is set up wrongly."),
        ),
        steps=steps(
            do("Report it to the registry's operator."),
            run(commands.setting("max_redirects", "20") if fault == "too-many" else "", "follows more of them"),
        ),
    )


def _pages(facts: Facts) -> Words:
    return Words(
        title=f"{host(facts)} sends a list in more pages than are read",
        what=(facts.sentence,),
        why=(likely("The registry links its pages in a circle, or the list is very long."),),
        steps=steps(do("Report it to the registry's operator, if the list should be short.")),
    )


def _malformed(facts: Facts) -> Words:
    return Words(
        title=f"{host(facts)} sends an answer that cannot be read",
        why=(
            *role(facts),
            certain(facts.sentence),
            likely("The registry is faulty, or something in front of it answers."),
        ),
        steps=steps(
            run(commands.doctor(facts), "shows what else it answers"),
            do("Report it to the registry's operator."),
        ),
    )


def _mirror(facts: Facts) -> Words:
    """A mirror that was passed over; the registry itself, or another mirror, gave the image."""
    cause = facts.text("cause")
    return Words(
        title=facts.headline,
        what=(),
        why=(certain(f"It failed with {cause}; the next place was asked."),) if cause else (),
        steps=steps(do("Tell those who run the mirror, or take it out of registries.conf.")),
        who=Who.SITE,
    )


def _local_address(facts: Facts) -> Words:
    """An address that only this machine can reach, named by a server that is not here."""
    sender = facts.text("named_by") or facts.registry or host(facts)
    location, here = facts.text("location"), facts.text("place") == "this machine"
    means = "this machine itself" if here else "a service of this machine's own network, such as a cloud's metadata"
    found = f", which resolves to {facts.text('address')}," if facts.text("address") else ""
    return Words(
        title=f"{sender} sends its clients to {'themselves' if here else 'an address of their own network'}",
        why=(
            certain(f"It names {location}{found} and that is {means}; nothing was asked there."),
            likely("The registry is set up wrongly: it does not know the name by which it is reached.")
            if here
            else likely("The registry, or a proxy in front of it, is set up wrongly; or this is an attack."),
        ),
        steps=steps(do("Report it to the registry's operator.")),
    )


RULES: Rules = {
    "registry-error": _error,
    "registry-unavailable": _error,
    "registry-web-page": _not_registry,
    "registry-not-a-registry": _no_api,
    "registry-answer-too-large": _too_large,
    "registry-blocked": _blocked,
    "registry-unexpected": _unexpected,
    "registry-pages": _pages,
    "registry-answer-malformed": _malformed,
    "registry-mirror-failed": _mirror,
    "registry-local-address": _local_address,
    "registry-redirects": _redirects,
}

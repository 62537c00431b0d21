"""The way to the registry: names, connections, proxies, and connections that did not last."""

from __future__ import annotations

import difflib

from sregistry.diagnosis import commands, hosts, words
from sregistry.diagnosis.diagnosis import Cause, Step, Who
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.kinds import Kind
from sregistry.diagnosis.rule import Rules, Words, certain, do, likely, possible, run, steps
from sregistry.references import DOCKER_HUB, DOCKER_HUB_API

_WELL_KNOWN = ("docker.io", "ghcr.io", "quay.io", "gcr.io", "nvcr.io", "public.ecr.aws", "registry.gitlab.com")


def host(facts: Facts) -> str:
    """The host that was spoken to, which may be another than the registry's; with its port where it has one."""
    name = facts.text("host")
    asked = facts.text("url").partition("://")[2].partition("/")[0]
    if asked and name in ("", asked, asked.rpartition(":")[0]):
        return asked
    return name or facts.registry or "the registry"


def bare_host(facts: Facts) -> str:
    """The same without a port, for sentences that name the port."""
    name, colon, port = host(facts).rpartition(":")
    return name if colon and port.isdigit() else host(facts)


def port(facts: Facts) -> str:
    """The port that was spoken to; that of the scheme where none is named."""
    named = facts.text("port") or host(facts).rpartition(":")[2]
    return named if named.isdigit() else "80" if facts.text("url").startswith("http:") else "443"


def role(facts: Facts) -> tuple[Cause, ...]:
    """Says why a host was asked that the user has never named; nothing for the registry's own."""
    name, registry = host(facts), facts.registry
    api = DOCKER_HUB_API if registry == DOCKER_HUB else registry
    if not registry or name in (registry, api) or name == api.rpartition(":")[0]:
        return (certain("The request was for a token, which comes before everything else."),) if of_token(facts) else ()
    if mirror := facts.text("mirror_of"):
        return (certain(f"{name} is the mirror that registries.conf names for {mirror}."),)
    if any(name == hop.rpartition(":")[0] or name == hop for hop in facts.texts("redirects")):
        return (
            certain(
                f"{registry} itself was reached; it redirects to {name} for this content, so a firewall has to let "
                f"{name} through as well."
            ),
        )
    if name in facts.part("challenge").text("realm") or of_token(facts):
        return (certain(f"{name} is where {registry} gives out its tokens."),)
    return (certain(f"{name} was asked on behalf of {registry}."),)


def sent_on(facts: Facts) -> tuple[Cause, ...]:
    """The registry's own host, where the page came from another one."""
    if facts.texts("redirects") and facts.registry and not facts.text("mirror_of"):
        target = facts.text("url") if host(facts) == facts.registry else host(facts)
        return (certain(f"The request to {facts.registry} was sent on to {target}, which answers in its place."),)
    return role(facts)


def without(facts: Facts) -> Step:
    """Add the registry to the hosts that are reached directly; what is in either variable stays."""
    name = (facts.registry or host(facts)).rpartition("@")[2]
    return Step(f'export no_proxy="${{no_proxy:-$NO_PROXY}},{name}"', "goes there without the proxy")


def of_token(facts: Facts) -> bool:
    """Whether a token was asked for, and not yet the image."""
    return facts.text("purpose") == "token"


def _proxied(facts: Facts) -> str:
    source = facts.text("proxy_source")
    return facts.text("proxy") + (f" (set by {source})" if source else "")


def _dns(facts: Facts) -> Words:
    name = host(facts)
    near = difflib.get_close_matches(name, _WELL_KNOWN, n=1, cutoff=0.75)
    meant = near[0] if near and near[0] != name else ""
    servers = facts.texts("nameservers")
    asked = (
        f"The name server of this machine ({words.listing(servers)}) knows no such name"
        if servers
        else (
            "No name server is configured in /etc/resolv.conf"
            if facts.has("nameservers")
            else "The name could not be found"
        )
    )
    causes = (certain(f"{asked}."), *role(facts))
    if _well_known(facts) or _named_by_registry(facts):
        return _dns_cut_off(facts, causes)
    if meant:
        causes = (*causes, likely(f"The name is misspelt: {meant} is a registry."))
    return Words(
        title=f"The host name {bare_host(facts)} cannot be resolved: no such name is known",
        why=(
            *causes,
            possible("The name is known inside another network only, or this machine has no way to the outside."),
        ),
        steps=steps(
            run(_at(facts, meant) if meant else "", "did you mean this?"),
            None if meant else do(f"Check the spelling of {name}."),
            run(f"getent hosts {bare_host(facts)}", "asks the same name server; try it on a login node too"),
        ),
    )


def _well_known(facts: Facts) -> bool:
    return bare_host(facts) in (*_WELL_KNOWN, DOCKER_HUB_API)


def _named_by_registry(facts: Facts) -> bool:
    """Whether nobody has typed this name: the registry has named it, for its storage or its tokens."""
    typed = facts.reference.registry if facts.reference else facts.registry
    return bool(typed) and host(facts) != typed and not facts.text("mirror_of")


def _dns_cut_off(facts: Facts, causes: tuple[Cause, ...]) -> Words:
    """A name that exists, so that the fault is with who was asked."""
    return Words(
        title=f"The host name {bare_host(facts)} cannot be resolved on this machine",
        why=(
            *causes,
            likely(
                "The name is right, so this machine has no way to the outside, or only one through a proxy; compute "
                "nodes of a cluster often have none, its login nodes do."
            )
            if _well_known(facts)
            else likely("The registry names this host, so its name is right, or the registry is set up wrongly."),
            *(() if facts.text("proxy") else (certain("No proxy is set for it."),)),
        ),
        steps=steps(
            *_elsewhere(facts), run(f"getent hosts {bare_host(facts)}", "asks the same name server; try it there, too")
        ),
        who=Who.NETWORK,
    )


def _at(facts: Facts, registry: str) -> str:
    reference = facts.reference
    if reference is None or host(facts) != reference.registry:
        return ""
    return commands.pull(facts, name=f"{reference.scheme}://{str(reference).replace(reference.registry, registry, 1)}")


def _dns_failed(facts: Facts) -> Words:
    servers = words.listing(facts.texts("nameservers"))
    return Words(
        title=f"The name {bare_host(facts)} could not be looked up: the name server does not work",
        why=(
            certain(f"This machine asks {servers}." if servers else "No name server could be asked."),
            *role(facts),
            likely("This machine has no way out; compute nodes of a cluster often have none, its login nodes do."),
        ),
        steps=steps(
            run(f"getent hosts {bare_host(facts)}", "try it on another machine of this network"), *_elsewhere(facts)
        ),
    )


def _elsewhere(facts: Facts) -> tuple[Step | None, ...]:
    """Pull where there is a way out; a proxy is only proposed where none was in use."""
    proxy = Step(commands.variable("https_proxy", "<http://HOST:PORT>"), "where a proxy is the way out")
    there = run(commands.pull(facts), "on a machine that can reach it, such as a login node")
    return (there, None if facts.text("proxy") else proxy)


def _dns_timeout(facts: Facts) -> Words:
    said = _dns_failed(facts)
    return Words(f"The name {bare_host(facts)} was not looked up in time", said.why, steps=said.steps)


def _no_family(facts: Facts) -> Words:
    return Words(
        title=f"{host(facts)} has no {facts.text('family') or 'usable'} address",
        why=(certain("The setting ip_family allows addresses of this family only."), *role(facts)),
        steps=steps(run(commands.setting("ip_family", "any"))),
        who=Who.YOU,
    )


def _refused(facts: Facts) -> Words:
    if _sends_home(facts):
        return _own_address(facts)
    other = role(facts)
    thing = "that service" if other else "the registry"
    closed = f"Nothing listens there: {thing} is not running, or its port is not {port(facts)}."
    title = f"{bare_host(facts)} refused the connection on port {port(facts)}"
    if facts.text("place") == "this machine":
        return Words(
            title=title,
            why=(*other, certain(f"{bare_host(facts)} is this machine."), likely(closed)),
            steps=steps(run("ss -ltn", "lists the ports on which something listens here"), _start(facts)),
            who=Who.YOU,
        )
    return Words(
        title=title,
        why=(*other, likely(closed), possible("A firewall on the way rejects the connection.")),
        steps=steps(
            do(f"Tell the registry's operator that {host(facts)} does not answer.")
            if other
            else do(f"Check that the port is right and that the registry is up; {port(facts)} was tried."),
            run(_url_test(facts), "from another machine: an answer there means that a firewall is in the way"),
        ),
    )


def _start(facts: Facts) -> Step:
    return do(f"Start what has to listen at {host(facts)}, or correct the port.")


def _sends_home(facts: Facts) -> bool:
    """Whether a server has named an address that is this machine's own, whoever asks."""
    return facts.text("place") == "this machine" and _named_by_registry(facts)


def _own_address(facts: Facts) -> Words:
    """Nobody would put a name such as localhost into an answer that is meant for others."""
    return Words(
        title=f"{facts.registry} sends its clients to themselves: {host(facts)} is this machine, and nothing is there",
        why=(
            certain(f"Port {port(facts)} of {bare_host(facts)} is closed."),
            likely("The registry is set up wrongly: it names its storage or token service as only it can reach them."),
        ),
        steps=steps(
            do("Report it to the registry's operator, with the address that is shown."),
            do(f"If the registry is yours, on this machine: start what has to listen at {host(facts)}."),
        ),
        who=Who.REGISTRY,
    )


def _url_test(facts: Facts) -> str:
    """The ping as a command, in the scheme and at the port that were used."""
    scheme = facts.text("url").partition("://")[0] or "https"
    number = port(facts)
    usual = {"https": "443", "http": "80"}.get(scheme)
    return f"curl -sv --max-time 10 {scheme}://{bare_host(facts)}{'' if number == usual else ':' + number}/v2/"


def _timeout(facts: Facts) -> Words:
    port, limit = facts.text("port"), facts.number("timeout")
    within = f" within {words.duration(limit)}" if limit else ""
    return Words(
        title=f"{bare_host(facts) if port else host(facts)} did not answer{f' on port {port}' if port else ''}{within}",
        why=(
            *role(facts),
            likely("A firewall drops the packets: usual on compute nodes of a cluster, and for ports other than 443."),
            possible("The machine is down."),
        ),
        steps=steps(*_elsewhere(facts), do("If it is reachable from nowhere, ask the registry's operator.")),
    )


def _unreachable(facts: Facts) -> Words:
    return Words(
        title=f"There is no network route to {host(facts)}",
        why=(*role(facts), certain("This machine's network has no way to that address.")),
        steps=steps(Step("ip route", "shows the ways this machine knows"), *_elsewhere(facts)),
    )


def _no_answer(facts: Facts) -> Words:
    limit = facts.number("timeout")
    within = f" within {words.duration(limit)}" if limit else ""
    if facts.text("peer") == "proxy":
        title = f"No answer of {host(facts)} came through the proxy {_proxied(facts)}{within}"
        cause = possible("The proxy hangs, or cannot reach the registry, or the registry does not answer it.")
    else:
        title = f"{host(facts)} accepted the connection and then did not answer{within}"
        cause = likely("The registry, or a proxy in front of it, is overloaded or hangs.")
    return Words(
        title=title,
        why=(*role(facts), cause, *(() if facts.text("peer") == "proxy" else _proxy_possible(facts))),
        steps=steps(
            run(commands.pull(facts), "try again later"),
            do(f"{_status(facts)}If it stays so, tell the registry's operator."),
            *_wait_longer(facts),
        ),
        who=Who.REGISTRY,
    )


def _proxy_possible(facts: Facts) -> tuple[Cause, ...]:
    if facts.text("proxy"):
        return (possible(f"The proxy {_proxied(facts)} swallows the answer."),)
    return (possible("A firewall lets connections through and drops their content."),)


def _status(facts: Facts) -> str:
    page = hosts.find(facts.registry).status
    return f"{page} tells about outages. " if page else ""


def _stalled(facts: Facts) -> Words:
    silent = facts.get("silent") is True
    return Words(
        title=facts.headline + _so_far(facts),
        why=(
            *role(facts),
            certain(f"The connection stayed open, and {'nothing' if silent else 'almost nothing'} came in time."),
            possible(f"{'The token service' if of_token(facts) else 'The registry, or its storage,'} is overloaded."),
            *_proxy_possible(facts),
        ),
        steps=steps(
            run(commands.pull(facts), "try again" if of_token(facts) else "try again; finished layers are kept"),
            do(f"{_status(facts)}If it stays so, tell the registry's operator."),
            *_wait_longer(facts),
        ),
        who=Who.REGISTRY,
    )


def _wait_longer(facts: Facts) -> tuple[Step | None, ...]:
    """No single wait is longer than all of them together may be, so that both have to be raised."""
    limit = facts.text("setting")
    if limit == "patience":  # it has cut a wait short that has a limit of its own
        limit = "timeout_connect" if facts.text("waited_for") == "connection" else "timeout_read"
    return (
        run(commands.setting(limit, "60s"), "waits longer, together with"),
        run(commands.setting("patience", "2min"), "for all attempts"),
    )


def _so_far(facts: Facts) -> str:
    """How much had come, of how much, and how often it came to that: `` (after 20 kB of 262 kB, 3 times)``."""
    got, size = facts.count("actual_size"), facts.count("expected_size")
    if got is None or not size:
        return ""
    times = _times(facts)
    again = f", {times} times" if times > 1 and _same_place(facts) else ""
    most = "at most " if times > 1 and not _same_place(facts) else ""
    return f" ({most}after {words.size(got)} of {words.size(size)}{again})"


def _times(facts: Facts) -> int:
    """How many downloads in a row have broken off without bringing anything new."""
    return len(facts.texts("ended_at"))


def _same_place(facts: Facts) -> bool:
    """Whether more than one download broke off, all at the same place."""
    return _times(facts) > 1 and len(set(facts.texts("ended_at"))) == 1


def _reset(facts: Facts) -> Words:
    begun = facts.has("status")
    proxied = f"The proxy {_proxied(facts)} or the registry" if facts.text("proxy") else ""
    return Words(
        title=f"{host(facts)} broke the connection off in the middle of its answer{_so_far(facts)}"
        if begun
        else f"{host(facts)} closed the connection without an answer",
        why=(
            *role(facts),
            likely(f"{proxied or 'The registry, or a firewall or proxy on the way,'} broke the connection off."),
        ),
        steps=steps(
            run(commands.pull(facts), "try again; finished layers are kept" if begun else "try again"),
            do(f"{_status(facts)}If it stays so, tell the registry's operator."),
        ),
    )


def _truncated(facts: Facts) -> Words:
    what = "a layer" if facts.text("layer") or facts.text("digest") else "the answer"
    cut = "The connection is cut on the way, by a proxy or firewall that limits time or size."
    part = "The registry has only a part of the content."
    same = _same_place(facts)
    return Words(
        title=f"{host(facts)} broke off {what}{_so_far(facts)}: it is incomplete",
        why=(*role(facts), likely(cut), likely(part) if same else possible(part)),
        steps=steps(
            run(commands.pull(facts), "try again; finished layers are kept"),
            do("It broke off at the same place each time: tell the registry's operator.")
            if same
            else do("If it breaks off at the same place every time, tell the registry's operator."),
        ),
    )


def _protocol(facts: Facts) -> Words:
    answer = facts.text("plain_answer")
    if facts.text("fault") == "header-too-large":
        return _header_too_large(facts)
    if reason := facts.text("reason"):
        return Words(
            title=f"The answer of {host(facts)} breaks the rules of HTTP",
            why=(*role(facts), certain(words.sentence(reason)), likely("A proxy on the way garbles the answer.")),
            steps=steps(
                run(commands.pull(facts), "try again, if possible from another network"),
                do("If it stays so, tell the registry's operator."),
            ),
        )
    if facts.text("proxy"):
        return _not_a_proxy(facts)
    return Words(
        title=f"{host(facts)} answers, but not in HTTP as it should be",
        why=(
            *role(facts),
            *_unreadable(answer),
            likely("Another service listens on this port."),
            possible("The registry, or a proxy on the way, is broken."),
        ),
        steps=steps(
            do("Check that host and port are those of the registry."), run(_url_test(facts), "shows what answers")
        ),
        kind=Kind.REGISTRY,
        who=Who.YOU,
    )


def _unreadable(answer: str) -> tuple[Cause, ...]:
    return (certain(f'It begins its answer with "{answer}".'),) if answer else ()


def _not_a_proxy(facts: Facts) -> Words:
    """Every byte of an answer comes by way of the proxy, and what comes is no HTTP."""
    source = facts.text("proxy_source")
    return Words(
        title=f"The proxy {facts.text('proxy')} does not answer in HTTP",
        why=(
            *_unreadable(facts.text("plain_answer")),
            *((certain(f"{source} sends requests to {facts.registry or host(facts)} through it."),) if source else ()),
            likely("Another service listens on that port; the registry was not reached."),
        ),
        steps=steps(
            Step(f"echo ${source}", "is this the proxy of the network you are in, with its port?")
            if source.isidentifier()
            else None,
            without(facts),
        ),
        who=Who.YOU,
    )


def _header_too_large(facts: Facts) -> Words:
    return Words(
        title=f"{host(facts)} answers with a header that is larger than can be read",
        why=(
            *role(facts),
            certain(words.sentence(f"the limit that was met: {facts.text('reason')}")),
            likely("The registry, or a proxy in front of it, is broken."),
        ),
        steps=steps(
            run(_url_test(facts) + " >/dev/null", "shows the header"), do("Report it to the registry's operator.")
        ),
        kind=Kind.REGISTRY,
        who=Who.REGISTRY,
    )


def _plain_http(facts: Facts) -> Words:
    return Words(
        title=f"{host(facts)} speaks plain HTTP, not HTTPS",
        what=(f'To a request without TLS it answers: "{facts.text("plain_answer")}".',)
        if facts.text("plain_answer")
        else None,
        why=(*role(facts), certain("It has no TLS on this port; HTTPS was tried because that is the rule.")),
        steps=steps(
            run(commands.pull(facts, "--plain-http"), "on a network you trust: a login would travel unencrypted"),
            do(f'For good: location = "{facts.registry}" with insecure = true in registries.conf.')
            if facts.registry
            else None,
        ),
        who=Who.YOU,
    )


def _tls_expected(facts: Facts) -> Words:
    return Words(
        title=f"{host(facts)} speaks HTTPS on this port, not plain HTTP",
        why=(*role(facts), certain("Plain HTTP was used because an option, a setting or registries.conf asks for it.")),
        steps=steps(
            run(commands.pull(facts, "--no-plain-http")),
            do("For good: take insecure = true for it out of registries.conf, and plain_http out of your settings."),
        ),
        who=Who.YOU,
    )


def _downgrade(facts: Facts) -> Words:
    target = (facts.texts("redirects") or [""])[-1]
    return Words(
        title=f"{facts.registry or host(facts)} sends the request from https on to plain http",
        why=(
            certain(f"{target or 'The other host'} would be spoken to unencrypted, so it was not."),
            likely("The registry is set up wrongly: behind a proxy it does not know that it is reached by https."),
        ),
        steps=steps(
            do("Report it to the registry's operator."),
            run(commands.pull(facts, "--plain-http"), "allows http for everything; only on a network you trust"),
        ),
        who=Who.REGISTRY,
    )


def _request_invalid(facts: Facts) -> Words:
    cause = facts.text("cause")
    return Words(
        title=f"No request to {host(facts)} can be made from this address",
        why=(*role(facts), certain(words.sentence(cause))) if cause else role(facts),
        steps=steps(do("Check the address that is shown; where the registry sent it, report it to its operator.")),
    )


def _offline(facts: Facts) -> Words:
    return Words(
        title=f"{host(facts)} is not asked: the setting offline is on",
        why=(certain("What is wanted is not here, and to ask for it was forbidden (--offline, SREGISTRY_OFFLINE)."),),
        steps=steps(
            run("sregistry images", "lists what is here"),
            run(commands.pull(facts, "--no-offline"), "asks the registry"),
        ),
        who=Who.YOU,
    )


RULES: Rules = {
    "network-dns": _dns,
    "network-dns-failed": _dns_failed,
    "network-dns-timeout": _dns_timeout,
    "network-no-family": _no_family,
    "network-offline": _offline,
    "network-refused": _refused,
    "network-timeout": _timeout,
    "network-unreachable": _unreachable,
    "network-no-answer": _no_answer,
    "network-stalled": _stalled,
    "network-reset": _reset,
    "network-truncated": _truncated,
    "network-protocol": _protocol,
    "network-plain-http-expected": _plain_http,
    "network-tls-expected": _tls_expected,
    "network-redirect-downgrade": _downgrade,
    "network-request-invalid": _request_invalid,
}

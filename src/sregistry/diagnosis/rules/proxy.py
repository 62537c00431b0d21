"""Proxies: which one was used, which variable named it, what it did."""

from __future__ import annotations

from collections.abc import Callable

from sregistry.diagnosis import commands
from sregistry.diagnosis.diagnosis import Cause, Step, Who
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.kinds import Kind
from sregistry.diagnosis.rule import Rule, Rules, Words, certain, likely, steps
from sregistry.diagnosis.rules.network import host


def _proxy_failed(facts: Facts, title: str, *causes: Cause) -> Words:
    source = facts.text("proxy_source")
    return Words(
        title=title,
        why=(certain(f"{source} sends requests to {facts.registry or host(facts)} through it."), *causes)
        if source
        else causes,
        steps=steps(
            Step(f"echo ${source}", "is this the proxy of the network you are in?") if source.isidentifier() else None,
            Step(commands.variable("no_proxy", facts.registry or host(facts)), "goes there without the proxy"),
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
    return _proxy_failed(
        facts, f"The proxy {_proxy_name(facts)} does not answer", likely("It belongs to another network than this one.")
    )


def _proxy_broken(facts: Facts) -> Words:
    status = facts.text("status")
    answer = f" and answered {status}" if status else ""
    return _proxy_failed(
        facts, f"The proxy {_proxy_name(facts)} did not connect to {facts.registry or host(facts)}{answer}"
    )


def _rule(explain: Callable[[Facts], Words]) -> Rule:
    return Rule(Kind.NETWORK, Who.YOU, explain, doctor=True)


RULES: Rules = {
    "network-proxy-dns": _rule(_proxy_dns),
    "network-proxy-refused": _rule(_proxy_refused),
    "network-proxy-timeout": _rule(_proxy_timeout),
    "network-proxy-failed": _rule(_proxy_broken),
}

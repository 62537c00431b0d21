"""The reason that a registry gives for a refusal: where it says more than the status, it decides what is said.

A status of 403 is a missing right, a firewall, a policy or an unpaid bill; only the words tell which.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sregistry.diagnosis import commands, hosts
from sregistry.diagnosis.diagnosis import Step, Who
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.rule import Words, certain, do, likely, run, steps

_LINK = re.compile(r"https?://[^\s\"'<>)]+[^\s\"'<>).,;]")
_EMPTY_WORDS = re.compile(
    r"^(requested )?access to the (requested )?resource is (denied|not authorized)$|^authentication required$"
    r"|^(an? )?(internal|unknown|unexpected) (server )?error( (has )?occurred)?\.?$",
    re.IGNORECASE,
)
#: Words about who asks; a reason without any of them is about the thing asked for.
_ABOUT_RIGHTS = re.compile(
    r"denied|forbid|authori[sz]|permi|scope|log[ -]?in|authenti|credential|token|access|privat|account|user",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"\b(client|source|your) (with )?ip\b|\bip( address)?\b.{0,60}\b(not (allowed|permitted)|blocked|denied)\b",
    re.IGNORECASE,
)
_IP = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{1,4}\b", re.IGNORECASE)
_POLICY = re.compile(r"polic(y|ies)\b|PROJECTPOLICYVIOLATION|vulnerabilit|quarantin|not signed|unsigned", re.IGNORECASE)
_PAYMENT = 402
#: A longer reason stands where the answer is shown, and not in the title as well.
_IN_TITLE = 170


def own_words(facts: Facts) -> str:
    """The registry's messages, without those that say no more than the status does."""
    texts = [" ".join(item.text("message").split()) for item in facts.registry_errors]
    return "; ".join(dict.fromkeys(text for text in texts if len(text.split()) > 2 and not _EMPTY_WORDS.search(text)))


def _said(facts: Facts) -> str:
    """The same, or what an answer in plain text says."""
    plain = facts.text("content_type").startswith("text/plain")
    return own_words(facts) or (" ".join(facts.text("body_head").split()) if plain else "")


def links(facts: Facts) -> tuple[Step, ...]:
    """The addresses that are named in the reason."""
    return tuple(do(f"Open {link}") for link in _LINK.findall(_said(facts))[:2])


def titled(title: str, said: str) -> str:
    """`title` with the reason, where there is one that fits."""
    return f'{title}: "{said}"' if said and len(said) <= _IN_TITLE else title


def explained(facts: Facts) -> Words | None:
    """What a reason of a known kind means; None where there is none, or it is about rights."""
    for pattern, words in _KINDS:
        if pattern.search(_said(facts)):
            return words(facts)
    said = own_words(facts)
    if facts.count("status") == _PAYMENT or (said and not _ABOUT_RIGHTS.search(said)):
        return _other(facts)
    return None


def _name(facts: Facts) -> str:
    return hosts.find(facts.registry).name


def _address(facts: Facts) -> Words:
    """A registry that lets in some addresses only."""
    found = _IP.search(_said(facts))
    address = f" {found[0]}" if found else ""
    return Words(
        title=f"The firewall of {_name(facts)} does not let in this machine's address{address}",
        why=(certain("The registry decides by the address that a request comes from, before any login."),),
        steps=steps(
            *links(facts),
            do(f"Ask the registry's operator to allow the address{address}, or for a VPN that is allowed."),
            run(commands.pull(facts), "from a network that is allowed"),
        ),
        who=Who.REGISTRY,
    )


def _policy(facts: Facts) -> Words:
    return Words(
        title=titled(f"A policy of {_name(facts)} refuses this image", _said(facts)),
        why=(likely("It is the same for everybody, whatever the login: those who run the project set the policy."),),
        steps=steps(
            *links(facts),
            do(f"Ask {_owner(facts)} for an exception, or for an image that the policy allows."),
            do("Another tag, such as a newer one, may be allowed."),
        ),
        who=Who.REGISTRY,
    )


def _owner(facts: Facts) -> str:
    """Those who decide, by the first part of the repository's name."""
    project = facts.repository.partition("/")[0]
    return f'the administrator of "{project}" at {_name(facts)}' if project else f"the operator of {_name(facts)}"


def _other(facts: Facts) -> Words:
    """A reason that no table can know, and that is not about the login."""
    return Words(
        title=titled(f"{_name(facts)} refuses {facts.repository or 'the request'}", own_words(facts)),
        why=(certain("Status 402 is about a payment or subscription."),) if facts.count("status") == _PAYMENT else (),
        steps=steps(*links(facts), do(f"Ask {_owner(facts)}, with the reason that is given.")),
        who=Who.YOU if links(facts) else Who.REGISTRY,
    )


_KINDS: tuple[tuple[re.Pattern[str], Callable[[Facts], Words]], ...] = (
    (_ADDRESS, _address),
    (_POLICY, _policy),
)

"""The reason that a registry gives for a refusal: where it says more than the status, it decides what is said.

What the registry's words are about is a fact (`sregistry.answers.said`); here are the words for it.
"""

from __future__ import annotations

from collections.abc import Callable

from sregistry.diagnosis import commands, hosts
from sregistry.diagnosis.diagnosis import Step, Who
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.rule import Words, certain, do, likely, run, steps

_PAYMENT = 402
#: A longer reason stands where the answer is shown, and not in the title as well.
_IN_TITLE = 170


def links(facts: Facts) -> tuple[Step, ...]:
    """The addresses that are named in the reason."""
    return tuple(do(f"Open {link} (its message names it).") for link in facts.texts("links"))


def titled(title: str, said: str) -> str:
    """`title` with the reason, where there is one that fits."""
    return f'{title}: "{said}"' if said and len(said) <= _IN_TITLE else title


def explained(facts: Facts) -> Words | None:
    """What a reason of a known kind means; None where there is none, or it is about rights."""
    for subject, words in _KINDS:
        if facts.about(subject):
            return words(facts)
    if facts.count("status") == _PAYMENT or (facts.registry_errors and facts.said and not facts.about("rights")):
        return _other(facts)
    return None


def _name(facts: Facts) -> str:
    return hosts.find(facts.registry).name


def _address(facts: Facts) -> Words:
    """A registry that lets in some addresses only."""
    found = facts.text("client_address")
    address = f" {found}" if found else ""
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
        title=titled(f"A policy of {_name(facts)} refuses this image", facts.said),
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
        title=titled(f"{_name(facts)} refuses {facts.repository or 'the request'}", facts.said),
        why=(certain("Status 402 is about a payment or subscription."),) if facts.count("status") == _PAYMENT else (),
        steps=steps(*links(facts), do(f"Ask {_owner(facts)}, with the reason that is given.")),
        who=Who.YOU if links(facts) else Who.REGISTRY,
    )


_KINDS: tuple[tuple[str, Callable[[Facts], Words]], ...] = (
    ("address", _address),
    ("policy", _policy),
)

"""What a registry does not delete."""

from __future__ import annotations

from sregistry.diagnosis import commands, hosts, words
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.rule import Rules, Words, certain, do, possible, run, steps
from sregistry.diagnosis.rules import logins, reasons
from sregistry.references import DOCKER_HUB

#: Where a person deletes images whose registry's API does not.
_BROWSERS = {DOCKER_HUB: "its page at hub.docker.com", "ghcr.io": "the page of the package at github.com"}


def _all_tags(facts: Facts) -> str:
    """The same command for an image with all its tags; empty if it is not known."""
    return commands.pull(facts, "--all-tags") if facts.texts("repeat") else ""


def _disabled(facts: Facts) -> Words:
    browser = _BROWSERS.get(facts.registry)
    return Words(
        title=f"{hosts.of(facts).name} does not let images be deleted",
        why=(
            certain("It says that it does not offer this, whoever asks."),
            *(() if browser else (possible("It is a cache of another registry, or deleting is not switched on."),)),
        ),
        steps=steps(
            do(f"Delete it in a browser, on {browser}.")
            if browser
            else do(
                "Ask its operator: Docker's registry deletes with REGISTRY_STORAGE_DELETE_ENABLED=true in its "
                "environment, or storage.delete.enabled in its configuration."
            ),
        ),
    )


def _denied(facts: Facts) -> Words:
    repository = facts.repository or "the repository"
    return Words(
        title=reasons.titled(f"{hosts.of(facts).name} does not let this login delete in {repository}", facts.said),
        why=(
            certain(f"The login was {logins.source(facts)}."),
            possible("The account may read or write there, but not delete; or its token lacks the scope."),
        ),
        steps=steps(do(f"Ask the owner of {repository} for the right to delete."), *logins.another(facts)),
    )


def _tag_bound(facts: Facts) -> Words:
    return Words(
        title=f"{hosts.of(facts).name} does not delete a tag alone",
        why=(certain("It deletes an image by its digest, and then every tag that means it is gone."),),
        steps=steps(run(_all_tags(facts), "deletes the image and all its tags")),
    )


def _digest_tagged(facts: Facts) -> Words:
    tags = facts.texts("others")
    seen = certain(f"It is what {words.listing(tags, last='and')} {'mean' if len(tags) > 1 else 'means'}.")
    return Words(
        title="An image that is deleted by its digest goes with all its tags",
        what=(),
        why=(seen if tags else certain("Which tags mean it is not known."),),
        steps=steps(run(_all_tags(facts), "deletes it and all its tags")),
    )


RULES: Rules = {
    "registry-delete-disabled": _disabled,
    "registry-delete-denied": _denied,
    "registry-digest-tagged": _digest_tagged,
    "registry-tag-bound": _tag_bound,
}

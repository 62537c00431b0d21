"""Pushes, and requests that a registry does not offer."""

from __future__ import annotations

from sregistry.diagnosis import commands, hosts
from sregistry.diagnosis.diagnosis import Who
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.rule import Rules, Words, certain, do, likely, possible, run, steps
from sregistry.diagnosis.rules import logins, reasons
from sregistry.references import DOCKER_HUB

#: What requests of a pull are for.
_FOR_A_PULL = frozenset({"token", "manifest", "config", "blob", "ping"})


def _name(facts: Facts) -> str:
    return hosts.of(facts).name


def _corrupt(facts: Facts) -> Words:
    return Words(
        title=f"{_name(facts)} received other bytes than were sent",
        why=(likely("A proxy or firewall on the way changed or cut the upload."),),
        steps=steps(do("Push again, if possible from another network or without the proxy.")),
        who=Who.NETWORK,
    )


def _too_large(facts: Facts) -> Words:
    return Words(
        title=f"{_name(facts)} takes no upload of this size",
        why=(certain("It answers 413: the limit is that of the registry or of a proxy in front of it."),),
        steps=steps(do("Ask the registry's operator to raise the limit (in nginx: client_max_body_size).")),
    )


def _refused(facts: Facts) -> Words:
    if any(error.text("code") == "MANIFEST_INVALID" for error in facts.registry_errors):
        return _manifest_refused(facts)
    return Words(
        title=f"{_name(facts)} does not take the upload",
        why=(likely("The registry is read-only, or its rules forbid this name or tag."),),
        steps=steps(
            do(f"Ask the registry's operator whether {facts.repository or 'the repository'} may be pushed to.")
        ),
    )


def _manifest_refused(facts: Facts) -> Words:
    media_type = facts.text("media_type")
    return Words(
        title=f"{_name(facts)} does not take the manifest",
        why=(
            certain("It says that the manifest is not valid, and every registry has rules of its own for that."),
            *((possible(f"It does not know the type {media_type}."),) if media_type else ()),
        ),
        steps=steps(
            do("Ask the registry's operator which types of manifests it takes."),
            do("An archive or a layout (oci-archive:, oci:) takes every type.")
            if facts.texts("repeat")[:1] == ["copy"]
            else None,
        ),
    )


def _lost(facts: Facts) -> Words:
    return Words(
        title=f"{_name(facts)} does not know the upload any more that it had begun",
        why=(
            likely("It was broken off in the middle of a part: many registries then give the whole upload up."),
            possible("Several servers without common storage answer for the registry."),
        ),
        steps=steps(do("Push again: it is sent from the beginning.")),
    )


def _push_denied(facts: Facts) -> Words:
    repository = facts.repository or "the repository"
    return Words(
        title=reasons.titled(f"{_name(facts)} does not let this login push to {repository}", facts.said),
        why=(
            certain(f"The login was {logins.source(facts)}."),
            likely("The account may read there, but not write; or its token lacks the scope to push."),
        ),
        steps=steps(
            do(f"Ask the owner of {repository} for the right to push, or push to a repository of your own."),
            *logins.another(facts),
        ),
    )


def _read_only(facts: Facts) -> Words:
    return Words(
        title=reasons.titled(f"{_name(facts)} takes no pushes at all", facts.said),
        why=(
            possible("It is a cache of another registry."),
            possible("Its operator has made it read only, for maintenance."),
        ),
        steps=steps(do("Push to the registry behind it if it is a cache, else ask its operator.")),
    )


def _quota(facts: Facts) -> Words:
    return Words(
        title=reasons.titled(f"{_name(facts)} has no room left for {facts.repository or 'this'}", facts.said),
        why=(certain("The registry says that the space of this account or project is used up."),),
        steps=steps(do("Remove images there that are not needed any more, or ask its operator for more space.")),
    )


def _unsupported(facts: Facts) -> Words:
    """A pull needs nothing that a registry may leave out, so there it is a fault; other operations are optional."""
    if facts.text("purpose") in _FOR_A_PULL:
        return Words(
            title=f"{_name(facts)} says that it does not offer what every pull needs",
            why=(
                certain("A registry has to give manifests, layers and, where it asks for them, tokens."),
                likely("It is no registry, or something in front of it allows only some requests."),
            ),
            steps=steps(
                do("Check the host and port of the registry."),
                run(commands.doctor(facts), "shows which requests it answers"),
                do("If they are right, report it to the registry's operator."),
            ),
        )
    return Words(
        title=f"{_name(facts)} does not offer this operation",
        why=(certain("It says so itself; the protocol leaves some operations to the registry's choice."),),
        steps=steps(
            run(commands.doctor(facts), "shows what it answers"),
            do("Ask the registry's operator, if you need it."),
        ),
    )


def _no_catalog(facts: Facts) -> Words:
    anonymous = facts.text("cause") == "auth-required"
    browser = _BROWSERS.get(facts.registry)
    return Words(
        title=f"{_name(facts)} does not list its repositories",
        why=(
            likely("Like most large registries it lists them to nobody, or to its administrators only."),
            *((possible("A login that may see them all would be shown them."),) if anonymous else ()),
        ),
        steps=steps(
            run(commands.command("search", f"docker://{facts.registry}/<REPOSITORY>"), "lists the tags of a repository")
            if facts.registry
            else None,
            do(f"Search for repositories in a browser: {browser}") if browser else None,
            hosts.of(facts).login if anonymous and facts.registry and not browser else None,
        ),
    )


#: Where a person can search for repositories.
_BROWSERS = {
    DOCKER_HUB: "https://hub.docker.com/search",
    "ghcr.io": "https://github.com/search?type=registrypackages",
    "quay.io": "https://quay.io/search",
    "nvcr.io": "https://catalog.ngc.nvidia.com/containers",
    "public.ecr.aws": "https://gallery.ecr.aws",
}

RULES: Rules = {
    "registry-no-catalog": _no_catalog,
    "registry-upload-corrupt": _corrupt,
    "registry-upload-too-large": _too_large,
    "registry-upload-refused": _refused,
    "registry-upload-lost": _lost,
    "registry-upload-denied": _push_denied,
    "registry-read-only": _read_only,
    "registry-quota": _quota,
    "registry-unsupported": _unsupported,
}

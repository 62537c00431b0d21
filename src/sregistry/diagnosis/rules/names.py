"""Names that cannot be read: the place of the fault is shown, and the reference that was probably meant."""

from __future__ import annotations

from sregistry.diagnosis import commands, words
from sregistry.diagnosis.diagnosis import Step, Who
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.rule import Rules, Words, certain, do, run, steps
from sregistry.diagnosis.rules import schemes
from sregistry.references import beginning
from sregistry.references.reference import FORCED

#: A longer name is shown as it is, without a line below it that points into it.
_POINTABLE = 200

#: Why the form is refused, where the message alone does not say it.
_WHY = {
    "name-uppercase": "Registries allow capitals in tags only; the same name in lowercase is the one that exists.",
    "name-is-id": "A registry finds images by name and tag or by the digest of a manifest; the ID of an image is known "
    "only to the machine that has it.",
    "reference-hash": 'The "#" between registry and repository is enroot\'s spelling.',
    "reference-credentials": "What stands in a command line can be read by other users of the machine.",
    "name-component": "The parts of a repository name consist of lowercase letters and digits, separated by '.', '_', "
    "'__' or '-'.",
    "reference-tag": "A tag has up to 128 letters, digits, '_', '.' and '-', and does not begin with '.' or '-'.",
    "platform-malformed": "A platform is written OS/ARCHITECTURE or OS/ARCHITECTURE/VARIANT.",
}


_FORM = "A name is written [REGISTRY/]REPOSITORY[:TAG][@DIGEST], such as ghcr.io/acme/tool:1.2"
_OWN_STEPS = frozenset({"reference-placeholder", "reference-web-page", "name-is-id", "platform-malformed"})


def _pointed(facts: Facts) -> tuple[str, ...]:
    """The text as given with a line of carets below the fault, as one block that is not wrapped."""
    source, span = facts.text("source"), facts.get("span")
    if not source:
        return ()
    if (
        not isinstance(span, (list, tuple))
        or [type(place) for place in span] != [int, int]
        or len(source) > _POINTABLE
        or "\n" in source
    ):
        return (source,)
    start, end = int(span[0]), int(span[1])
    return (f"{source}\n{' ' * start}{'^' * max(1, end - start)}",)


def _malformed(facts: Facts) -> Words:
    why = _WHY.get(facts.code)
    suggestion = facts.text("suggestion")
    form = None if suggestion or facts.code in _OWN_STEPS else do(_FORM)
    return Words(
        title=facts.headline,
        what=_pointed(facts),
        why=(certain(why),) if why else (),
        steps=steps(
            run(commands.pull(facts, name=suggestion) if suggestion else "", "if this is the one you mean"), form
        ),
    )


def _hint(facts: Facts, *more: Step) -> Words:
    """The words of `_malformed` with further steps."""
    said = _malformed(facts)
    return Words(said.title, said.why, steps=(*said.steps, *more), what=said.what)


def _placeholder(facts: Facts) -> Words:
    return _hint(
        facts, do("Fill in the variable or placeholder, or put the name in double quotes, so that the shell does.")
    )


def _scheme(facts: Facts) -> Words:
    known = [beginning(name) for name in facts.texts("known")]
    scheme, source = facts.text("scheme"), facts.text("source")
    if scheme == "shub":
        return Words(
            title="Singularity Hub (shub://) no longer serves images",
            what=_pointed(facts),
            steps=steps(
                do("Look for the image on Docker Hub, GHCR or another registry: its author may have moved it there.")
            ),
            who=Who.IMAGE,
        )
    here = f"Known are names that begin with {words.listing(known, last='or')}, and names without a scheme."
    return Words(
        f'No client reads names that begin with "{scheme}"',
        what=_pointed(facts),
        why=(
            *((certain(f"It is {schemes.MEANING[scheme]}."),) if scheme in schemes.MEANING else ()),
            *((certain(here),) if known else ()),
        ),
        steps=schemes.fetched(scheme, source),
    )


def _scheme_inside(facts: Facts) -> Words:
    said = _malformed(facts)
    suggestion, source = facts.text("suggestion"), facts.text("source").strip()
    plain = (
        commands.pull(facts, "--plain-http", name=suggestion) if suggestion and facts.text("inner") == "http" else ""
    )
    file = commands.pull(facts, name=f"{source}#{FORCED}") if source.startswith("http") and "#" not in source else ""
    more = steps(run(plain, "if it speaks http only"), run(file, "if it is the address of a file"))
    return Words(said.title, said.why, what=said.what, steps=(*said.steps, *more))


def _credentials(facts: Facts) -> Words:
    suggestion = facts.text("suggestion")
    if suggestion.startswith(("https://", "http://")):
        return _credentials_for_file(facts, suggestion)
    registry = suggestion.split("://", 1)[-1].split("/", 1)[0]
    return Words(
        title="A reference has no place for a user name or password",
        what=_pointed(facts),
        why=(certain(_WHY[facts.code]),),
        steps=steps(
            run(commands.login(registry) if suggestion else "", "asks for user name and password"),
            run(commands.pull(facts, name=suggestion) if suggestion else ""),
        ),
    )


def _credentials_for_file(facts: Facts, address: str) -> Words:
    """No login that is kept is sent to a server of files, so another program has to fetch it."""
    return Words(
        title="An address has no place for a user name or password",
        what=_pointed(facts),
        why=(certain(_WHY[facts.code]), certain("No login is sent to file servers, and no netrc is read.")),
        steps=steps(
            Step(f"curl -fL --netrc -o image.sif {commands.quoted(address)}", "with the login in ~/.netrc"),
            schemes.add(),
            run(commands.pull(facts, name=address), "if it needs no login"),
        ),
    )


def _web_page(facts: Facts) -> Words:
    said = _malformed(facts)
    if said.steps:
        return said
    return _hint(
        facts, do("Open the page of one image and give its address, or the name that it shows for docker pull.")
    )


def _is_id(facts: Facts) -> Words:
    return _hint(
        facts, do("On the machine that has the image, `docker image inspect` shows its RepoTags and RepoDigests.")
    )


def _platform(facts: Facts) -> Words:
    example = commands.pull(facts, "--platform", "linux/amd64")
    return _hint(
        facts, *steps(run(example, "for example"), do("Common are linux/amd64, linux/arm64 and linux/ppc64le."))
    )


def _pinned(facts: Facts) -> Words:
    return Words(
        title="What is pushed cannot be given a digest",
        why=(certain("The digest follows from the content; it is printed when the image is there."),),
        steps=steps(do("Name a tag instead, such as :1.2.")),
        what=(),
    )


RULES: Rules = {
    "name-uppercase": _malformed,
    "name-component": _malformed,
    "name-host": _malformed,
    "name-port": _malformed,
    "name-missing": _malformed,
    "name-slashes": _malformed,
    "name-too-long": _malformed,
    "name-is-id": _is_id,
    "platform-malformed": _platform,
    "reference-character": _malformed,
    "reference-credentials": _credentials,
    "reference-digest": _malformed,
    "reference-empty": _malformed,
    "reference-fragment": _malformed,
    "reference-hash": _malformed,
    "reference-pinned": _pinned,
    "reference-placeholder": _placeholder,
    "reference-scheme": _scheme,
    "reference-scheme-inside": _scheme_inside,
    "reference-slashes": _malformed,
    "reference-tag": _malformed,
    "reference-web-page": _web_page,
}

"""Files on the web: what a plain file server does not give, and what is there in place of a SIF file."""

from __future__ import annotations

from sregistry.diagnosis import commands, exchange, words
from sregistry.diagnosis.diagnosis import Cause, Step, Who
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.rule import Rules, Words, certain, do, likely, possible, run, steps
from sregistry.diagnosis.rules.network import host
from sregistry.diagnosis.rules.schemes import add
from sregistry.references import SCHEMES

_UNAUTHORIZED, _GONE = 401, 410
#: What is fetched with another program is called so.
_FILE = "image.file"


def _address(facts: Facts) -> str:
    """The address that was given, as far as it can be shown; that of the request where it is not known."""
    return facts.text("reference").partition("#")[0] or facts.text("url") or "<ADDRESS>"


def _curl(facts: Facts, *options: str, output: str = "image.sif") -> Step:
    address = _address(facts)
    # The shell is given what was given to us; what was hidden has to be put in again.
    shown = f"'{address}'" if "…" in address else commands.quoted(address)
    return Step(" ".join(["curl", "-fL", *options, "-o", output, shown]))


def _not_found(facts: Facts) -> Words:
    gone = facts.count("status") == _GONE
    sent_on = facts.texts("redirects")
    return Words(
        title=f"{host(facts)} has no such file" + (" any more" if gone else ""),
        why=(
            *((certain(f"The request was sent on to {sent_on[-1]}, which answers."),) if sent_on else ()),
            certain("It says that the file was removed.")
            if gone
            else possible("The address is misspelt (capitals count), or the file was moved or removed."),
        ),
        steps=steps(do("Check the address; a browser shows what else is in its folder, where the server tells.")),
    )


def _denied(facts: Facts) -> Words:
    asks = facts.count("status") == _UNAUTHORIZED
    signed = "=…" in facts.text("reference")
    why: tuple[Cause, ...] = (certain("No login is sent to file servers, and no netrc is read."),) if asks else ()
    if facts.about("expired"):
        why = (certain("It says that the signed address has expired."),)
    elif signed:
        why = (*why, likely("The address is signed, and such addresses are good for a while only."))
    elif not asks:
        why = (possible("The file is not for everybody, or not for the network that this machine is in."),)
    fetched = steps(Step(_curl(facts, "--netrc").command, "with the login in ~/.netrc"), add())
    return Words(
        title=f"{host(facts)} {'asks for a login' if asks else 'refuses the file'}",
        why=why,
        steps=steps(
            do("Get a new address from who gave you this one.") if signed else None,
            *(fetched if asks else ()),
            None if asks or signed else do("Ask those who run the server, or who gave you the address."),
        ),
    )


def _limited(facts: Facts) -> Words:
    after = facts.number("retry_after")
    return Words(
        title=f"{host(facts)} wants fewer requests",
        why=(certain(f"It asks to wait {words.duration(after)} (Retry-After)."),) if after else (),
        steps=steps(
            run(commands.pull(facts), f"try again {f'in {words.duration(after)}' if after else 'later'}"),
            do("On a cluster: fetch the file once and share it; all who come from one address may be counted as one."),
        ),
    )


def _failed(facts: Facts) -> Words:
    after = facts.number("retry_after")
    return Words(
        title=f"{host(facts)} fails: it answers {facts.text('status')}",
        why=(
            certain("The fault is on the server's side; the request was in order."),
            *((certain(f"It asks to wait {words.duration(after)} (Retry-After)."),) if after else ()),
        ),
        steps=steps(
            run(commands.pull(facts), f"try again {f'in {words.duration(after)}' if after else 'later'}"),
            do("If it stays so, tell the server's operator."),
        ),
    )


def _refused(facts: Facts) -> Words:
    return Words(
        title=f"{host(facts)} does not give the file: it answers {facts.text('status')}",
        why=(certain("It was asked for a part of the file, as is usual, and for nothing else."),),
        steps=steps(_curl(facts), do("If that fails as well, tell the server's operator.")),
    )


def _page(facts: Facts) -> Words:
    title = facts.text("page_title")
    sign_in = facts.about("sign-in")
    return Words(
        title="There is a web page at this address, not a file" + (f': "{title}"' if title else ""),
        what=exchange.request(facts),
        why=(
            likely("The file is shown only to those who have signed in.")
            if sign_in
            else possible("It is a page about the file, or one that says that there is none."),
            certain("Nothing but the beginning was fetched."),
        ),
        steps=steps(do("Open it with a browser, and copy the address of the link that gives the file.")),
    )


def _not_sif(facts: Facts) -> Words:
    looks, found = facts.text("looks_like"), facts.text("format") or "something else"
    size = facts.count("size")
    sized = f" of {words.size(size)}" if size and looks != "empty" else ""
    return Words(
        title=f"The file at this address is not a SIF file: it is {found}{sized}",
        what=(*exchange.request(facts), *_text(facts)),
        why=(certain("Its first bytes say so; nothing more was fetched."), *_because(looks, facts)),
        steps=_instead(looks, facts),
    )


def _text(facts: Facts) -> tuple[str, ...]:
    """What a text says."""
    said = exchange.errors(facts)
    head = facts.text("body_head")[: exchange.BODY_SHOWN]
    return tuple(said) or ((f'"{head}"',) if head else ())


def _because(looks: str, facts: Facts) -> tuple[Cause, ...]:
    match looks:
        case "legacy":
            return (certain("Singularity wrote such files before version 3; today's programs write SIF."),)
        case "pointer":
            return (certain("The server gives the text that stands for the file in a git repository."),)
        case "sif":
            return (likely("A proxy, or the server, packs what it sends, although it was asked not to."),)
        case "empty":
            return (possible("It is being uploaded, or its upload has failed."),)
        case "text" if facts.registry_errors or facts.text("body_head"):
            return (possible("It is an error message with a status that says success."),)
    return ()


def _instead(looks: str, facts: Facts) -> tuple[Step, ...]:
    """The commands that make an image of what is there."""
    get = _curl(facts, output=_FILE)
    match looks:
        case "oci-archive" | "docker-archive":
            name = f"{looks}:{_FILE}"
            ours = looks in SCHEMES
            build = commands.command("pull", name) if ours else f"apptainer build image.sif {name}"
            return steps(get, build, None if ours else add())
        case "legacy":
            return steps(get, f"apptainer build image.sif {_FILE}", add())
        case "tar" | "compressed":
            return steps(get, Step(f"tar -tf {_FILE}", "lists what is in it"))
        case "pointer":
            return steps(do("Get the address of the file itself: on GitHub it is that of the button Download."))
    return steps(do("Check the address with a browser."), get)


def _changed(facts: Facts) -> Words:
    return Words(
        title="The file at this address is another one now",
        why=(
            certain("The server's ETag, or date and size, are not those of the file that was asked for."),
            possible("It was replaced, or several servers answer in turn that do not have the same file."),
        ),
        steps=steps(
            run(commands.pull(facts), "takes what is there now"),
            do("If it stays so, tell the server's operator."),
        ),
    )


def _hidden(facts: Facts) -> Words:
    return Words(
        title="The file cannot be fetched again: the secret in its address was not kept",
        what=(facts.text("source"),) if facts.text("source") else (),
        why=(certain("Values of a query may be a signature, by which everybody can get the file."),),
        steps=steps(do("Get a new address from who gave you the first one, and pull that.")),
        who=Who.YOU,
    )


RULES: Rules = {
    "web-not-found": _not_found,
    "web-denied": _denied,
    "web-limited": _limited,
    "web-failed": _failed,
    "web-refused": _refused,
    "web-page": _page,
    "web-not-sif": _not_sif,
    "web-changed": _changed,
    "web-address-hidden": _hidden,
}

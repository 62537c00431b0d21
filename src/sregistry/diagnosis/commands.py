"""Commands that can be pasted, with the user's own reference and options in them.

The options that the user gave are repeated (fact ``options``), so that a pasted command goes the
same way as the one that failed.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace

from sregistry.diagnosis.facts import Facts
from sregistry.settings import rows

PROGRAM = "sregistry"
#: Options that another command does not have, or has no use for.
_PULL_ONLY = ("--output", "--force", "--name", "--compression", "--exact", "--jobs", "--mode")
_COPY_ONLY = ("--with-referrers", "--every-blob")
_PUSH_ONLY = ("--annotation",)
#: What belongs to what was done with the image, and to no other command about it.
_OF_ITS_OWN = (*_PULL_ONLY, *_COPY_ONLY, *_PUSH_ONLY)
_FLAGS = frozenset(
    {
        *("--force", "--exact", "--no-exact", "--plain-http", "--no-plain-http", "--tls-verify", "--no-tls-verify"),
        *_COPY_ONLY,
    }
)


def command(*words: str) -> str:
    """`words` as a line of shell."""
    return shlex.join([PROGRAM, *words])


def pull(facts: Facts, *options: str, tag: str = "", name: str = "") -> str:
    """``sregistry pull`` of the reference, with further options or another tag; empty if there is no reference.

    Where it was no pull that failed, the command that did (fact ``repeat``), with the reference changed in it.
    """
    if facts.texts("repeat"):
        return _again(facts, options, tag, name)
    return _with_reference(facts, "pull", options, tag, name)


def writes(facts: Facts) -> bool:
    """Whether something was to be written to the place of the reference, so that it does not matter who may read."""
    verb, *words = facts.texts("repeat") or [""]
    target = bool(words) and words[-1] in _failed(facts)
    return facts.text("purpose") == "upload" or (verb in ("push", "copy") and target)


def doctor(facts: Facts) -> str:
    """``sregistry doctor`` of the reference; empty if there is none."""
    others = ("--username",) if _login_is_for_another(facts) else ()
    given = _without(facts.texts("options"), (*_OF_ITS_OWN, *others))
    return _with_reference(facts.replaced(options=given), "doctor", (), "", "")


def _login_is_for_another(facts: Facts) -> bool:
    """Whether the login of the command line was for the registry that a copy goes to; it failed at the other."""
    verb, *words = facts.texts("repeat") or [""]
    return verb == "copy" and words[-1].startswith("docker://") and not writes(facts)


def fetch(facts: Facts, name: str, *options: str) -> str:
    """``sregistry get --pull`` of an image by the name it has here; empty if that is not known."""
    given = _without(facts.texts("options"), [*_OF_ITS_OWN, *(word for word in options if word.startswith("--"))])
    return command("get", "--pull", *given, *options, name) if name else ""


def for_login(facts: Facts) -> list[str]:
    """The options that were given and that a login has, too."""
    return _without(facts.texts("options"), [*_OF_ITS_OWN, "--platform", "--username"])


def logout(registry: str) -> str:
    """``sregistry logout HOST``."""
    return command("logout", registry)


def login(registry: str, *options: str) -> str:
    """``sregistry login HOST``."""
    return command("login", *options, registry)


def variable(name: str, value: str) -> str:
    """``export NAME=VALUE``; a placeholder in angle brackets is left as it is."""
    return f"export {name}={value if value.startswith('<') else shlex.quote(value)}"


def _again(facts: Facts, options: tuple[str, ...], tag: str, name: str) -> str:
    """The command that failed once more; another tag or name takes the place of the reference that it failed at.

    Empty where it has no such option, or where that reference is not among its words.
    """
    verb, *words = facts.texts("repeat")
    if any(option in _PULL_ONLY for option in options):
        return ""
    if tag or name:
        reference, failed = facts.reference, _failed(facts)
        other = name or (replace(reference, tag=tag, digest=None).uri if reference else "")
        if not other or not any(word in failed for word in words):
            return ""
        words = [other if word in failed else word for word in words]
    given = _without(facts.texts("options"), [word for word in options if word.startswith("--")])
    return command(verb, *given, *options, *words)


def _failed(facts: Facts) -> tuple[str, ...]:
    """How a command may have named what it failed at."""
    named = (facts.text("source"), facts.text("reference"), facts.uri)
    return tuple(name for name in named if name)


def _with_reference(facts: Facts, verb: str, options: tuple[str, ...], tag: str, name: str) -> str:
    reference = facts.reference
    if reference is not None and tag:
        reference = replace(reference, tag=tag, digest=None)
    name = name or (reference.uri if reference else "" if tag else facts.uri)
    if not name:
        return ""
    given = _without(facts.texts("options"), [word for word in options if word.startswith("--")])
    return command(verb, *given, *options, name)


def _without(words: list[str], options: Sequence[str]) -> list[str]:
    """`words` without these options, their values and their opposites."""
    dropped = {option.replace("--no-", "--") for option in options}
    kept: list[str] = []
    rest = iter(words)
    for word in rest:
        if word.partition("=")[0].replace("--no-", "--") not in dropped:
            kept.append(word)
        elif word not in _FLAGS and "=" not in word:
            next(rest, None)
    return kept


def setting(name: str, value: str) -> str:
    """``export SREGISTRY_NAME=VALUE`` for a setting; empty if there is no such setting."""
    row = rows().get(name)
    return variable(row.variables[0].name, value) if row else ""


def quoted(text: str) -> str:
    """`text` as one word of a shell command."""
    return shlex.quote(text)

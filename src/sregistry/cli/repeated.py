"""The options of a command line that belong into every command that is proposed after its failure."""

from __future__ import annotations

from collections.abc import Iterator

import click
from click.core import ParameterSource

#: How a registry is spoken to, and for which platform: the same on every command.
_SHARED = frozenset({"plain_http", "tls_verify", "cacert", "authfile", "username", "platform"})
#: What only a pull has, and another pull should do again.
_OF_PULL = frozenset({"output", "force", "name", "compression", "exact", "jobs", "mode"})
_OF_COPY = frozenset({"referrers", "every_blob"})
_OF_PUSH = frozenset({"annotations", "compression"})
_OF = {
    "pull": _SHARED | _OF_PULL,
    "doctor": _SHARED | {"output"},
    "copy": _SHARED | _OF_COPY,
    "push": _SHARED | _OF_PUSH,
}


def repeated_options(group: click.Command, arguments: list[str]) -> list[str]:
    """The words of these options in `arguments` (a verb and what follows it), under their long names."""
    context = _parsed(group, arguments)
    return words(context) if context else []


def wants_json(group: click.Command, arguments: list[str]) -> bool:
    """Whether `arguments` ask for JSON, by whatever spelling; also if they cannot be read to their end."""
    context = _parsed(group, arguments)
    return "--json" in arguments or bool(context and context.params.get("as_json"))


def _parsed(group: click.Command, arguments: list[str]) -> click.Context | None:
    verb = (
        group.get_command(click.Context(group), arguments[0]) if isinstance(group, click.Group) and arguments else None
    )
    return verb.make_context(arguments[0], arguments[1:], resilient_parsing=True) if verb else None


def words(context: click.Context) -> list[str]:
    """The same for a verb that has been called."""
    said = [word for parameter in context.command.params for word in _words(parameter, context)]
    if context.info_name != "pull" or context.params["output"]:
        return said
    from sregistry.cli.pull import is_output_first

    given: tuple[str, ...] = context.params["words"] or ()
    return ["--output", given[0], *said] if is_output_first(given) else said


def _words(parameter: click.Parameter, context: click.Context) -> Iterator[str]:
    name = parameter.name or ""
    given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    if name not in _OF.get(context.info_name or "", _SHARED) or not isinstance(parameter, click.Option) or not given:
        return
    value = context.params[name]
    if value is None:  # it could not be read
        return
    spelling = max(parameter.secondary_opts if value is False else parameter.opts, key=len)
    if parameter.is_flag:
        yield spelling
        return
    for one in value if parameter.multiple else [value]:
        yield from (spelling, str(one))

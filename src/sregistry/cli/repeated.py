"""The options of a command line that belong into every command that is proposed after its failure."""

from __future__ import annotations

from collections.abc import Iterator

import click
from click.core import ParameterSource

#: How a registry is spoken to, and for which platform: the same on every command.
_SHARED = frozenset({"plain_http", "tls_verify", "cacert", "authfile", "username", "platform"})
#: What only a pull has, and another pull should do again.
_OF_PULL = frozenset({"output", "force", "name", "compression", "exact", "jobs"})


def repeated_options(group: click.Command, arguments: list[str]) -> list[str]:
    """The words of these options in `arguments` (a verb and what follows it), under their long names."""
    if not isinstance(group, click.Group) or not arguments:
        return []
    verb = group.get_command(click.Context(group), arguments[0])
    if verb is None:
        return []
    return words(verb.make_context(arguments[0], arguments[1:], resilient_parsing=True))


def words(context: click.Context) -> list[str]:
    """The same for a verb that has been called."""
    return [word for parameter in context.command.params for word in _words(parameter, context)]


def _words(parameter: click.Parameter, context: click.Context) -> Iterator[str]:
    name = parameter.name or ""
    given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    repeated = _SHARED | _OF_PULL if context.info_name == "pull" else _SHARED
    if name not in repeated or not isinstance(parameter, click.Option) or not given:
        return
    value = context.params[name]
    if value is None:  # it could not be read
        return
    spellings = parameter.secondary_opts if value is False else parameter.opts
    yield max(spellings, key=len)
    if not parameter.is_flag:
        yield str(value)

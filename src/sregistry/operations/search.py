"""Search: what a registry lists, the tags of a repository or all its repositories."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from sregistry.notebook import Shown
from sregistry.operations.connection import Login, second_look, session_for
from sregistry.references import Reference, parse, split_scheme
from sregistry.settings import Settings

if TYPE_CHECKING:
    from sregistry.http.transport import OnExchange
    from sregistry.registry.session import Session

#: A registry alone: a host with a dot in it or called localhost, or any with a port and a slash behind it.
_REGISTRY = re.compile(r"(localhost|[^/:@]+\.[^/:@]+|\[[^]/]+\])(:\d+)?/*|[^/:@]+:\d+/+")


@dataclass(frozen=True, slots=True)
class SearchResult(Shown):
    """What a registry lists.

    Attributes:
        registry: host[:port].
        repository: whose tags they are; None for a list of repositories.
        names: tags, the highest version first; or repositories as the registry orders them.
        attached: how many tags of signatures and attestations have been left out.
    """

    registry: str
    repository: str | None
    names: tuple[str, ...]
    attached: int = 0

    @property
    def references(self) -> list[str]:
        """The names in full, ready for a pull or another search."""
        if self.repository is None:
            return [f"{self.registry}/{name}" for name in self.names]
        return [f"{self.registry}/{self.repository}:{name}" for name in self.names]

    def __repr__(self) -> str:
        of = f"{self.registry}/{self.repository}" if self.repository else self.registry
        return f"<{of}: {len(self.names)} {'tags' if self.repository else 'repositories'}>"

    def facts(self) -> dict[str, Any]:
        """The result in JSON's types."""
        return {**asdict(self), "names": list(self.names), "references": self.references}


def search(
    target: str,
    settings: Settings,
    environ: Mapping[str, str],
    *,
    text: str | None = None,
    attached: bool = False,
    login: Login | None = None,
    on_exchange: OnExchange | None = None,
    session: Session | None = None,
) -> SearchResult:
    """Return the tags of the repository ``[docker://]HOST/REPOSITORY``, or the repositories of ``[docker://]HOST``.

    Args:
        target: what to list; a tag or digest in it does not matter.
        settings: in force.
        environ: the process environment, for credentials and proxies.
        text: only names that contain it, whatever their case.
        attached: list the tags of signatures and attestations as well.
        login: user name and password of the command line.
        on_exchange: told of every request.
        session: of a client; None opens one.

    Raises:
        InvalidReference: `target` names neither.
        RegistryError: ``registry-no-catalog`` where a registry does not list its repositories; what of names,
            logins and registries can go wrong.
    """
    reference = _registry(target) or parse(target, default_registry=settings.default_registry)
    with session_for(settings, environ, session, login=login, on_exchange=on_exchange) as own:
        if not reference.repository:
            return SearchResult(reference.registry, None, _containing(text, own.catalog(reference)))
        with second_look(own, settings, target, on_exchange=on_exchange):
            tags = own.tags(reference).names
    from sregistry.diagnosis.near import highest

    shown = highest(tags, len(tags), attached=attached)
    return SearchResult(reference.registry, reference.repository, _containing(text, shown), len(tags) - len(shown))


def _registry(target: str) -> Reference | None:
    """The registry that `target` is, as a reference without repository; None if there is a repository in it."""
    scheme, rest = split_scheme(target)
    if not _REGISTRY.fullmatch(rest):
        return None
    return replace(parse(f"{scheme or 'docker'}://{rest.rstrip('/')}/any"), repository="", tag=None, source=target)


def _containing(text: str | None, names: list[str]) -> tuple[str, ...]:
    return tuple(name for name in names if text is None or text.lower() in name.lower())

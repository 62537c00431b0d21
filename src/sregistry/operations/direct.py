"""How to ask a registry without us: the address of a manifest, and the headers that any HTTP client has to send.

What stands between a reference and its manifest is looked up by one HEAD request: the mirrors and
other locations of ``registries.conf``, http or https, the login, the token.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sregistry.errors import SregistryError
from sregistry.references import RegistryReference

if TYPE_CHECKING:
    from sregistry.registry.session import Place, Session

HIDDEN = "***"
#: No longer: who asks wants to see for himself.
_SECONDS = 6.0
#: Not part of what others have to send: their own client has its own.
_OURS = frozenset({"accept", "user-agent", "accept-encoding"})


class Headers(dict[str, str]):
    """Header fields whose values may be secret: they are sent, but not shown."""

    def copy(self) -> Headers:
        """Another one with the same fields."""
        return Headers(self)

    def __repr__(self) -> str:
        return repr({name: value if name == "Accept" else HIDDEN for name, value in self.items()})


@dataclass(frozen=True, slots=True)
class Direct:
    """A request that others can send.

    Attributes:
        url: of the manifest, at the place that serves it.
        headers: ``Accept``, and ``Authorization`` where the registry wants it.
        refusal: why there is no ``Authorization`` although it may be wanted; None if all is well.
    """

    url: str
    headers: Headers
    refusal: SregistryError | None = None

    def __repr__(self) -> str:
        return f"<{self.url} with {', '.join(self.headers)}>"

    def facts(self) -> dict[str, Any]:
        """The request in JSON's types, without the values of its headers."""
        refusal = {"code": self.refusal.code, "message": self.refusal.message} if self.refusal else None
        return {"url": self.url, "headers": sorted(self.headers), "refusal": refusal}


def direct(session: Session, reference: RegistryReference, accept: Sequence[str]) -> Direct:
    """The request for the manifest of `reference`.

    Args:
        session: speaks to the registry.
        reference: what is wanted.
        accept: media types.

    Raises:
        RegistryError: ``registry-blocked``, ``setting-registries-conf``. What the registry refuses is not an
            error here: the request then goes without ``Authorization``, and gets the registry's own answer.
    """
    answers: list[tuple[int, Direct]] = []
    for place in session.places(reference):
        status, found = _ask(session, place, reference, accept)
        if status == 200:
            return found
        answers.append((status, found))
    return answers[-1][1]


def _ask(session: Session, place: Place, reference: RegistryReference, accept: Sequence[str]) -> tuple[int, Direct]:
    from sregistry.registry.manifests import head_call

    call = head_call(place.repository, reference.identifier, accept)
    url, headers = place.api.base + call.path, Headers(Accept=call.headers["accept"])
    try:
        with place.api.open(call, session.patience(budget=_SECONDS)) as response:
            sent = {name.title(): value for name, value in response.request.headers.items() if name not in _OURS}
            return response.status, Direct(url, Headers({**headers, **sent}))
    except SregistryError as error:
        return 0, Direct(url, headers, error)

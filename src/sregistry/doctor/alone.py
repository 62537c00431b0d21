"""What a registry gives when one manifest format alone is accepted: the table that people make by hand.

Asked by HEAD, which counts against nobody's pull limit.
"""

from __future__ import annotations

from dataclasses import dataclass

from sregistry.errors import SregistryError
from sregistry.oci import media_types
from sregistry.references import RegistryReference
from sregistry.registry.manifests import head_call
from sregistry.registry.session import Session
from sregistry.resources.threads import Workers


@dataclass(frozen=True, slots=True)
class Offer:
    """The answer for one format: its status (or the code of a failure), the type and digest that came."""

    wanted: str
    outcome: str
    media_type: str = ""
    digest: str = ""

    @property
    def given(self) -> bool:
        """Whether the format that was asked for came."""
        return self.outcome == "200" and self.media_type in ("", self.wanted)


def ask(session: Session, reference: RegistryReference, wanted: str) -> Offer:
    """Ask the first place that answers for `wanted` alone; never raises."""
    offer = Offer(wanted, "no answer")
    try:
        places = session.in_order(reference)
    except SregistryError as error:
        return Offer(wanted, error.code)
    for place in places:
        call = head_call(place.repository, reference.identifier, [wanted])
        try:
            with place.api.open(call, session.patience()) as response:
                came = media_types.essence(response.headers.get("content-type")) if response.status == 200 else ""
                return Offer(wanted, str(response.status), came, response.headers.get("docker-content-digest", ""))
        except SregistryError as error:
            offer = Offer(wanted, error.code)
    return offer


def ask_all(session: Session, reference: RegistryReference) -> list[Offer]:
    """The whole table, in the order of preference; all are asked for at once."""
    with Workers(len(media_types.ALL), "format") as pool:
        return [asked.result() for asked in [pool.submit(ask, session, reference, one) for one in media_types.ALL]]

"""The table of formats, each asked for alone."""

from sregistry.doctor import alone
from sregistry.oci import media_types
from sregistry.references import parse
from sregistry.registry.session import Session
from tests.doctor.conftest import Serve


def test_what_comes_is_told_from_what_was_asked_for(serve: Serve) -> None:
    patient = serve("healthy")
    with Session(patient.options) as session:
        offers = {offer.wanted: offer for offer in alone.ask_all(session, parse(patient.reference))}
    assert offers[media_types.DOCKER_MANIFEST].given
    assert offers[media_types.DOCKER_MANIFEST].digest.startswith("sha256:")
    assert not offers[media_types.OCI_INDEX].given
    assert offers[media_types.OCI_INDEX].media_type == media_types.DOCKER_MANIFEST
    assert not [line for line in patient.running.seen if line.startswith("GET") and "manifests" in line]


def test_a_registry_that_takes_one_format_only_shows_it(serve: Serve) -> None:
    patient = serve("accept-one-only")
    with Session(patient.options) as session:
        given = [offer.wanted for offer in alone.ask_all(session, parse(patient.reference)) if offer.given]
    assert media_types.DOCKER_MANIFEST in given


def test_failures_are_part_of_the_table(serve: Serve) -> None:
    patient = serve("refused")
    with Session(patient.options) as session:
        assert alone.ask(session, parse(patient.reference), media_types.OCI_INDEX).outcome == "network-refused"

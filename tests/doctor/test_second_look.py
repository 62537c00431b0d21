"""What a second look finds, that it ends in time, and that it never makes things worse."""

import time

import pytest

from sregistry.diagnosis import explain
from sregistry.doctor import second_look
from sregistry.errors import SregistryError
from sregistry.http.transport import Exchange
from sregistry.references import parse
from sregistry.registry.session import Session
from tests.doctor.conftest import Patient, Serve
from tests.registry.scripted import Contents, Server, tiny
from tests.registry.sessions import session
from tests.sick.scenario import CANARY
from tests.support import images, tars
from tests.support.registry import DockerRegistry

IMAGE = images.image([tars.archive(tars.file("hello", b"world\n"))])


def failure(patient: Patient) -> tuple[SregistryError, list[Exchange]]:
    """The error of a pull with the second look's facts, and the exchanges that the look cost."""
    exchanges: list[Exchange] = []
    with Session(patient.options) as session:
        with pytest.raises(SregistryError) as caught:
            session.resolve(parse(patient.reference))
        return second_look.look(caught.value, session, on_exchange=exchanges.append), exchanges


def test_near_tags_are_found(serve: Serve) -> None:
    error, exchanges = failure(serve("tag-misspelt"))
    assert error.facts["second_look"]["tags"]["near"] == ["latest"]
    assert len(exchanges) <= 3
    assert explain(error).title == 'The repository exists, the tag "lastest" does not'


def test_a_login_that_is_not_needed_is_found_out(serve: Serve) -> None:
    error, _ = failure(serve("stale-login-403"))
    assert error.facts["second_look"]["anonymous"] == {"outcome": "ok"}
    diagnosis = explain(error)
    assert diagnosis.checked == ("Without it, sick/stale-login-403:latest can be pulled anonymously.",)
    assert diagnosis.steps[0].command.startswith("sregistry logout 127.0.0.1:")
    assert CANARY not in str(diagnosis.as_dict()) + str(error.facts)


def test_without_a_login_nobody_asks_anonymously_again(serve: Serve) -> None:
    error, _ = failure(serve("login-wanted-token"))
    assert "anonymous" not in error.facts["second_look"]


def test_what_has_no_questions_is_left_as_it_is(serve: Serve) -> None:
    error, exchanges = failure(serve("index-other-platform"))
    assert "second_look" not in error.facts
    assert exchanges == []


def test_an_error_without_a_reference_is_left_as_it_is(serve: Serve) -> None:
    with Session(serve("healthy").options) as session:
        for facts in ({}, {"reference": "no:such:name"}, {"reference": None}):
            error = SregistryError("tag-unknown", "x", **facts)
            assert "second_look" not in second_look.look(error, session).facts


def test_a_registry_that_is_gone_by_now_is_no_second_failure(serve: Serve) -> None:
    with Session(serve("refused").options) as session:
        error = SregistryError("tag-unknown", "x", reference=serve("refused").reference)
        found = second_look.look(error, session).facts["second_look"]
        assert found["tags"]["outcome"].startswith("network-")


def test_it_ends_in_time_even_where_nothing_is_answered(serve: Serve) -> None:
    patient = serve("silent-patiently")
    with Session(patient.options) as session:
        error = SregistryError("auth-denied", "x", reference=patient.reference, credential_source="somewhere")
        began = time.monotonic()
        second_look.look(error, session, seconds=1.5)
        assert time.monotonic() - began < 3


def test_a_fault_in_the_look_itself_hides_nothing(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(session: object, reference: object) -> dict[str, object]:
        raise ZeroDivisionError

    monkeypatch.setitem(second_look._QUESTIONS, "tags", broken)
    with Session(serve("healthy").options) as session:
        error = SregistryError("tag-unknown", "x", reference="127.0.0.1:1/a/b:c")
        assert second_look.look(error, session).facts["second_look"] == {}


@pytest.mark.parametrize(("part", "called"), [("config", "the ID of an image"), ("layer", "the digest of a layer")])
def test_a_digest_that_is_an_image_id_or_a_layer_is_called_so(part: str, called: str) -> None:
    image = tiny()
    digest = image.config.digest if part == "config" else image.layers[0].blob.digest
    with Server(contents=Contents().add(image, "1")) as server, session() as one:
        reference = server.reference(f"team/tool:1@{digest}")
        with pytest.raises(SregistryError) as caught:
            one.resolve(reference)
        error = second_look.look(caught.value.with_facts(reference=reference.uri), one)
        assert error.code == "manifest-unknown"
        assert called in explain(error).title


@pytest.mark.parametrize("name", ["team/tol:1", "tool:1", "other/tool"])
def test_distribution_is_understood_where_the_repository_is_misspelt(
    docker_registry: DockerRegistry, name: str
) -> None:
    docker_registry.push("team/tool", "1", IMAGE)
    reference = f"docker://{docker_registry.address}/{name}"
    with session() as one:
        with pytest.raises(SregistryError) as caught:
            one.resolve(parse(reference))
        assert caught.value.code == "tag-unknown"
        error = second_look.look(caught.value.with_facts(reference=reference), one)
    assert error.code == "repository-unknown"
    proposed = [step.command for step in explain(error).steps]
    assert any("/team/tool:" in command for command in proposed)

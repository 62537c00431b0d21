"""The walk: what each step sees, what is left out after a failure, and the report without secrets."""

import json

import pytest

from sregistry.doctor import render as walked
from sregistry.doctor.examination import Doctor
from sregistry.doctor.steps.step import StepResult, Verdict
from sregistry.doctor.walks import ARTIFACT, FILES, OTHER, REGISTRY, START, WEB, Row
from sregistry.operations.connection import registry_options
from sregistry.settings import load
from tests.doctor.conftest import Patient, Serve
from tests.sick.scenario import CANARY


def examined(patient: Patient) -> tuple[Doctor, dict[str, StepResult]]:
    doctor = Doctor(patient.reference, patient.settings, patient.options)
    return doctor, {result.name: result for result in doctor.walk()}


def failed(results: dict[str, StepResult]) -> list[str]:
    return [name for name, result in results.items() if result.verdict is Verdict.FAIL]


def test_every_step_of_the_table_gives_one_result_in_order(serve: Serve) -> None:
    doctor, results = examined(serve("healthy"))
    assert list(results) == [row.name for row in (*START, *REGISTRY)]
    assert failed(results) == []
    assert doctor.diagnosis is None
    assert "2 layers" in results["image"].summary
    assert results["layers"].summary == "all 2 layers are there"
    assert results["formats"].summary == "given as Docker schema 2, whatever format is asked for"
    json.dumps([result.as_dict() for result in doctor.results])


def test_what_only_shows_the_way_is_asked_once(serve: Serve) -> None:
    doctor, results = examined(serve("head-429"))
    assert doctor.diagnosis is None
    assert results["formats"].summary == "asked for alone, each is answered with rate-limit-abuse"
    heads = [exchange for exchange in doctor._exchanges if exchange.method == "HEAD" and "/manifests/" in exchange.url]
    assert len(heads) <= 7  # one for the token, one for each format


@pytest.mark.parametrize("table", [REGISTRY, ARTIFACT, FILES, WEB, OTHER])
def test_steps_need_only_steps_before_them(table: tuple[Row, ...]) -> None:
    seen: set[str] = set()
    for row in (*START, *table):
        assert set(row.needs) <= seen
        seen.add(row.name)


@pytest.mark.parametrize(
    "scenario, step, code",
    [
        ("refused", "connect", "network-refused"),
        ("tls-other-authority", "tls", "tls-unknown-ca"),
        ("portal", "ping", "registry-web-page"),
        ("tag-misspelt", "manifest", "tag-unknown"),
        ("quota", "manifest", "rate-limit-quota"),
        ("index-other-platform", "image", "image-no-platform"),
        ("artifact-helm", "image", "image-artifact"),
        ("storage-blocked", "layers", "blob-storage-denied"),
        ("blob-unknown", "layers", "blob-unknown"),
    ],
)
def test_the_first_step_that_fails_is_the_cause(serve: Serve, scenario: str, step: str, code: str) -> None:
    doctor, results = examined(serve(scenario))
    assert failed(results)[0] == step
    assert doctor.diagnosis is not None
    assert doctor.diagnosis.code == code
    assert doctor.diagnosis.related == ()
    assert not any(step.command.startswith("sregistry doctor") for step in doctor.diagnosis.steps)


def test_what_needs_a_failed_step_is_not_examined_and_says_so(serve: Serve) -> None:
    _, results = examined(serve("refused"))
    assert results["manifest"].summary == "not examined, as connect failed"
    assert results["manifest"].verdict is Verdict.SKIP
    assert results["disk"].verdict is Verdict.OK


def test_a_login_that_was_refused_is_not_sent_again_for_every_format(serve: Serve) -> None:
    patient = serve("login-basic-wrong")
    _, results = examined(patient)
    assert results["formats"].summary == "not examined, as manifest failed"
    assert results["manifest"].verdict is Verdict.FAIL


def test_what_each_format_alone_is_answered_with_is_one_line_where_it_is_the_same(serve: Serve) -> None:
    _, results = examined(serve("tag-misspelt"))
    assert results["formats"].summary == "asked for alone, each is answered with 404"
    assert results["formats"].details == ()


def test_the_whole_chain_of_certificates_is_shown(serve: Serve) -> None:
    _, results = examined(serve("tls-good"))
    chain = results["tls"].as_dict()["facts"]["chain"]
    assert len(chain) > 1
    assert [seen["issuer"] for seen in chain[:-1]] == [seen["subject"] for seen in chain[1:]]
    assert results["tls"].details[0].startswith(chain[0]["subject"])
    assert results["tls"].details[-1] == f"signed by {chain[-1]['subject']}, valid until {chain[-1]['not_after']}"


def test_without_verification_the_chain_is_the_one_that_was_sent(serve: Serve) -> None:
    _, results = examined(serve("tls-expired-unverified"))
    assert results["tls"].verdict is Verdict.WARN
    assert results["tls"].as_dict()["facts"]["chain"]


def test_what_people_found_out_by_hand_is_one_line(serve: Serve) -> None:
    """The long way of the old documentation: three requests with three Accept headers, and a 404 to be understood."""
    _, results = examined(serve("schema2-only"))
    assert results["formats"].summary == "given as Docker schema 2; asked for another format, it answers 404"
    assert failed(results) == []


def test_a_name_that_cannot_be_read_ends_the_walk_on_the_way(serve: Serve) -> None:
    patient = serve("healthy")
    doctor = Doctor("ghcr.io/Acme/Tool", patient.settings, patient.options)
    results = {result.name: result for result in doctor.walk()}
    assert failed(results) == ["reference"]
    assert results["ping"].summary == "not examined, as reference failed"
    assert doctor.diagnosis is not None
    assert doctor.diagnosis.exit_code == 3


def test_the_login_and_the_scope_of_the_token_are_shown_and_the_secrets_are_not(serve: Serve) -> None:
    patient = serve("stale-login-403")
    doctor, results = examined(patient)
    assert results["login"].summary == "from ~/.docker/config.json (auths)"
    assert "repository:sick/stale-login-403:pull" in results["token"].summary
    report = doctor.report(["doctor", patient.reference])
    for part in ("## Steps", "## Diagnosis", "## Exchanges", "## Versions", "## Settings that were changed"):
        assert part in report
    shown = report + "".join(walked.render(doctor.results)) + json.dumps([one.as_dict() for one in doctor.results])
    assert CANARY not in shown


def test_settings_that_are_changed_or_misspelt_are_named(serve: Serve) -> None:
    patient = serve("healthy")
    environ = {**patient.options.environ, "SREGISTRY_PLATFROM": "linux/arm64"}
    settings = load(environ)
    doctor = Doctor(patient.reference, settings, registry_options(settings, environ))
    result = {found.name: found for found in doctor.walk()}["settings"]
    assert result.verdict is Verdict.WARN
    assert "SREGISTRY_PLATFROM is no setting; is SREGISTRY_PLATFORM meant?" in result.details


def test_a_runtime_is_found_in_path(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "apptainer"
    program.write_text("#!/bin/sh\necho apptainer version 1.4.2\n")
    program.chmod(0o755)
    patient = serve("healthy")
    environ = {**patient.options.environ, "PATH": f"{folder}:/usr/bin:/bin"}
    doctor = Doctor(patient.reference, patient.settings, registry_options(patient.settings, environ))
    result = {found.name: found for found in doctor.walk()}["runtime"]
    assert result.summary == "apptainer version 1.4.2"

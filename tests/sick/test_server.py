"""The sick registry itself, asked with nothing but the standard library: it is as sick as it says, and no sicker."""

from __future__ import annotations

import hashlib
import http.client
import json
import socket
import ssl
import urllib.error
import urllib.request

import pytest

from tests.sick.catalogue import SCENARIOS
from tests.sick.scenario import Door, Outcome
from tests.sick.server import Running, SickRegistry

FAMILIES = {"auth", "missing", "network", "tls", "manifest", "blob", "content", "limits", "http", "in place"}


def get(running: Running, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    """One plain request to a scenario."""
    connection = http.client.HTTPConnection(running.host, timeout=5)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def test_there_are_many_scenarios_of_every_family() -> None:
    assert {scenario.family for scenario in SCENARIOS.values()} == FAMILIES
    assert len(SCENARIOS) > 500


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_says_what_it_expects(name: str) -> None:
    scenario = SCENARIOS[name]
    assert scenario.does
    assert scenario.cause
    if scenario.expect.outcome is Outcome.FAIL:
        assert scenario.expect.codes
        assert scenario.expect.says
    assert (scenario.expect.outcome is Outcome.SUCCEED) == (not scenario.expect.codes)


def test_the_healthy_registry_serves_an_image_whose_digests_are_right(sick_registry: SickRegistry) -> None:
    with sick_registry.serving(SCENARIOS["healthy"]) as running:
        status, headers, body = get(running, "/v2/sick/healthy/manifests/latest")
        assert status == 200
        assert headers["Docker-Content-Digest"] == "sha256:" + hashlib.sha256(body).hexdigest()
        for descriptor in [json.loads(body)["config"], *json.loads(body)["layers"]]:
            status, _, blob = get(running, f"/v2/sick/healthy/blobs/{descriptor['digest']}")
            assert (status, len(blob)) == (200, descriptor["size"])
            assert hashlib.sha256(blob).hexdigest() == descriptor["digest"].removeprefix("sha256:")


def test_ranges_are_served(sick_registry: SickRegistry) -> None:
    with sick_registry.serving(SCENARIOS["healthy"]) as running:
        path = f"/v2/sick/healthy/blobs/{running.contents.layer}"
        whole = get(running, path)[2]
        status, headers, part = get(running, path, Range="bytes=10-19")
        assert (status, part) == (206, whole[10:20])
        assert headers["Content-Range"] == f"bytes 10-19/{len(whole)}"
        assert get(running, path, Range=f"bytes={len(whole)}-")[0] == 416


def test_each_run_of_a_scenario_has_a_state_of_its_own(sick_registry: SickRegistry) -> None:
    scenario = SCENARIOS["gateway-page-once"]
    with sick_registry.serving(scenario) as one, sick_registry.serving(scenario) as other:
        assert [get(one, "/v2/")[0] for _ in range(2)] == [502, 200]
        assert get(other, "/v2/")[0] == 502


def test_connections_are_refused_reset_and_left_alone(sick_registry: SickRegistry) -> None:
    with sick_registry.serving(SCENARIOS["refused"]) as running, pytest.raises(ConnectionRefusedError):
        get(running, "/v2/")
    with sick_registry.serving(SCENARIOS["reset"]) as running, pytest.raises(ConnectionResetError):
        get(running, "/v2/")
    with sick_registry.serving(SCENARIOS["silent"]) as running:
        address, port = running.host.split(":")
        with socket.create_connection((address, int(port)), timeout=0.3) as connection:
            connection.sendall(b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n")
            with pytest.raises(TimeoutError):
                connection.recv(1)


def test_bodies_break_off_where_they_should(sick_registry: SickRegistry) -> None:
    with sick_registry.serving(SCENARIOS["blob-cut-once"]) as running:
        path = f"/v2/{running.repository}/blobs/{running.contents.layer}"
        with pytest.raises(http.client.IncompleteRead):
            get(running, path)
        assert get(running, path)[0] == 200


def test_both_sides_say_so_when_the_other_protocol_comes(sick_registry: SickRegistry) -> None:
    with sick_registry.serving(SCENARIOS["tls-good"]) as running:
        assert get(running, "/v2/")[0] == 400
    with sick_registry.serving(SCENARIOS["healthy"]) as running, pytest.raises(urllib.error.URLError) as caught:
        urllib.request.urlopen(f"https://{running.host}/v2/", timeout=5)
    assert isinstance(caught.value.reason, ssl.SSLError)


@pytest.mark.parametrize(
    "name", [name for name, scenario in SCENARIOS.items() if scenario.door is Door.TLS and name.startswith("tls-")]
)
def test_certificates_are_bad_as_their_name_says(name: str, sick_registry: SickRegistry) -> None:
    context = ssl.create_default_context(cafile=sick_registry.certificates.authority)
    good = SCENARIOS[name].certificate == "good"
    with sick_registry.serving(SCENARIOS[name]) as running:
        url = f"https://{running.host}/v2/"
        if good:
            with urllib.request.urlopen(url, timeout=5, context=context) as answer:
                assert answer.status == 200
        else:
            with pytest.raises(OSError):
                urllib.request.urlopen(url, timeout=5, context=context)


def test_a_login_that_reaches_the_storage_is_noted(sick_registry: SickRegistry) -> None:
    with sick_registry.serving(SCENARIOS["storage-open"]) as running:
        connection = http.client.HTTPConnection(running.elsewhere, timeout=5)
        connection.request("GET", f"/store/{running.contents.layer}", headers={"Authorization": "Bearer x"})
        assert connection.getresponse().status == 400
        connection.close()
        assert running.leaks

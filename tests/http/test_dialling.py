"""Connecting: one address that is no good costs little, and each failure says what was tried."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from sregistry.errors import RegistryError
from sregistry.http import dialling, resolve
from sregistry.http.waits import Waits
from tests.registry.scripted import deaf, silent
from tests.registry.sessions import fails


def found(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[str, int]) -> None:
    """The name server gives these addresses for every name."""
    listed = [(socket.AF_INET, address) for address in addresses]
    monkeypatch.setattr(resolve, "addresses", lambda *_: listed)


def split(host: str) -> tuple[str, int]:
    name, _, port = host.partition(":")
    return name, int(port)


def test_an_address_that_never_answers() -> None:
    with deaf() as host:
        error = fails("network-timeout", lambda: dialling.dial(*split(host), None, 0.3))
    assert error.facts["addresses"] == [{"address": host, "error": "timed out"}]
    assert (error.facts["waited_for"], error.facts["setting"]) == ("connection", "timeout_connect")


def test_an_address_that_never_answers_is_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    with deaf() as first, silent() as second:
        found(monkeypatch, split(first), split(second))
        began = time.monotonic()
        sock, peer = dialling.dial("both.test", 9, None, 30.0)
        assert time.monotonic() - began < 10
        sock.close()
    assert peer.address == second


def test_an_address_that_refuses_is_passed_by_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed, silent() as second:
        closed.bind(("127.0.0.1", 0))
        found(monkeypatch, closed.getsockname(), split(second))
        sock, peer = dialling.dial("both.test", 9, None, 5.0)
        sock.close()
    assert peer.address == second


def test_all_addresses_together_have_one_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with deaf() as host:
        found(monkeypatch, *[split(host)] * 12)
        began = time.monotonic()
        error = fails("network-timeout", lambda: dialling.dial("many.test", 9, None, 0.8))
        assert time.monotonic() - began < 5
    assert len(error.facts["addresses"]) == 12


def test_no_route(monkeypatch: pytest.MonkeyPatch) -> None:
    found(monkeypatch, ("255.255.255.255", 9))
    error = fails("network-unreachable", lambda: dialling.dial("nowhere.test", 9, None, 5.0))
    assert error.facts["addresses"]


def test_a_connection_is_given_up_when_the_session_ends() -> None:
    waits = Waits()
    with deaf() as host:
        threading.Timer(0.3, waits.end).start()
        began = time.monotonic()
        with waits.acting(), pytest.raises(RegistryError):
            dialling.dial(*split(host), None, 30.0)
        assert time.monotonic() - began < 5

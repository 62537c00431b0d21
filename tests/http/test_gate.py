"""Addresses that servers name: nobody elsewhere sends us to ourselves, and a login goes to its own host only."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from sregistry.digests import Digest
from sregistry.errors import SregistryError
from sregistry.http import addresses, gate, redact, resolve
from sregistry.http.gate import Place
from sregistry.http.transport import Request, Transport
from sregistry.references import parse
from tests.registry.scripted import Contents, Server, tiny
from tests.registry.scripted import Request as Seen
from tests.registry.sessions import AMD64, fails, options, pulled, session

IMAGE = tiny()
HELD = Contents().add(IMAGE, "1")
HERE = [
    "localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.1", "127.255.0.1", "2130706433", "0x7f000001", "0x7f.1",
    "017700000001", "0177.0.0.1", "0", "0.0.0.0", "0.1.2.3", "::1", "[::1]", "::", "[::ffff:127.0.0.1]",
    "::ffff:7f00:1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::ffff:0.0.0.0", "ip6-localhost",
]  # fmt: skip
LINK = [
    "169.254.169.254", "169.254.0.1", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "fe80::1", "[fe80::1%25eth0]",
    "::ffff:169.254.169.254", "metadata.google.internal", "metadata", "instance-data.", "100.100.100.200",
    "168.63.129.16", "fd00:ec2::254",
]  # fmt: skip
ELSEWHERE = ["example.org", "10.0.0.1", "192.168.1.1", "172.16.0.1", "fd00::1", "8.8.8.8", "1.1", "2001:db8::1", "a.1"]


@pytest.mark.parametrize(
    ("host", "where"),
    [*((h, Place.HERE) for h in HERE), *((h, Place.LINK) for h in LINK), *((h, Place.ELSEWHERE) for h in ELSEWHERE)],
)
def test_every_spelling_of_an_address_is_known(host: str, where: Place) -> None:
    assert gate.place(host) is where


@given(st.text())
def test_any_host_has_a_place(host: str) -> None:
    gate.place(host)


@given(st.integers(0x7F000000, 0x7FFFFFFF), st.sampled_from(["{}", "{:#x}", "0{:o}"]))
def test_law_a_number_that_means_this_machine_is_this_machine(number: int, form: str) -> None:
    assert gate.place(form.format(number)) is Place.HERE


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets names ending in .test be this machine, though those of the given hosts look like they were elsewhere."""

    def arrange(*elsewhere: str) -> None:
        looked_up = resolve.addresses

        def addresses_of(host: str, port: int, family: int, timeout: float) -> list[resolve.Address]:
            if host.endswith(".test"):
                return [(socket.AF_INET, ("127.0.0.1", port))]
            return looked_up(host, port, family, timeout)

        class Far(Transport):
            def send(self, request: Request) -> Any:
                response = super().send(request)
                if addresses.read(request.url).host in elsewhere and response.peer:
                    response.peer = replace(response.peer, place=Place.ELSEWHERE)
                return response

        monkeypatch.setattr(resolve, "addresses", addresses_of)
        monkeypatch.setattr("sregistry.registry.session.Transport", Far)

    return arrange


def refusal(server: Server, name: str = "far.test", **more: Any) -> SregistryError:
    """The error of a pull from `server`, called `name`, which seems to be elsewhere."""
    reference = parse(f"docker://{name}:{server.host.rpartition(':')[2]}/team/tool:1")
    with session(**more) as one:
        return fails("registry-local-address", lambda: pulled(one, reference))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]", "near.test"])
def test_a_redirect_from_elsewhere_to_this_machine_is_not_followed(host: str, far: Callable[..., None]) -> None:
    far("far.test")
    with Server(contents=HELD) as other:

        def script(request: Seen) -> bool:
            port = other.host.rpartition(":")[2]
            return request.kind == "blob" and request.redirect(f"http://{host}:{port}/store/{request.name}")

        with Server(script, HELD) as server:
            error = refusal(server)
        assert other.seen == []
    assert error.facts["place"] == "this machine"
    assert error.facts["redirects"]


@pytest.mark.parametrize("realm", ["http://169.254.169.254/token", "http://0xa9fea9fe/token"])
def test_a_token_service_that_is_link_local_is_not_asked(realm: str) -> None:
    challenge = f'Bearer realm="{realm}",service="x"'
    with Server(lambda request: request.challenge(challenge), HELD) as server, session() as one:
        error = fails("registry-local-address", lambda: one.resolve(server.reference(), AMD64))
    assert error.facts["challenge"]["realm"] == realm


def test_a_token_service_on_this_machine_is_not_asked_for_a_registry_elsewhere(far: Callable[..., None]) -> None:
    far("far.test")
    with Server() as service:

        def script(request: Seen) -> bool:
            port = service.host.rpartition(":")[2]
            return request.challenge(f'Bearer realm="http://near.test:{port}/token",service="x"')

        with Server(script, HELD) as server:
            refusal(server)
        assert service.seen == []


def test_a_connection_that_is_open_is_not_used_for_another_s_errand() -> None:
    with Server(contents=HELD) as server:
        transport = Transport(options(), redact.Scrubber())
        request = Request("GET", f"{server.url}/v2/")
        transport.send(request).document(1 << 16, 5.0)
        closed = replace(request, closed=gate.closed_to(Place.ELSEWHERE))
        fails("registry-local-address", lambda: transport.send(closed))
        transport.close()
    assert len(server.seen) == 1


def test_a_foreign_layer_on_this_machine_is_not_asked_for_by_a_registry_elsewhere(far: Callable[..., None]) -> None:
    far("far.test")
    layer = IMAGE.layers[0].blob.digest
    with Server() as other, Server(lambda request: request.name == layer and request.reply(404), HELD) as server:
        reference = parse(f"docker://far.test:{server.host.rpartition(':')[2]}/team/tool:1")
        with session() as one:
            descriptor = one.resolve(reference, AMD64).layers[0].descriptor
            for url in (f"{other.url}/x", f"{other.url.replace('127.0.0.1', 'near.test')}/x"):
                with one.open_blob(reference, replace(descriptor, urls=(url,))) as stream:
                    assert fails("blob-foreign", stream.read).facts["place"] == "this machine"
        assert other.seen == []


def test_whoever_is_here_may_send_us_here() -> None:
    with Server(contents=HELD) as other:

        def script(request: Seen) -> bool:
            return request.kind == "blob" and request.redirect(f"{other.url}/store/{request.name}")

        with Server(script, HELD) as server, session() as one:
            assert pulled(one, server.reference()) == [layer.blob.data for layer in IMAGE.layers]


def trusted(tmp_path: Path, *hosts: str) -> tuple[ssl.SSLContext, Path]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*hosts).configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return context, tmp_path / "ca.pem"


def test_no_token_service_in_plain_http_is_asked_for_a_registry_in_https(tmp_path: Path) -> None:
    context, authority = trusted(tmp_path, "127.0.0.1")
    with Server() as plain:

        def script(request: Seen) -> bool:
            return request.challenge(f'Bearer realm="{plain.url}/token",service="x"')

        with Server(script, HELD, tls=context) as server:
            for more in ({}, {"username": "ada"}):
                with session(plain_http=False, cacert=authority, **more) as one:
                    fails("auth-realm-insecure", lambda one=one: one.resolve(server.reference(), AMD64))
        assert plain.seen == []


def test_a_host_that_is_called_insecure_may_be_spoken_to_in_plain_http(tmp_path: Path) -> None:
    context, authority = trusted(tmp_path, "127.0.0.1")
    with Server(lambda request: request.reply(200, {"token": "abcdef"})) as plain:

        def script(request: Seen) -> bool:
            return request.authorization is None and request.challenge(f'Bearer realm="{plain.url}/token"')

        conf = tmp_path / "registries.conf"
        conf.write_text(f'[[registry]]\nlocation = "{plain.host}"\ninsecure = true\n')
        more = {"plain_http": None, "cacert": authority, "registries_conf": conf}
        with Server(script, HELD, tls=context) as server, session(**more) as one:
            one.resolve(server.reference(), AMD64)
        assert [request.kind for request in plain.seen] == ["token"]


@pytest.mark.parametrize("both", [False, True])
def test_a_registry_called_insecure_leaves_its_token_service_to_be_verified(both: bool, tmp_path: Path) -> None:
    context, _ = trusted(tmp_path, "127.0.0.1")
    with Server(lambda request: request.reply(200, {"token": "abcdef"}), tls=context) as service:

        def script(request: Seen) -> bool:
            return request.authorization is None and request.challenge(f'Bearer realm="{service.url}/token"')

        with Server(script, HELD, tls=context) as server:
            hosts = [server.host, service.host] if both else [server.host]
            conf = tmp_path / "registries.conf"
            conf.write_text("".join(f'[[registry]]\nlocation = "{host}"\ninsecure = true\n' for host in hosts))
            with session(plain_http=None, registries_conf=conf) as one:
                if both:
                    one.resolve(server.reference(), AMD64)
                else:
                    error = fails("tls-unknown-ca", lambda: one.resolve(server.reference(), AMD64))
                    assert error.facts["purpose"] == "token"
        assert len(service.seen) == both


def test_a_place_for_an_upload_at_another_host_gets_no_login(tmp_path: Path) -> None:
    """Nor does the token service that this host names."""
    with Server() as evil, Server() as other:
        other.script = lambda request: request.challenge(f'Bearer realm="{evil.url}/token",service="x"')

        def script(request: Seen) -> bool:
            if request.authorization is None:
                return request.challenge('Basic realm="x"')
            if request.method == "HEAD":
                return request.reply(404)
            return request.method == "POST" and request.reply(202, Location=f"{other.url}/upload?state=1")

        with Server(script) as server, session(**_login()) as one:
            uploader = one.uploader(server.reference())
            with pytest.raises(SregistryError):
                uploader.put_blob(Digest.of(b"data"), b"data")
        assert {request.method for request in other.seen} == {"PUT"}
        assert [request.authorization for request in other.seen] == [None] * len(other.seen)
        assert evil.seen == []


def test_a_place_for_an_upload_is_not_left_https_for_http(tmp_path: Path) -> None:
    context, authority = trusted(tmp_path, "127.0.0.1")
    with Server() as other:

        def script(request: Seen) -> bool:
            if request.method == "HEAD":
                return request.reply(404)
            return request.method == "POST" and request.reply(202, Location=f"{other.url}/upload")

        with Server(script, tls=context) as server, session(plain_http=False, cacert=authority) as one:
            uploader = one.uploader(server.reference())
            fails("network-redirect-downgrade", lambda: uploader.put_blob(Digest.of(b"data"), b"data"))
        assert other.seen == []


def _login() -> dict[str, Any]:
    from sregistry.http.secret import Secret

    return {"username": "ada", "password": Secret("c4n4ry-p4ss")}

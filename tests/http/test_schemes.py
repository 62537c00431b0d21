"""https or http: found out by the first answers, and never blamed for what fails later."""

from __future__ import annotations

import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import trustme

from sregistry.errors import RegistryError
from sregistry.http.schemes import Schemes
from tests.registry.scripted import Contents, Request, Server, behave, tiny
from tests.registry.sessions import AMD64, fails, pulled, session

IMAGE = tiny()
HELD = Contents().add(IMAGE, "1")
STORED = [layer.blob.data for layer in IMAGE.layers]


def attempts(schemes: Schemes, **outcomes: str) -> tuple[str, list[str]]:
    """The outcome of one attempt where each scheme ends so ("" is an answer), and which were tried."""
    tried = []

    def action() -> str:
        tried.append(schemes.current)
        if code := outcomes[schemes.current]:
            raise RegistryError(code, "failed", host="h.example.org")
        return schemes.current

    try:
        return schemes.attempt(action), tried
    except RegistryError as error:
        return error.code, tried


PLAIN, TLS, RESET, REFUSED = "network-plain-http-expected", "network-tls-expected", "network-reset", "network-refused"


@pytest.mark.parametrize(
    ("host", "plain_http", "insecure", "https", "http", "outcome", "tried"),
    [
        ("h.example.org", None, False, PLAIN, "", PLAIN, ["https"]),
        ("h.example.org", None, True, PLAIN, "", "http", ["https", "http"]),
        ("h.example.org", None, True, "tls-expired", "", "tls-expired", ["https"]),
        ("h.example.org", True, False, "", TLS, "https", ["http", "https"]),
        ("h.example.org", True, False, "", "", "http", ["http"]),
        ("h.example.org", False, True, PLAIN, "", PLAIN, ["https"]),
        ("h.example.org", None, True, REFUSED, "", "http", ["https", "http"]),
        ("h.example.org:5000", None, True, REFUSED, "", REFUSED, ["https"]),
        ("h.example.org", None, True, REFUSED, RESET, REFUSED, ["https", "http"]),
        ("h.example.org:5000", True, False, PLAIN, RESET, RESET, ["http", "https"]),
        ("h.example.org:5000", True, False, "tls-handshake", RESET, RESET, ["http", "https"]),
        ("h.example.org:5000", True, False, "", RESET, "https", ["http", "https"]),
    ],
)
def test_which_is_spoken(
    host: str, plain_http: bool | None, insecure: bool, https: str, http: str, outcome: str, tried: list[str]
) -> None:
    schemes = Schemes(host, plain_http, insecure=insecure)
    assert attempts(schemes, https=https, http=http) == (outcome, tried)


def test_who_answers_tls_in_http_speaks_http() -> None:
    schemes = Schemes("h.example.org:5000", True, insecure=False)
    attempts(schemes, http=RESET, https=PLAIN)
    assert attempts(schemes, http=RESET, https="") == (RESET, ["http"])


def test_an_answer_settles_it() -> None:
    schemes = Schemes("h.example.org:5000", True, insecure=False)
    schemes.settle()
    assert attempts(schemes, http=RESET, https="") == (RESET, ["http"])


def test_with_plain_http_a_hiccup_is_no_reason_for_tls() -> None:
    def hiccup(request: Request) -> bool:
        return request.number(request.kind) == 1 and request.hang_up()

    with Server(hiccup, HELD) as server, session(plain_http=True) as one:
        assert pulled(one, server.reference()) == STORED


def test_with_plain_http_a_registry_that_hangs_up_is_said_to() -> None:
    with Server(lambda request: request.hang_up()) as server, session(plain_http=True) as one:
        error = fails("network-reset", lambda: one.resolve(server.reference(), AMD64))
    assert str(error.facts["url"]).startswith("http://")


def test_plain_http_meets_tls(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with Server(behave, HELD, tls=context) as server, session(plain_http=True, cacert=tmp_path / "ca.pem") as one:
        assert pulled(one, server.reference()) == STORED
        told = one.resolve(server.reference(), AMD64).warnings
        assert told == [f"{server.host} speaks HTTPS, so it was used; plain HTTP need not be asked for"]


def test_plain_http_that_is_spoken_is_nothing_to_tell() -> None:
    with Server(behave, HELD) as server, session(plain_http=True) as one:
        assert one.resolve(server.reference(), AMD64).warnings == []


def test_many_threads_find_out_together() -> None:
    """A loopback registry in plain http, asked in TLS first, by eight threads at once."""
    with Server(behave, HELD) as server, session(plain_http=None) as one, ThreadPoolExecutor(8) as pool:
        digests = pool.map(lambda _: one.get_manifest(server.reference()).digest, range(8))
        assert {str(digest) for digest in digests} == {IMAGE.manifest.digest}

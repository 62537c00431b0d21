"""What led to an error stays reachable behind it, without anything secret."""

from __future__ import annotations

import pickle
import socket
import ssl
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from sregistry.errors import SregistryError
from sregistry.gojson import JsonError
from sregistry.http.options import Timeouts
from sregistry.http.secret import Secret
from sregistry.references import RegistryReference, parse
from tests.registry import scripted
from tests.registry.scripted import Contents, Request, Server, silent
from tests.registry.sessions import pulled, session
from tests.support.registry import Certificates

BRIEF = Timeouts(connect=0.5, read=0.5, document=1.0, stall=1.0)


def failed(reference: RegistryReference, **more: object) -> SregistryError:
    with session(timeouts=BRIEF, **more) as one, pytest.raises(SregistryError) as caught:
        pulled(one, reference)
    return caught.value


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


def test_a_refused_connection() -> None:
    error = failed(parse(f"{closed_port()}/team/tool:1"))
    assert (error.code, type(error.__cause__)) == ("network-refused", ConnectionRefusedError)


def test_a_name_that_does_not_exist() -> None:
    error = failed(parse("no-such-host.invalid/team/tool:1"))
    assert isinstance(error.__cause__, socket.gaierror)


def test_a_certificate_of_nobody(certificates: Certificates) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    with Server(tls=context) as server:
        error = failed(server.reference(), plain_http=False)
    assert isinstance(error.__cause__, ssl.SSLCertVerificationError)


def test_silence() -> None:
    with silent() as host:
        error = failed(parse(f"{host}/team/tool:1"))
    assert (error.code, error.__cause__ is None) == ("network-no-answer", False)


def test_a_layer_that_breaks_off() -> None:
    def cut(request: Request) -> bool:
        return request.kind == "blob" and request.hang_up()

    with Server(cut, Contents().add(scripted.tiny(), "1")) as server:
        error = failed(server.reference())
    assert error.code == "network-reset"
    assert error.__cause__ is not None


def test_what_is_no_json() -> None:
    with Server(
        lambda request: request.kind == "manifest" and request.reply(200, b'{"schemaVersion": 2, x}')
    ) as server:
        error = failed(server.reference())
    assert isinstance(error.__cause__, JsonError)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "registries.conf").mkdir()
    error = failed(parse("127.0.0.1:9/team/tool:1"), registries_conf=tmp_path / "registries.conf")
    assert isinstance(error.__cause__, OSError)


SECRET = "hunter2-hunter2"


@pytest.mark.parametrize(
    "script",
    [
        lambda request: (
            request.kind == "manifest" and request.redirect(f"http://127.0.0.1:9/?X-Amz-Signature={SECRET}")
        ),
        lambda request: request.challenge(f'Bearer realm="http://ada:{SECRET}@127.0.0.1:9/token"'),
        lambda request: request.kind == "manifest" and request.reply(200, b"{" + SECRET.encode()),
        lambda request: request.raw(f"HTTP/1.1 200 OK\r\nContent-Length: {SECRET}\r\n\r\n".encode()),
        lambda request: request.raw(f"HTTP/1.1 {SECRET}\r\n\r\n".encode()),
    ],
)
def test_nothing_secret_stands_behind_an_error(script: Callable[[Request], bool]) -> None:
    with Server(script) as server:
        error = failed(server.reference(), username="ada", password=Secret(SECRET))
    assert SECRET not in "".join(traceback.format_exception(error))
    assert SECRET.encode() not in pickle.dumps(error)

"""What can go wrong between here and an answer: each has its own code and its evidence."""

from __future__ import annotations

import base64
import datetime
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from sregistry.errors import RegistryError
from sregistry.http import certificate, redact, resolve, transport
from sregistry.http.options import Options, Timeouts
from sregistry.http.transport import Request, Response, Transport
from tests.registry.scripted import Request as Seen
from tests.registry.scripted import Server, behave, deaf, silent
from tests.registry.sessions import QUICK, Log, fails, options


def send(url: str, given: Options | None = None, **more: object) -> Response:
    """One request over a transport of its own."""
    one = Transport(given or options(), redact.Scrubber())
    try:
        response = one.send(Request("GET", url, **more))  # type: ignore[arg-type]
        response.document(1 << 20, 2.0)
        return response
    finally:
        one.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(authority: trustme.CA, *names: str, **times: datetime.datetime) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **times).configure_cert(context)
    return context


def trusting(authority: trustme.CA, tmp_path: Path) -> Options:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return options(cacert=tmp_path / "ca.pem", plain_http=False)


def test_an_answer_and_what_it_shows() -> None:
    log = Log()
    with Server() as server:
        one = Transport(options(), redact.Scrubber(), on_exchange=log)
        response = one.send(Request("GET", f"{server.url}/v2/?token=abc", {"authorization": "Bearer abcdef1234"}))
        assert response.document(100, 1.0) == b"{}"
        one.close()
    assert response.status == 200
    assert response.facts()["address"] == server.host
    assert response.facts()["clock_skew"] in (0, 1)
    assert log[0].url == f"{server.url}/v2/?token=***"
    assert log[0].request_headers == {"authorization": "***"}
    assert (log[0].status, log[0].received, log[0].body) == (200, 2, "{}")


def test_connections_are_used_again() -> None:
    with Server() as server:
        one = Transport(options(), redact.Scrubber())
        for _ in range(3):
            one.send(Request("GET", f"{server.url}/v2/")).document(100, 1.0)
        ports = {seen.handler.client_address for seen in server.seen}
        one.close()
    assert len(ports) == 1


def test_nobody_listens() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        error = fails("network-refused", lambda: send(f"http://127.0.0.1:{port}/v2/"))
    assert error.facts["addresses"][0]["address"] == f"127.0.0.1:{port}"
    assert error.retryable


def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(RegistryError) as caught:
        send("http://no-such-registry.invalid/v2/")
    assert caught.value.code in ("network-dns", "network-dns-failed")
    assert caught.value.facts["host"] == "no-such-registry.invalid"


def test_a_resolver_that_fails_or_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    def temporary(*_: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(resolve.socket, "getaddrinfo", temporary)
    fails("network-dns-failed", lambda: resolve.addresses("registry.test", 443, socket.AF_UNSPEC, 1.0))
    monkeypatch.setattr(resolve.socket, "getaddrinfo", lambda *_: time.sleep(0.5) or [])
    began = time.monotonic()
    fails("network-dns-timeout", lambda: resolve.addresses("registry.test", 443, socket.AF_UNSPEC, 0.1))
    assert time.monotonic() - began < 0.4


def test_a_host_without_the_family_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_family(*_: object) -> None:
        raise socket.gaierror(socket.EAI_ADDRFAMILY, "Address family for hostname not supported")

    monkeypatch.setattr(resolve.socket, "getaddrinfo", no_family)
    error = fails("network-no-family", lambda: resolve.addresses("registry.test", 443, socket.AF_INET6, 1.0))
    assert error.facts["family"] == "IPv6"


def test_the_family_can_be_chosen() -> None:
    with Server() as server:
        assert send(f"{server.url}/v2/", options(family="ipv4")).facts()["family"] == "IPv4"
        url = server.url.replace("127.0.0.1", "localhost")
        with pytest.raises(RegistryError):
            send(f"{url}/v2/", options(family="ipv6"))


def test_a_server_that_says_nothing() -> None:
    with silent() as host:
        error = fails("network-no-answer", lambda: send(f"http://{host}/v2/"))
        assert error.facts["timeout"] == QUICK.read
        fails("network-no-answer", lambda: send(f"https://{host}/v2/"))


def test_a_header_that_drips() -> None:
    def drip(request: Seen) -> bool:
        for piece in (b"HTTP/1.1 200 OK\r\n", *[b"X-A: b\r\n"] * 20):
            request.write(piece)
            request.handler.wfile.flush()
            request.server.over.wait(0.3)
        return request.hang_up()

    with Server(drip) as server:
        began = time.monotonic()
        fails("network-no-answer", lambda: send(f"{server.url}/v2/"))
        assert time.monotonic() - began < 3


def test_interim_answers_without_end() -> None:
    def endless(request: Seen) -> bool:
        while not request.server.over.wait(0.1):
            request.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.handler.wfile.flush()
        return request.hang_up()

    with Server(endless) as server:
        error = fails("network-no-answer", lambda: send(f"{server.url}/v2/"))
    assert (error.facts["waited_for"], error.facts["setting"]) == ("answer", "timeout_read")


def test_a_chunk_that_drips() -> None:
    def drip(request: Seen) -> bool:
        request.head(200, {"Transfer-Encoding": "chunked"})
        while not request.server.over.wait(0.2):
            request.write(b"0")
            request.handler.wfile.flush()
        return request.hang_up()

    with Server(drip) as server:
        error = fails("network-stalled", lambda: send(f"{server.url}/v2/"))
    assert error.facts["waited_for"] == "body"


def test_a_deadline_ends_each_wait_and_is_named() -> None:
    with silent() as host, deaf() as unheard:
        for url, stage in ((f"http://{host}/", "answer"), (f"http://{unheard}/", "connection")):
            began = time.monotonic()
            with pytest.raises(RegistryError) as caught:
                send(url, options(timeouts=Timeouts()), deadline=time.monotonic() + 1.0)
            assert time.monotonic() - began < 5
            assert (caught.value.facts["waited_for"], caught.value.facts["setting"]) == (stage, "patience")


def test_a_server_that_hangs_up() -> None:
    with Server(Seen.hang_up) as server:
        fails("network-reset", lambda: send(f"{server.url}/v2/"))


def test_a_server_that_does_not_speak_http() -> None:
    with Server(lambda request: request.raw(b"SSH-2.0-OpenSSH_9.2\r\n")) as server:
        fails("network-protocol", lambda: send(f"{server.url}/v2/"))


def test_plain_http_where_tls_is_spoken() -> None:
    with silent(b"\x15\x03\x01\x00\x02\x02\x46") as host:
        fails("network-tls-expected", lambda: send(f"http://{host}/v2/"))


def test_tls_where_plain_http_is_spoken() -> None:
    with Server() as server:
        error = fails("network-plain-http-expected", lambda: send(f"https://{server.host}/v2/"))
    assert error.facts["plain_answer"].startswith("HTTP/1.1 200")


def test_a_body_that_ends_early_or_stalls() -> None:
    def cut(request: Seen) -> bool:
        request.head(200, {"Content-Length": 1000})
        return request.raw(b"x" * 10)

    def stall(request: Seen) -> bool:
        request.head(200, {"Content-Length": 1000})
        request.write(b"x" * 10)
        return request.wait()

    with Server(cut) as server:
        fails("network-truncated", lambda: send(f"{server.url}/v2/"))
    with Server(stall) as server:
        fails("network-stalled", lambda: send(f"{server.url}/v2/"))


def test_a_document_that_drips_or_never_ends() -> None:
    def drip(request: Seen) -> bool:
        request.head(200, {"Content-Length": 1000})
        while not request.server.over.wait(0.3):
            request.write(b"x")
        return request.hang_up()

    def endless(request: Seen) -> bool:
        request.head(200, {"Transfer-Encoding": "chunked"})
        for _ in range(40):
            request.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        return request.hang_up()

    with Server(drip) as server:
        fails("network-stalled", lambda: send(f"{server.url}/v2/"))
    with Server(endless) as server:
        fails("registry-answer-too-large", lambda: send(f"{server.url}/v2/"))


def test_a_document_may_be_compressed_though_nobody_asked() -> None:
    import gzip

    with Server(lambda request: request.reply(200, gzip.compress(b'{"a":1}'), Content_Encoding="gzip")) as server:
        one = Transport(options(), redact.Scrubber())
        assert one.send(Request("GET", server.url)).document(100, 1.0) == b'{"a":1}'
        one.close()
    bomb = gzip.compress(b"\0" * 5_000_000)
    with Server(lambda request: request.reply(200, bomb, Content_Encoding="gzip")) as server:
        fails("registry-answer-too-large", lambda: send(server.url))


def test_a_url_that_is_none() -> None:
    fails("network-request-invalid", lambda: send("http://bad host/v2/"))


# -- TLS ----------------------------------------------------------------------------------------


def test_a_private_authority_is_trusted_when_it_is_given(authority: trustme.CA, tmp_path: Path) -> None:
    with Server(tls=server_context(authority, "127.0.0.1")) as server:
        response = send(f"{server.url}/v2/", trusting(authority, tmp_path))
        assert response.peer is not None
        assert response.peer.tls is not None
        assert response.peer.tls.startswith("TLSv1.")
        shown = certificate.facts(response.peer.certificate or b"")
        assert shown is not None
        assert shown["names"] == ["127.0.0.1"]
        assert send(f"{server.url}/v2/", options(environ={"SSL_CERT_FILE": str(tmp_path / "ca.pem")})).status == 200


def test_an_unknown_authority(authority: trustme.CA) -> None:
    with Server(tls=server_context(authority, "127.0.0.1")) as server:
        error = fails("tls-unknown-ca", lambda: send(f"{server.url}/v2/"))
        assert "trustme" in error.facts["certificate"]["issuer"]
        assert error.facts["ca_source"]
        assert send(f"{server.url}/v2/", options(tls_verify=False)).status == 200


def test_a_certificate_out_of_time_or_for_another_name(authority: trustme.CA, tmp_path: Path) -> None:
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    cases = {
        "tls-expired": server_context(authority, "127.0.0.1", not_before=now - 9 * day, not_after=now - day),
        "tls-not-yet-valid": server_context(authority, "127.0.0.1", not_before=now + day, not_after=now + 9 * day),
        "tls-hostname": server_context(authority, "registry.test"),
    }
    for code, context in cases.items():
        with Server(tls=context) as server:
            error = fails(code, lambda url=server.url: send(f"{url}/v2/", trusting(authority, tmp_path)))  # type: ignore[misc]
            assert error.facts["certificate"]["not_after"]


def test_a_self_signed_certificate(tmp_path: Path) -> None:
    alone = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    (tmp_path / "both.pem").write_bytes(alone.private_key_pem.bytes() + alone.cert_pem.bytes())
    context.load_cert_chain(tmp_path / "both.pem")
    with Server(tls=context) as server:
        error = fails("tls-self-signed", lambda: send(f"{server.url}/v2/"))
    assert error.facts["certificate"]["subject"] == error.facts["certificate"]["issuer"]


def test_no_version_of_tls_in_common(authority: trustme.CA) -> None:
    context = server_context(authority, "127.0.0.1")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256")
    with Server(tls=context) as server:
        given = options(tls_verify=False)
        one = Transport(given, redact.Scrubber())
        route = one._route(f"{server.url}/")
        route.manager.connection_pool_kw["ssl_context"].minimum_version = ssl.TLSVersion.TLSv1_3
        error = fails("tls-version", lambda: one.send(Request("GET", f"{server.url}/v2/")))
        one.close()
    assert error.facts["cause"]


def test_a_server_that_wants_a_client_certificate(authority: trustme.CA, tmp_path: Path) -> None:
    context = server_context(authority, "127.0.0.1")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    client = authority.issue_cert("me@example.org")
    with Server(tls=context) as server:
        fails("tls-handshake", lambda: send(f"{server.url}/v2/", trusting(authority, tmp_path)))
        folder = tmp_path / ".config/containers/certs.d" / server.host
        folder.mkdir(parents=True)
        authority.cert_pem.write_to_path(folder / "ca.crt")
        client.private_key_pem.write_to_path(folder / "me.key")
        for part in client.cert_chain_pems:
            part.write_to_path(folder / "me.cert", append=True)
        assert send(f"{server.url}/v2/", options(home=tmp_path)).status == 200


def test_files_of_certificates_that_are_none(tmp_path: Path, authority: trustme.CA) -> None:
    (tmp_path / "ca.pem").write_text("this is no certificate")
    fails("tls-ca-file", lambda: send("https://127.0.0.1:1/", options(cacert=tmp_path / "ca.pem")))
    folder = tmp_path / ".config/containers/certs.d/127.0.0.1:1"
    folder.mkdir(parents=True)
    (folder / "me.cert").write_text("none")
    (folder / "me.key").write_text("none")
    fails("tls-client-file", lambda: send("https://127.0.0.1:1/", options(home=tmp_path)))


def test_a_handshake_that_is_cut() -> None:
    with silent(b"\x00") as host:
        fails("tls-handshake", lambda: send(f"https://{host}/v2/"))


# -- proxies ------------------------------------------------------------------------------------


def proxied(server: Server, scheme: str = "http", user: str = "") -> Options:
    return options(environ={f"{scheme}_proxy": f"http://{user}{server.host}"})


def test_a_proxy_is_used_and_gets_its_login() -> None:
    with Server() as proxy:
        response = send("http://192.0.2.9:5000/v2/", proxied(proxy, user="me:canary-password@"))
        assert (
            proxy.seen[0].headers["Proxy-Authorization"] == "Basic " + base64.b64encode(b"me:canary-password").decode()
        )
    assert response.facts()["proxy"] == proxy.url
    assert response.facts()["proxy_source"] == "http_proxy"


@pytest.mark.parametrize(
    ("status", "code"), [(403, "network-proxy-denied"), (407, "network-proxy-auth"), (502, "network-proxy-failed")]
)
def test_a_proxy_that_opens_no_tunnel(status: int, code: str) -> None:
    with Server(lambda request: request.reply(status, b"no")) as proxy:
        error = fails(code, lambda: send("https://192.0.2.9:5000/v2/", proxied(proxy, "https")))
        assert error.facts["proxy"] == proxy.url


def test_a_proxy_that_is_not_there() -> None:
    with Server(behave) as gone:
        pass
    fails("network-proxy-refused", lambda: send("http://192.0.2.9/v2/", proxied(gone)))
    missing = options(environ={"http_proxy": "http://no-such-proxy.invalid:3128"})
    fails("network-proxy-dns", lambda: send("http://registry.test/v2/", missing))


def test_a_proxy_that_does_not_answer() -> None:
    with deaf() as host:
        given = options(environ={"http_proxy": f"http://{host}"})
        error = fails("network-proxy-timeout", lambda: send("http://192.0.2.9/v2/", given))
    assert (error.facts["waited_for"], error.facts["peer"]) == ("connection", "proxy")


def test_a_proxy_that_accepts_and_never_answers_is_told_from_the_registry() -> None:
    with silent() as host:
        given = options(environ={"https_proxy": f"http://{host}", "http_proxy": f"http://{host}"})
        error = fails("network-proxy-timeout", lambda: send("https://registry.test/v2/", given))
        assert (error.facts["waited_for"], error.facts["peer"], error.facts["host"]) == (
            "tunnel",
            "proxy",
            "registry.test",
        )
        assert error.facts["setting"] == "timeout_connect"
        error = fails("network-no-answer", lambda: send("http://registry.test/v2/", given))
        assert (error.facts["waited_for"], error.facts["peer"]) == ("answer", "proxy")
        assert "accepted" not in error.message


def dripping(*first: bytes) -> Callable[[Seen], bool]:
    """A script that sends these bytes, then one line of a header after the other, for ever."""

    def drip(request: Seen) -> bool:
        for piece in first:
            request.write(piece)
        while not request.server.over.wait(0.2):
            request.write(b"X-A: b\r\n")
            request.handler.wfile.flush()
        return request.hang_up()

    return drip


def test_a_proxy_that_drips_its_answer() -> None:
    with Server(dripping(b"HTTP/1.1 200 Connection established\r\n")) as proxy:
        began = time.monotonic()
        error = fails("network-proxy-timeout", lambda: send("https://registry.test/v2/", proxied(proxy, "https")))
        assert time.monotonic() - began < 10
    assert error.facts["waited_for"] == "tunnel"


def test_a_tunnel_to_a_host_that_says_nothing_in_tls() -> None:
    with Server(lambda request: request.raw(b"HTTP/1.1 200 OK\r\n\r\n") and request.wait()) as proxy:
        error = fails("tls-handshake", lambda: send("https://registry.test/v2/", proxied(proxy, "https")))
        assert error.facts["host"] == "registry.test"

    def established(request: Seen) -> bool:
        request.write(b"HTTP/1.1 200 OK\r\n\r\n")
        return request.wait()

    with Server(established) as proxy:
        error = fails("network-no-answer", lambda: send("https://registry.test/v2/", proxied(proxy, "https")))
    assert (error.facts["waited_for"], error.facts["peer"]) == ("handshake", "host")


def test_what_a_proxy_says_when_it_refuses_a_tunnel_is_kept() -> None:
    with Server(lambda request: request.page(403, "Please log in to the proxy")) as proxy:
        error = fails("network-proxy-denied", lambda: send("https://registry.test/v2/", proxied(proxy, "https")))
    assert error.facts["page_title"] == "Please log in to the proxy"
    assert (error.facts["proxy_status"], error.facts["peer"]) == (403, "proxy")
    with Server(lambda request: request.reply(407, b"", Proxy_Authenticate="NTLM")) as proxy:
        error = fails("network-proxy-auth", lambda: send("https://registry.test/v2/", proxied(proxy, "https")))
    assert error.facts["proxy_offers"] == "NTLM"


def test_an_https_proxy_that_speaks_no_tls() -> None:
    with Server() as proxy:
        given = options(environ={"https_proxy": f"https://{proxy.host}"})
        fails("network-proxy-tls", lambda: send("https://192.0.2.9/v2/", given))


def test_only_one_seam_is_needed() -> None:
    assert [name for name in vars(transport.Transport) if not name.startswith("_")] == ["send", "close"]

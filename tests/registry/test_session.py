"""Which host is asked for which path: Docker Hub's names, and addresses of IPv6."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest

from sregistry.references import parse
from tests.registry.scripted import Contents, Request, Server, tiny
from tests.registry.sessions import AMD64, fails, session

IMAGE = tiny()
HELD = Contents().add(IMAGE, "1", "latest")


def as_proxy(request: Request) -> bool:
    """Answer what a client asks of a proxy, as the host that it asks for."""
    target = urlsplit(request.handler.path)
    request.server.counts.setdefault(f"{target.scheme}://{target.netloc}", 1)
    request.path = target.path
    parts = target.path.strip("/").split("/")
    request.kind, request.name = (parts[-2].rstrip("s"), parts[-1]) if len(parts) > 3 else ("ping", "")
    return False


@pytest.mark.parametrize(
    ("text", "host", "path"),
    [
        ("ubuntu", "registry-1.docker.io", "/v2/library/ubuntu/manifests/latest"),
        ("docker.io/ubuntu:1", "registry-1.docker.io", "/v2/library/ubuntu/manifests/1"),
        ("index.docker.io/library/ubuntu:1", "registry-1.docker.io", "/v2/library/ubuntu/manifests/1"),
        ("registry-1.docker.io/acme/tool:1", "registry-1.docker.io", "/v2/acme/tool/manifests/1"),
        ("docker://quay.io/acme/tool:1", "quay.io", "/v2/acme/tool/manifests/1"),
        ("docker://registry.example.org:5000/a/b/c/d:1", "registry.example.org:5000", "/v2/a/b/c/d/manifests/1"),
    ],
)
def test_who_is_asked(text: str, host: str, path: str) -> None:
    with Server(as_proxy, HELD) as server:
        with session(plain_http=True, environ={"http_proxy": server.url}) as one:
            one.resolve(parse(text), AMD64)
        assert server.seen[0].path == path
        assert set(server.counts) == {f"http://{host}"}


def test_an_address_of_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("wanted: a machine with IPv6 on loopback")
    monkeypatch.setattr("tests.registry.scripted.Listener.address_family", socket.AF_INET6)
    with Server(contents=HELD, host="::1") as server:
        wanted = parse(f"docker://[::1]:{server.listener.server_port}/team/tool:1")
        with session() as one:
            assert str(one.resolve(wanted, AMD64).manifest_digest) == IMAGE.manifest.digest
            assert one.ping(wanted).facts["family"] == "IPv6"
        with session(family="ipv4") as one:
            fails("network-no-family", lambda: one.resolve(wanted, AMD64))
    assert server.seen[0].headers["Host"] == f"[::1]:{server.listener.server_port}"

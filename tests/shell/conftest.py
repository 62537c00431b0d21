"""Fixtures: gcr.io on loopback, and somebody who may speak to it."""

from __future__ import annotations

import os
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.gcr import AsGcr
from tests.support.proxy import Proxy
from tests.support.real_names import deepvariant
from tests.support.registry import Certificates, DockerRegistry
from tests.support.tokens import TokenServer

REPOSITORY, TAG = "deepvariant-docker/deepvariant", "latest"


@pytest.fixture(params=["with tokens", "open"])
def at_gcr(
    request: pytest.FixtureRequest,
    start_registry: Callable[..., DockerRegistry],
    tmp_path: Path,
) -> Iterator[dict[str, str]]:
    """The environment of somebody for whom https://gcr.io is a registry of ours, one that wants a token or none.

    The way there is a proxy's tunnel, and the certificate is one for gcr.io by an authority of ours; so every client
    gets there, and all that it sees and sends is as in the world outside.
    """
    with ExitStack() as stack:
        wants_token = request.param == "with tokens"
        service = TokenServer({"writer": "w"}, anonymous_pull=True, public="https://gcr.io/v2/token")
        tokens = stack.enter_context(service) if wants_token else None
        registry = start_registry(tokens=tokens)
        registry.push(REPOSITORY, TAG, deepvariant(TAG))
        certificates = Certificates.make(tmp_path / "gcr.io", "gcr.io")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.certificate, certificates.key)
        front = stack.enter_context(AsGcr(registry.address, context, tokens.address if tokens else ""))
        proxy = stack.enter_context(Proxy({"gcr.io:443": front.address}))
        for name in ("home", "tmp"):
            (tmp_path / name).mkdir()
        yield {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(tmp_path / "home"),
            "TMPDIR": str(tmp_path / "tmp"),
            "LANG": "C.UTF-8",
            "HTTPS_PROXY": proxy.url,
            "SSL_CERT_FILE": str(certificates.authority),
            "REQUESTS_CA_BUNDLE": str(certificates.authority),
            "SREGISTRY_CLIENT": "docker",
        }

"""Debian's docker-registry as a fixture: plain, htpasswd, TLS, tokens, deletion, pull-through cache."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.images import Image, Pusher
from tests.support.tokens import ISSUER, SERVICE, TokenServer
from tests.support.tools import Tool

START_SECONDS = 20


@dataclass(frozen=True)
class Certificates:
    """A private certificate authority and a server certificate of it, as PEM files."""

    authority: Path
    certificate: Path
    key: Path

    @classmethod
    def make(cls, folder: Path, *names: str) -> Certificates:
        """Make both for host names and addresses (default: localhost and 127.0.0.1)."""
        import trustme

        folder.mkdir(parents=True, exist_ok=True)
        made = cls(folder / "ca.pem", folder / "server.pem", folder / "server.key")
        authority = trustme.CA()
        server = authority.issue_cert(*(names or ("localhost", "127.0.0.1")))
        authority.cert_pem.write_to_path(made.authority)
        server.private_key_pem.write_to_path(made.key)
        for number, part in enumerate(server.cert_chain_pems):
            part.write_to_path(made.certificate, append=number > 0)
        return made

    def context(self) -> ssl.SSLContext:
        """A client context that trusts this authority."""
        return ssl.create_default_context(cafile=self.authority)


@dataclass
class DockerRegistry:
    """A running docker-registry. `users` asks for passwords, or fills the token server where `tokens` is given."""

    program: Tool
    folder: Path
    users: dict[str, str] = field(default_factory=dict)
    certificates: Certificates | None = None
    tokens: TokenServer | None = None
    upstream: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    address: str = ""

    @property
    def url(self) -> str:
        return f"{'https' if self.certificates else 'http'}://{self.address}"

    @property
    def log(self) -> str:
        """What the registry wrote about the requests it served."""
        return (self.folder / "log").read_text(errors="replace")

    def push(self, repository: str, tag: str, image: Image) -> str:
        """Upload an image, with whatever this registry asks for; return the digest of the manifest."""
        return self.pusher(repository).push(repository, tag, image)

    def pusher(self, repository: str) -> Pusher:
        """An uploader that may write to a repository."""
        context = self.certificates.context() if self.certificates else None
        return Pusher(self.url, self.authorization(repository), context)

    def authorization(self, repository: str) -> dict[str, str]:
        """The header that lets the first user do everything in a repository."""
        if self.tokens:
            user = next(iter(self.tokens.users))
            token = self.tokens.issue(user, [f"repository:{repository}:pull,push,delete"])
            return {"Authorization": f"Bearer {token}"}
        for user, password in self.users.items():
            return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}
        return {}

    @contextlib.contextmanager
    def running(self) -> Iterator[DockerRegistry]:
        """Serve on a free loopback port until the end of the block."""
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "config.yml"
        config.write_text(json.dumps(self.configuration()))  # JSON is YAML too
        with (self.folder / "log").open("w") as log:
            process = subprocess.Popen(
                [*self.program.argv, "serve", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={"OTEL_TRACES_EXPORTER": "none", **self.program.environment},
            )
        try:
            self.address = f"127.0.0.1:{self.wait_for_port(process)}"
            yield self
        finally:
            process.terminate()
            process.wait(timeout=20)

    def configuration(self) -> dict[str, Any]:
        """The registry's own config file, as a document."""
        http: dict[str, Any] = {"addr": "127.0.0.1:0", "secret": "of the tests"}
        if self.certificates:
            http["tls"] = {"certificate": str(self.certificates.certificate), "key": str(self.certificates.key)}
        storage = {"filesystem": {"rootdirectory": str(self.folder / "data")}, "delete": {"enabled": True}}
        document: dict[str, Any] = {"version": "0.1", "log": {"level": "info"}, "storage": storage, "http": http}
        if auth := self.authentication():
            document["auth"] = auth
        if self.upstream:
            document["proxy"] = {"remoteurl": self.upstream}
        return {**document, **self.extra}

    def authentication(self) -> dict[str, Any]:
        """The part of the config file about who may come in."""
        if self.tokens:
            bundle = self.tokens.key.write_certificate(self.folder / "token-issuer.pem")
            names = {"realm": self.tokens.realm, "service": SERVICE, "issuer": ISSUER}
            return {"token": {**names, "rootcertbundle": str(bundle)}}
        if self.users:
            path = self.folder / "htpasswd"
            path.write_text("".join(f"{user}:{hashed(password)}\n" for user, password in self.users.items()))
            return {"htpasswd": {"realm": "tests", "path": str(path)}}
        return {}

    def wait_for_port(self, process: subprocess.Popen[bytes]) -> int:
        """The port that the registry says it listens on."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            if found := re.search(r"listening on 127\.0\.0\.1:(\d+)", self.log):
                return int(found[1])
            time.sleep(0.02)
        raise AssertionError(f"docker-registry did not start:\n{self.log}")


def hashed(password: str) -> str:
    """A password as htpasswd files hold it (bcrypt, the only kind that docker-registry reads)."""
    import bcrypt

    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()

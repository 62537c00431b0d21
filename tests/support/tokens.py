"""A token server as Docker's specification has it: Basic or a refresh token in, a signed bearer token out."""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

SERVICE = "registry of the tests"
ISSUER = "token server of the tests"


class SigningKey:
    """The key pair whose certificate the registry is told to trust."""

    def __init__(self) -> None:
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, ISSUER)])
        now = datetime.now(UTC)
        self.certificate = (
            x509.CertificateBuilder(name, name, self.private.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
            .sign(self.private, hashes.SHA256())
        )

    def write_certificate(self, path: Path) -> Path:
        path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        return path

    def sign(self, claims: dict[str, Any]) -> str:
        """A JSON web token (RS256) with the certificate in its header."""
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        header = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]}
        text = f"{encode(json.dumps(header).encode())}.{encode(json.dumps(claims).encode())}"
        signature = self.private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{encode(signature)}"


def encode(data: bytes) -> str:
    """URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class TokenServer:
    """Gives tokens on a loopback port: pulls to `readers`, and to everybody if `anonymous_pull`."""

    users: dict[str, str]
    anonymous_pull: bool = False
    lifetime: int = 300
    public: str = ""
    readers: frozenset[str] = frozenset()
    key: SigningKey = field(default_factory=SigningKey)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def __enter__(self) -> TokenServer:
        handler = type("Handler", (TokenHandler,), {"tokens": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server.server_port}"

    @property
    def realm(self) -> str:
        """The address under which registries name it: `public`, where something leads from there to here."""
        return self.public or f"http://{self.address}/token"

    def refresh_token(self, user: str) -> str:
        """The identity token with which a user can ask for tokens without a password."""
        return hashlib.sha256(f"{user}:{self.users[user]}".encode()).hexdigest()

    def issue(self, user: str, scopes: list[str]) -> str:
        """A signed token for what the user may do of the scopes asked for."""
        now = int(time.time())
        access = []
        for scope in scopes:
            kind, name, actions = scope.split(":", 1)[0], *scope.split(":", 1)[1].rsplit(":", 1)
            reads = user in self.readers or (self.anonymous_pull and not user)
            allowed = [one for one in actions.split(",") if (user and not reads) or (reads and one == "pull")]
            access.append({"type": kind, "name": name, "actions": allowed})
        times = {"iat": now, "nbf": now - 30, "exp": now + self.lifetime}
        claims = {"iss": ISSUER, "sub": user, "aud": SERVICE, "jti": uuid.uuid4().hex, "access": access, **times}
        return self.key.sign(claims)


class TokenHandler(http.server.BaseHTTPRequestHandler):
    """`GET /token?service=&scope=` with Basic, and the OAuth2 form of it by POST."""

    tokens: TokenServer

    def do_GET(self) -> None:
        user = self.basic_user()
        self.answer(user, parse_qs(urlsplit(self.path).query))

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        self.answer(self.form_user({name: values[0] for name, values in form.items()}), form)

    def basic_user(self) -> str | None:
        """The user of the Authorization header: empty without one, None when it is wrong."""
        header = self.headers.get("Authorization")
        if header is None:
            return ""
        user, _, password = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
        return user if self.tokens.users.get(user) == password else None

    def form_user(self, form: dict[str, str]) -> str | None:
        """The user of an OAuth2 form, None when it is wrong."""
        if form.get("grant_type") == "password":
            user = form.get("username", "")
            return user if self.tokens.users.get(user) == form.get("password") else None
        known = {self.tokens.refresh_token(user): user for user in self.tokens.users}
        return known.get(form.get("refresh_token", ""))

    def answer(self, user: str | None, asked: dict[str, list[str]]) -> None:
        scopes = [scope for value in asked.get("scope", []) for scope in value.split()]
        self.tokens.asked.append({"method": self.command, "user": user, "scopes": scopes})
        if user is None:
            error = {"code": "UNAUTHORIZED", "message": "authentication required", "detail": None}
            self.reply(401, {"errors": [error]})
            return
        token = self.tokens.issue(user, scopes)
        issued = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        document = {"token": token, "access_token": token, "expires_in": self.tokens.lifetime, "issued_at": issued}
        self.reply(200, document)

    def reply(self, status: int, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Nothing: tests look at `TokenServer.asked`."""

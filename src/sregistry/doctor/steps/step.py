"""What a step of the doctor's walk gives, and what the steps share."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from sregistry.digests import Digest
from sregistry.doctor.rehearsal import File, Rehearsal, Stream
from sregistry.errors import SregistryError
from sregistry.http.options import Options
from sregistry.http.proxies import Proxy
from sregistry.http.transport import Exchange, OnExchange
from sregistry.oci.descriptors import Descriptor
from sregistry.oci.image import Image
from sregistry.oci.manifests import Manifest
from sregistry.references import PathReference, Reference, RegistryReference, WebReference
from sregistry.registry.registries_conf import Endpoint
from sregistry.registry.session import Session
from sregistry.settings import Settings


class Verdict(Enum):
    """How a step ended: in order, worth knowing, a risk, the reason why a pull fails, or left out for that."""

    OK = "ok"
    NOTE = "note"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step of the walk.

    Attributes:
        name: what was looked at, e.g. ``manifest``.
        summary: one line.
        details: further lines, a table for example.
        facts: what was seen, JSON-able.
        error: why it failed.
    """

    name: str
    verdict: Verdict
    summary: str
    details: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    error: SregistryError | None = None

    def as_dict(self) -> dict[str, Any]:
        """The result in JSON's types."""
        found: dict[str, Any] = {"name": self.name, "verdict": self.verdict.value, "summary": self.summary}
        if self.details:
            found["details"] = list(self.details)
        if self.facts:
            found["facts"] = self.facts
        if self.error:
            found["error"] = {"code": self.error.code, "message": self.error.message}
        return found


@dataclass(slots=True)
class Walk:
    """What is known so far; each step adds to it.

    Attributes:
        text: the reference as given.
        session: speaks to registries; its exchanges are appended to `exchanges`, by `on_exchange`.
        reference: set by the step ``reference``.
        endpoint: of a registry the place that is examined (the first mirror, or the registry itself).
        proxy: what it is reached through.
        rehearsal: what a pull asks of this machine; None if that is not examined.
        failure: why a pull fails before any layer is fetched; None if it does not.
        known: the local registry has the image unchanged, so that a pull has nothing to do.
        lacking: digests of the layers that a pull would fetch.
        refused: why some of them cannot be had; `slow` the bytes a second of those that come slowly.
        compared: how many of those in files here have been read to their ends, so that their digests are right.
        gone: the connection has failed for one of them; `unasked` says how many were not asked for any more.
        manifest: what the reference leads to; `image` what it resolves to, its layers opened by `blob`.
        file: what it leads to where that is one finished file.
        plain: it is spoken to in plain http.
    """

    text: str
    settings: Settings
    options: Options
    session: Session
    exchanges: list[Exchange]
    on_exchange: OnExchange
    reference: Reference | None = None
    endpoint: Endpoint | None = None
    proxy: Proxy | None = None
    rehearsal: Rehearsal | None = None
    failure: SregistryError | None = None
    known: bool = False
    lacking: Collection[Digest] = ()
    refused: list[SregistryError] = field(default_factory=list)
    slow: list[float] = field(default_factory=list)
    compared: int = 0
    gone: bool = False
    unasked: int = 0
    manifest: Manifest | None = None
    image: Image | None = None
    blob: Callable[[Descriptor], Stream] | None = None
    file: File | None = None
    plain: bool = False

    @property
    def authority(self) -> str:
        """Host[:port] of the place that is examined; empty for one that is not reached by a network."""
        if isinstance(self.reference, WebReference):
            return urlsplit(self.reference.url).netloc
        return self.endpoint.api_host if self.endpoint else ""

    @property
    def host(self) -> tuple[str, int]:
        """Host and port of the place that is examined."""
        name, _, port = self.authority.rpartition(":")
        if name and port.isdigit() and not name.endswith(":"):
            return name.strip("[]"), int(port)
        return self.authority.strip("[]"), 80 if self.plain else 443

    @property
    def address(self) -> str:
        """What is asked for first."""
        if isinstance(self.reference, WebReference):
            return self.reference.url
        return f"{'http' if self.options.plain_http else 'https'}://{self.authority}/v2/"

    @property
    def scheme(self) -> str:
        """That of the reference."""
        return self.found_reference.scheme

    @property
    def found_reference(self) -> Reference:
        """The reference; steps that use it come after the one that reads it."""
        assert self.reference is not None
        return self.reference

    @property
    def local(self) -> bool:
        """Whether the image is in files here."""
        return isinstance(self.reference, PathReference)

    @property
    def in_registry(self) -> RegistryReference:
        """The reference, in steps about registries."""
        assert isinstance(self.reference, RegistryReference)
        return self.reference

    def first(self, manifest: Manifest) -> None:
        """Keep the first manifest that comes, which is what the reference leads to."""
        self.manifest = self.manifest or manifest


Step = Callable[[Walk], StepResult]


def ok(name: str, summary: str, *details: str, **facts: Any) -> StepResult:
    """A step that is in order."""
    return StepResult(name, Verdict.OK, summary, details, facts)


def note(name: str, summary: str, *details: str, **facts: Any) -> StepResult:
    """A step with something worth knowing."""
    return StepResult(name, Verdict.NOTE, summary, details, facts)


def warn(name: str, summary: str, *details: str, **facts: Any) -> StepResult:
    """A step with a risk."""
    return StepResult(name, Verdict.WARN, summary, details, facts)


def skip(name: str, reason: str) -> StepResult:
    """A step that was left out."""
    return StepResult(name, Verdict.SKIP, reason)


def fail(name: str, error: SregistryError) -> StepResult:
    """A step that is the reason why a pull fails."""
    return StepResult(name, Verdict.FAIL, error.message, (), {}, error)

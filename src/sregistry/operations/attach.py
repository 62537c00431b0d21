"""Attach: a file -> a referrer of an image where that is, such as a signature or a list of packages."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sregistry.digests import Digest
from sregistry.errors import SregistryError
from sregistry.notebook import Shown
from sregistry.oci import attachments
from sregistry.operations import arguments
from sregistry.operations.context import Context
from sregistry.references import Reference


@dataclass(frozen=True, slots=True)
class Attached(Shown):
    """A file that was attached.

    Attributes:
        reference: the image.
        subject: its digest.
        digest: of the manifest of the file, by which that can be had.
        artifact_type: its media type.
        path: the file.
        size: of the file, in bytes.
    """

    reference: str
    subject: Digest
    digest: Digest
    artifact_type: str
    path: Path
    size: int

    def __str__(self) -> str:
        return str(self.digest)

    def facts(self) -> dict[str, Any]:
        """The result in JSON's types."""
        return {
            "reference": self.reference,
            "subject": str(self.subject),
            "digest": str(self.digest),
            "artifact_type": self.artifact_type,
            "path": str(self.path),
            "size": self.size,
        }


def attach(
    context: Context,
    file: Path,
    reference: str,
    *,
    media_type: str,
    annotations: Mapping[str, str] | None = None,
) -> Attached:
    """Attach a file to the image that `reference` means; for several platforms, to the index of all of them.

    Args:
        context: its listener is closed at the end.
        file: of any kind.
        reference: in a registry or a layout.
        media_type: of the file, by which programs that look for it know it, such as ``application/spdx+json``.
        annotations: of its manifest.

    Raises:
        ArgumentValueError: `media_type` is none.
        DiskError: the file cannot be read.
        SregistryError: ``endpoint-unable`` for a place that takes nothing; what of networks, logins and registries
            can go wrong.
    """
    from sregistry.endpoints.base import Holds, Writable
    from sregistry.endpoints.catalog import able
    from sregistry.endpoints.sending import Held, SourceFile, describe, put

    if not attachments.is_media_type(media_type):
        raise arguments.wrong_value("media_type", media_type, "a media type, such as application/spdx+json")
    target, path = context.parse(reference), file.absolute()
    described = describe(path, media_type)
    with closing(context.progress), context.endpoint(target) as endpoint:
        repository = able(endpoint, Holds, "push --attach", target.scheme).repository(target)
        if not isinstance(repository, Writable):
            raise _read_only(target)
        subject = repository.manifest("")
        made = attachments.make(subject, described, path.name, annotations or {})
        put(repository, described, lambda: SourceFile(path, described.digest, described.size))
        put(repository, attachments.EMPTY_CONFIG, lambda: Held(attachments.EMPTY))
        repository.put_manifest(str(made.digest), made)
    return Attached(target.uri, subject.digest, made.digest, media_type, path, described.size)


def _read_only(target: Reference) -> SregistryError:
    from sregistry.endpoints.catalog import TAKING

    message = f"nothing can be attached at a place that {target.scheme} names"
    return SregistryError("endpoint-unable", message, scheme=target.scheme, verb="push --attach", known=list(TAKING))

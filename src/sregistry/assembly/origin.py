"""Where an image came from: the part of a container's description that its config does not hold."""

from __future__ import annotations

from dataclasses import dataclass

from sregistry.references.platform import Platform


@dataclass(frozen=True, slots=True)
class Origin:
    """The image that was asked for, and what it was at that moment.

    Attributes:
        reference: canonical text without scheme, e.g. ``docker.io/library/python:3.12``.
        manifest_digest: of the manifest whose layers were taken (not of an index).
        platform: the platform of that manifest.
    """

    reference: str
    manifest_digest: str
    platform: Platform

    @property
    def pinned(self) -> str:
        """``name@digest``: the reference that gives the same image for ever.

        Without the tag, because older runtimes refuse a tag beside a digest.
        """
        name = self.reference.partition("@")[0]
        folder, slash, last = name.rpartition("/")
        return f"{folder}{slash}{last.partition(':')[0]}@{self.manifest_digest}"

"""What a pull does besides asking the registry, for the doctor: by the same code, without a change that stays."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from sregistry.digests import Digest
from sregistry.oci.image import Image
from sregistry.references import RegistryReference
from sregistry.registry.session import Session


class Rehearsal(Protocol):
    """The parts of a pull in their order; each raises the SregistryError that the pull would."""

    def output(self, reference: RegistryReference) -> str:
        """Where the image would go, in words."""

    def folder(self) -> Path | None:
        """The folder of the image, where that is known."""

    def known(self, session: Session, reference: RegistryReference) -> bool:
        """Whether the local registry has the image unchanged, so that a pull is over."""

    def room(self) -> None:
        """Whether the place where the image would go can be written."""

    def lacking(self, image: Image) -> Collection[Digest]:
        """The layers that would be fetched, once the config and the cache are seen to be usable."""

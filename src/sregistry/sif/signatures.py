"""Signatures in a SIF file: who says to have signed what. Nothing is verified here.

The object holds an OpenPGP clear-signed message or a DSSE envelope; the descriptor's extra data name the
hash and, for OpenPGP, the fingerprint of the key, and its link tells the object or group that is covered.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from sregistry.sif.descriptors import GROUP, Descriptor

HASHES = {1: "SHA-256", 2: "SHA-384", 3: "SHA-512", 4: "BLAKE2s-256", 5: "BLAKE2b-256"}
_FINGERPRINT = 20
_EXTRA = struct.Struct(f"<i{_FINGERPRINT}s")


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as its descriptor describes it; whether it is right has not been checked.

    Attributes:
        fingerprint: of the OpenPGP key in capital hex digits; None for a signature by a plain key or certificate.
        hash: name of the hash function, "unknown" if the number is unknown.
        covers: "group 1" or "object 3".
    """

    fingerprint: str | None
    hash: str
    covers: str


def signature(descriptor: Descriptor) -> Signature:
    """Return what the descriptor of a signature says."""
    number, fingerprint = _EXTRA.unpack(descriptor.extra[: _EXTRA.size])
    link = descriptor.link
    covers = f"group {link & ~GROUP}" if link & GROUP == GROUP else f"object {link}"
    return Signature(fingerprint.hex().upper() if any(fingerprint) else None, HASHES.get(number, "unknown"), covers)

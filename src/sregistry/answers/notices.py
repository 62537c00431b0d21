"""What a registry tells its users with a manifest: ``Warning: 299 - "this repository has moved"``.

Sources: OCI Distribution Specification 1.1, "Warnings"; RFC 7234, section 5.5. Codes of caches (110 and such) say
nothing about the image and are passed over.
"""

from __future__ import annotations

import re

from sregistry.printable import printable
from sregistry.scrubbing import PROCESS

#: So much of the fields is read, and so much of each text shown; so many are shown.
_READ, _SHOWN, _MOST = 8192, 300, 5
_CODES = ("299", "199")
_VALUE = re.compile(r'(?:^|,)\s*(\d{3})\s+(?:[^\s",]{1,255}\s+)?(?:"((?:[^"\\]|\\.)*)"|([^",]+)(?=,|$))')
_QUOTED = re.compile(r"\\(.)")
_SPACES = re.compile(r"\s+")


def of(header: str | None) -> list[str]:
    """The texts of ``Warning`` fields (joined by commas), fit to be shown, each once."""
    found = []
    for code, quoted, bare in _VALUE.findall((header or "")[:_READ]):
        text = _readable(_QUOTED.sub(r"\1", quoted) or bare)
        if code in _CODES and text:
            found.append(text)
    return list(dict.fromkeys(found))[:_MOST]


def _readable(text: str) -> str:
    text = _SPACES.sub(" ", printable(_decoded(text))).strip()
    return text if len(text) <= _SHOWN else PROCESS.head(text, _SHOWN - 1).rstrip() + "…"


def _decoded(text: str) -> str:
    """Fields come as Latin-1; what is UTF-8 as well was meant so."""
    try:
        return text.encode("latin-1").decode()
    except ValueError:
        return text

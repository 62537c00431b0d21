"""``PATH[:NAME][@DIGEST]`` ─► `PathReference`: images in folders and archives on this machine.

The first colon ends the path, as in skopeo and Apptainer; a folder that skopeo has written (``dir``) holds one image,
so there a colon is part of the path. A digest at the end names the manifest. A path that could be taken for the name of
an image (``oci:5000/layout``) is written ``oci:./5000/layout``, so that the text of a reference reads as the same.

Source: containers-transports(5), "oci", "oci-archive", "docker-archive", "dir".
"""

from __future__ import annotations

import re

from sregistry.digests import HEX_LENGTH, Digest, DigestError
from sregistry.references.errors import InvalidReference
from sregistry.references.reference import PathReference

_PINNED = re.compile(rf"@(({'|'.join(HEX_LENGTH)}):[^@/]*)\Z", re.IGNORECASE)
#: What neither a terminal nor a database takes as part of a name.
_UNFIT = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
#: Schemes that nobody names an image after; paths of all others begin with a dot or a slash.
_UNMISTAKABLE = frozenset({"oci-archive", "docker-archive"})


def read(text: str, scheme: str, start: int = 0, _registry: str = "") -> PathReference:
    """Read what follows ``oci:``, ``oci-archive:`` or ``docker-archive:``; `start` is where it begins in the source.

    Raises:
        InvalidReference: ``reference-empty``, ``reference-character``, ``reference-digest``, with ``span``.
    """
    rest, digest = _pinned(text, start)
    path, _, name = rest.partition(":")
    return _made(scheme, path, name, digest, start)


def read_folder(text: str, scheme: str, start: int = 0, _registry: str = "") -> PathReference:
    """Read what follows ``dir:``; arguments and errors as for `read`."""
    rest, digest = _pinned(text, start)
    return _made(scheme, rest, "", digest, start)


def _made(scheme: str, path: str, name: str, digest: Digest | None, start: int) -> PathReference:
    for part, at in ((path, start), (name, start + len(path) + 1)):
        if odd := _UNFIT.search(part):
            span = [at + odd.start(), at + odd.end()]
            message = f"{odd[0]!r} cannot be part of a name"
            raise InvalidReference("reference-character", message, span=span)
    if not path:
        message = f'the path is missing after "{scheme}:"'
        raise InvalidReference("reference-empty", message, span=[start, start], scheme=scheme)
    path = _trimmed(path) or "/"
    if scheme not in _UNMISTAKABLE and path[0] not in "./":
        path = f"./{path}"
    return PathReference(scheme, path, name or None, digest)


def _trimmed(path: str) -> str:
    """`path` without slashes at its end, which mean nothing, and blanks, which cannot be seen."""
    end = len(path)
    while end and (path[end - 1] == "/" or path[end - 1].isspace()):
        end -= 1
    return path[:end]


def _pinned(text: str, start: int) -> tuple[str, Digest | None]:
    """Split off the digest at the end."""
    match = _PINNED.search(text)
    if not match:
        return text, None
    try:
        digest = Digest.parse(match[1])
    except DigestError as error:
        span = [start + match.start(1), start + match.end(1)]
        raise InvalidReference("reference-digest", f"{match[1]!r} is not a digest", span=span) from error
    return text[: match.start()], digest

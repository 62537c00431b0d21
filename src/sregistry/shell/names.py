"""The name of an image in pieces, as people have typed it since the first version: one flat dictionary.

It splits any text that looks like ``[HOST/]COLLECTION/NAME[:TAG][@VERSION]`` and fills in defaults;
what a registry would say to it is not its business. `sregistry.references` reads names strictly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sregistry.references import DOCKER_HUB, DOCKER_HUB_ALIASES, InvalidReference, split_scheme

_NAME = re.compile(
    r"(?:(?P<registry>[^/@.:]+[.:][^/@]*|localhost)/)?"
    r"(?P<collection>(?:[^:@/]+/)*)"
    r"(?P<image>[^:@/]+)"
    r"(?::(?P<tag>[^:@/]+))?"
    r"(?:@(?P<version>.+))?"
)
_FILE_ENDING = re.compile(r"[.](?:img|simg|sif)$")
#: Other spellings of a scheme.
_SCHEMES = {"shub": "hub"}


def get_uri(image: str | None) -> str | None:
    """The scheme of an image's name in lower case, ``docker`` for ``docker://ubuntu``; None if it has none."""
    scheme = split_scheme(image or "")[0]
    return _SCHEMES.get(scheme, scheme) if scheme else None


def remove_uri(image: str) -> str:
    """The name of an image without its scheme."""
    return split_scheme(image)[1]


def parse_image_name(  # noqa: PLR0913 - as in sregistry 0.2
    image_name: str,
    tag: str | None = None,
    version: str | None = None,
    defaults: bool = True,
    ext: str = "sif",
    default_collection: str = "library",
    default_tag: str = "latest",
    base: str | None = None,
    lowercase: bool = True,
) -> dict[str, str | None]:
    """Split the name of an image.

    Args:
        image_name: without scheme; the ending of an image file is left out.
        tag: wins over the tag in the name; likewise `version`, what follows the ``@``.
        version: see `tag`.
        defaults: fill in `default_collection` and `default_tag` where the name has none.
        ext: ending of the file.
        default_collection: see `defaults`.
        default_tag: see `defaults`.
        base: the registry, which is then not part of the pieces.
        lowercase: collection, image and tag in lower case.

    Returns:
        ``collection``, ``image``, ``original`` (the text given), ``registry`` (None without one),
        ``storage`` (name of a file), ``tag``, ``uri``, ``url`` (the uri without tag and version), ``version``.

    Raises:
        InvalidReference: ``name-missing``: the text names no image.
    """
    found = _NAME.fullmatch(_FILE_ENDING.sub("", _without_base(image_name.strip(), base)))
    if not found:
        raise InvalidReference("name-missing", f"{image_name!r} does not name an image", source=image_name)
    collection = found["collection"].rstrip("/") or (default_collection if defaults else "")
    image, tag = found["image"], tag or found["tag"] or (default_tag if defaults else None)
    version = version or found["version"]
    if lowercase:
        collection, image, tag = collection.lower(), image.lower(), tag and tag.lower()
    url = "/".join(part for part in (found["registry"], collection, image) if part)
    uri = url + (f":{tag}" if tag else "") + (f"@{version}" if version else "")
    return {
        "collection": collection,
        "image": image,
        "original": image_name,
        "registry": found["registry"],
        "storage": f"{uri}.{ext}",
        "tag": tag,
        "uri": uri,
        "url": url,
        "version": version,
    }


def _without_base(name: str, base: str | None) -> str:
    """`name` without the registry in front of it; Docker Hub has several names."""
    bases = DOCKER_HUB_ALIASES if base == DOCKER_HUB else {base or ""}
    host, slash, rest = name.partition("/")
    return rest if slash and host in bases else name


class LastNames(Mapping[str, str | None]):
    """The pieces of the image the client was last told of, as `parse_image_name` gives them; empty before.

    The shell has it as ``names``, so that ``names['version'] or names['tag']`` always means the image at hand.
    """

    def __init__(self) -> None:
        self._pieces: dict[str, str | None] = {}

    def set(self, image: str, base: str | None) -> None:
        """From now on these are the pieces of `image`."""
        self._pieces = parse_image_name(remove_uri(image), base=base)

    def __getitem__(self, key: str) -> str | None:
        return self._pieces[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._pieces)

    def __len__(self) -> int:
        return len(self._pieces)

    def __repr__(self) -> str:
        return repr(self._pieces)

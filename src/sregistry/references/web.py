"""``https://HOST/PATH/FILE.sif[?QUERY][#sha256=HEX]`` ─► `WebReference`: a file on the web, told from an image's page.

The fragment is never sent: here it says what the file must be (``#sha256=HEX``, as pip writes it), or that the address
is that of a SIF file although it does not look like one (``#sif``). Values of a query may be a signature, so that only
those that are known to be harmless are ever shown; see `WebReference`.

Source: RFC 3986; RFC 9110, section 4.2.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import NoReturn

from sregistry.digests import HEX_LENGTH, Digest
from sregistry.references import browser
from sregistry.references.errors import InvalidReference
from sregistry.references.reference import FORCED, WebReference

#: Files on the web are no images in a registry, whatever the host; Galaxy's depot has none but image files.
_NAMED = re.compile(
    r"[^?#]*\.(sif|simg|sqsh|squashfs|img)(?:\?.*)?|depot\.galaxyproject\.org/singularity/[^?#]*(?:\?.*)?",
    re.DOTALL | re.IGNORECASE,
)
#: Parameters (lowercase) that addresses in storage and of downloads have, and no page about an image.
_OF_FILES = frozenset(
    (
        *("x-amz-signature", "x-goog-signature", "x-oss-signature", "q-signature", "signature", "sig"),
        *("x-amz-algorithm", "awsaccesskeyid", "googleaccessid", "ossaccesskeyid", "key-pair-id", "download", "dl"),
    )
)
#: ``etag`` is what `endpoints.web` calls the version of a file.
_LENGTHS = {**HEX_LENGTH, "etag": 64}
_DIGEST = re.compile(r"(sha256|sha384|sha512|etag)[=:]([0-9a-fA-F]+)")
_FRAGMENT = re.compile(rf"{FORCED}|(?:sha[0-9]+|md5|etag)[=:].*", re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]+\]")
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_UNSENDABLE = re.compile(rb"[^!-~]")
_PORTS = {"http": "80", "https": "443"}


def is_file(rest: str) -> bool:
    """Whether what follows ``http(s)://`` is a file, and not the page of an image or the name of one."""
    address, _, fragment = rest.partition("#")
    return bool(_NAMED.fullmatch(address) or _FRAGMENT.fullmatch(fragment)) or _is_download(address)


def _is_download(address: str) -> bool:
    place, _, query = address.partition("?")
    names = {part.partition("=")[0].lower() for part in query.split("&")}
    return not names.isdisjoint(_OF_FILES) and not browser.is_site(place)


def read(text: str, scheme: str, start: int = 0, default_registry: str = "") -> WebReference:
    """Read an address.

    Args:
        text: what follows the scheme.
        scheme: ``https`` or ``http``.
        start: where `text` begins in what the user gave.
        default_registry: means nothing here.

    Raises:
        InvalidReference: ``reference-character``, ``reference-credentials``, ``reference-fragment``, ``name-host``,
            ``name-port``.
    """
    if unfit := _UNFIT.search(text):
        message = f"{unfit[0]!r} cannot be part of an address"
        place = {} if "?" in text else {"span": [start + unfit.start(), start + unfit.end()]}
        raise InvalidReference("reference-character", message, **place)
    address, mark, fragment = text.partition("#")
    end = min((place for place in map(address.find, "/?") if place >= 0), default=len(address))
    host = _host(address[:end], scheme, start)
    target = _sendable(address[end:])
    url = f"{scheme}://{host}{target if target.startswith('/') else f'/{target}'}"
    digest = _digest(fragment, address, scheme, start) if mark else None
    shown = browser.redacted(url)
    whole = "" if browser.HIDDEN_VALUE in target or _is_hidden(target) else url
    return WebReference(scheme, shown, digest, forced=not is_file(url.partition("://")[2]), address=whole)


def _digest(fragment: str, address: str, scheme: str, start: int) -> Digest | None:
    """The digest that a fragment says; `address` is what is before it, and begins at `start`."""
    if fragment in ("", FORCED):
        return None
    match = _DIGEST.fullmatch(fragment)
    if match and len(match[2]) == _LENGTHS[match[1]]:
        return Digest(match[1], match[2].lower())
    message = f'after "#" stands the digest that the file must have (sha256=HEX), or {FORCED}'
    if match:
        message = f"a digest by {match[1]} has {_LENGTHS[match[1]]} hexadecimal digits, and {len(match[2])} are given"
    # As it is shown, which hides parts of the address and perhaps of the fragment.
    before, _, after = browser.redacted(f"{address}#{fragment}").partition("#")
    begin = start + len(before) + 1
    span = [begin, begin + len(after)]
    raise InvalidReference(
        "reference-fragment", message, span=span, suggestion=f"{scheme}://{browser.redacted(address)}"
    )


def _host(authority: str, scheme: str, start: int) -> str:
    """Host and port in canonical form: lowercase, letters of other alphabets by their IDNA form, no usual port."""
    user, at, place = authority.rpartition("@")
    if user:
        message = "an address has no place for a user name or password here"
        source = f"{scheme}://***@{place}"
        raise InvalidReference("reference-credentials", message, source=source, span=[0, len(source)])
    name, colon, port = place.rpartition(":") if re.search(r":[^\]]*$", place) else (place, "", "")
    name = _ascii(name)
    if at or not _NAME.fullmatch(name):
        _refuse("name-host", f"{place!r} is not the name of a host", start, authority)
    if colon and not (re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) < 65536):
        _refuse("name-port", f"{port!r} is not a port", start, authority)
    return name.lower() + (f":{int(port)}" if colon and str(int(port)) != _PORTS[scheme] else "")


def _refuse(code: str, message: str, start: int, authority: str) -> NoReturn:
    raise InvalidReference(code, message, span=[start, start + len(authority)])


def _ascii(name: str) -> str:
    with suppress(UnicodeError):
        return name if name.isascii() else name.encode("idna").decode("ascii")
    return ""


def _sendable(text: str) -> str:
    """`text` with what no request line can hold as escapes; what hides a value stays."""
    pieces = text.split(browser.HIDDEN_VALUE)
    return browser.HIDDEN_VALUE.join(
        _UNSENDABLE.sub(lambda found: b"%%%02X" % found[0][0], piece.encode()).decode("ascii") for piece in pieces
    )


def _is_hidden(target: str) -> bool:
    """Whether a value of the query is what other parts of the program write in the place of a secret."""
    return any(part.partition("=")[2] == "***" for part in target.partition("?")[2].split("&"))

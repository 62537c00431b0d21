"""What a registry's words are about: the one place where they are read, so that nobody else has to.

A status of 403 is a missing right, a firewall, a policy or an unpaid bill, and only the words tell which. Codes
and phrases are those that registries and object storages send; what is not in a table here stays unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: So much of the words is read.
_READ = 4096
#: Texts that say no more than the status does.
_GENERIC = re.compile(
    r"^(requested )?access to the (requested )?resource is (denied|not authorized)\.?$|^authentication required\.?$"
    r"|^(an? )?(internal|unknown|unexpected) (server )?error( (has )?occurred)?\.?$",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?://[^\s\"'<>)]{1,300}")
#: Addresses that show a person nothing: those of the registry's API and of token services.
_FOR_PROGRAMS = re.compile(
    r"https?://[^/]+/(v1|v2|token|oauth2?|service/token|artifactory/api|jwt/auth)\b|https?://(registry-1|auth)\.",
    re.IGNORECASE,
)
_IP = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<![0-9a-f:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{1,4}\b", re.IGNORECASE)
_HOST = re.compile(r"(?<![a-z0-9.-])(?:[a-z0-9-]{1,63}\.){1,6}[a-z]{2,24}\b", re.IGNORECASE)


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


#: What a registry's codes, messages and details are about -> by which words that is known.
_ABOUT: Mapping[str, re.Pattern[str]] = {
    "address": _words(
        r"\b(client|source|your) (with )?ip\b|\bip( address)?\b.{0,60}\b(not (allowed|permitted)|blocked|denied)\b"
    ),
    "policy": _words(r"polic(y|ies)\b|PROJECTPOLICYVIOLATION|vulnerabilit|quarantin|not signed|unsigned"),
    "moved": _words(r"\b(has|have|was|is) (been )?(moved|renamed|relocated)\b"),
    "expired": _words("expired"),
    "clock": _words(r"not (yet )?valid (yet|before)|not yet valid|in the future|before issued|\bnbf\b|\biat\b|clock"),
    "skewed": _words("tooskewed"),
    "signature": _words("signaturedoesnotmatch|authenticationfailed"),
    "hub-haste": _words("HAP429"),
    "connections": _words("too many (open )?connections|connection limit"),
    "storage-full": _words("no space left|disk quota|ENOSPC"),
    "offline": _words(r"\boffline\b"),
    "upstream-down": _words(r"\b(dial tcp|no such host|i/o timeout|proxyconnect|x509:)"),
}
#: The same of a reason that is more than a code.
_REASON = {
    "rights": _words(
        "denied|forbid|authori[sz]|permi|scope|log[ -]?in|authenti|credential|token|access|privat|account|user"
    )
}
#: The same of a web page.
_PAGE = {
    "place": _words(r"\bcountry|\bregion\b|your location|geo"),
    "sign-in": _words(r"\b(sign|log)[ -]?(in|on)\b|\bauthenticat(e|ion)\b|\bcredentials?\b|captive|password"),
    "header-too-large": _words(r"(header|cookie)s?( fields?)? too (large|big|long)"),
    "maintenance": _words("maintenance|be right back|back soon|under construction"),
}


def about(found: Mapping[str, Any]) -> dict[str, Any]:
    """The facts ``about``, ``said``, ``links``, ``client_address`` and ``upstream`` of the words in `found`.

    Args:
        found: facts with ``errors``, or with ``body_head`` and perhaps ``page_title`` and ``content_type``.
    """
    listed = [item for item in found.get("errors") or [] if isinstance(item, Mapping)]
    head, kind = str(found.get("body_head") or ""), str(found.get("content_type") or "")
    spoken = [f"{item.get('code')} {item.get('message')} {item.get('detail')}" for item in listed]
    if "page_title" in found or "html" in kind:
        return _told(_PAGE, f"{found.get('page_title') or ''} {head}")
    everything = " ".join([*spoken, head]).strip()
    if not everything:
        return {}
    reason = (_reason(listed) or (" ".join(head.split()) if kind.startswith("text/plain") else ""))[:_READ]
    named = _told(_ABOUT, everything).get("about", []) + _told(_REASON, reason).get("about", [])
    address = _IP.search(reason)
    host = _HOST.search(" ".join(str(item.get("message")) for item in listed)[:_READ])
    links = [link.rstrip(".,;:") for link in _LINK.findall(reason)[:4] if not _FOR_PROGRAMS.match(link)][:2]
    facts = {"about": named, "said": reason, "links": links}
    facts |= {"client_address": address[0] if address else "", "upstream": host[0] if host else ""}
    return {name: value for name, value in facts.items() if value}


def _told(table: Mapping[str, re.Pattern[str]], text: str) -> dict[str, list[str]]:
    names = [name for name, words in table.items() if words.search(text[:_READ])]
    return {"about": names} if names else {}


def _reason(listed: list[Mapping[str, Any]]) -> str:
    """The messages that say more than the status does, each once."""
    texts = (" ".join(str(item.get("message") or "").split()) for item in listed)
    return "; ".join(dict.fromkeys(text for text in texts if len(text.split()) > 2 and not _GENERIC.search(text)))

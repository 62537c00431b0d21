"""Takes secrets out of what is written for others to read: by their place, and by their value where it is known.

Facts of errors are already free of secrets; this is the second net, for command lines, messages of
foreign exceptions and tracebacks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

HIDDEN = "***"
_SECRET_VARIABLE = re.compile(r"PASS(WORD|WD|PHRASE)?|TOKEN|SECRET|CREDENTIAL|API_?KEY|AUTH$", re.IGNORECASE)
_USER_INFO = re.compile(
    r"(?P<scheme>\b[a-z][a-z0-9+.-]*://)?(?P<user>[^\s:/@'\"]+):(?P<secret>[^\s/@'\"]+)@(?=[\w\[])(?!sha\d+:)"
)
_HEADER = re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9+/=._~-]{8,}", re.IGNORECASE)
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*")
_SIGNED = re.compile(
    r"(?<=[?&])([^=&\s]*(?:sig|token|key|secret|credential|password)[^=&\s]*)=[^&\s'\"]+", re.IGNORECASE
)
#: Shorter values are too common to be replaced wherever they occur.
_SHORTEST = 4


def secrets_of(environ: Mapping[str, str]) -> list[str]:
    """Values of variables whose names say that they are secret, the longest first."""
    found = {value for name, value in environ.items() if _SECRET_VARIABLE.search(name) and len(value) >= _SHORTEST}
    return sorted(found, key=len, reverse=True)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without the given secrets and without what looks like one."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    text = _USER_INFO.sub(lambda found: f"{found['scheme'] or ''}{found['user']}:{HIDDEN}@", text)
    text = _HEADER.sub(lambda found: f"{found[1]} {HIDDEN}", text)
    return _SIGNED.sub(lambda found: f"{found[1]}={HIDDEN}", _JWT.sub(HIDDEN, text))

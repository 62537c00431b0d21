"""Takes secrets out of what is written for others to read: by their place, and by their value where it is known.

Facts of errors are already free of secrets; this is the second net, for command lines, messages of
foreign exceptions and tracebacks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from sregistry.http.redact import tokens
from sregistry.scrubbing import HIDDEN, PROCESS, SHORTEST, Secrets

__all__ = ["HIDDEN", "redact", "secrets_of"]

_SECRET_VARIABLE = re.compile(r"PASS(WORD|WD|PHRASE)?|TOKEN|SECRET|CREDENTIAL|API_?KEY|AUTH$", re.IGNORECASE)
#: A word that ends with "@": each begins once only, so that this takes no longer than the text is long.
_BEFORE_AT = re.compile(r"(?<![^\s/@'\"])(?P<user>[^\s:/@'\"]+):(?P<secret>[^\s/@'\"]+)@(?=[\w\[])(?!sha\d+:)")
_SCHEMED = re.compile(r"\b(Bearer|Basic)\s{1,20}[A-Za-z0-9+/=._~-]{8,}", re.IGNORECASE)
_PARAMETER = re.compile(r"(?<=[?&])([^=&\s]{1,200})=[^&\s'\"]+")
_SECRET_NAME = re.compile(r"sig|token|key|secret|credential|password", re.IGNORECASE)


def secrets_of(environ: Mapping[str, str]) -> list[str]:
    """Values of variables whose names say that they are secret, the longest first."""
    found = {value for name, value in environ.items() if _SECRET_VARIABLE.search(name) and len(value) >= SHORTEST}
    return sorted(found, key=len, reverse=True)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without the given secrets, those that this process knows, and what looks like one."""
    given = Secrets()
    for secret in secrets:
        given.add(secret)
    text = PROCESS.text(given.text(text))
    text = _BEFORE_AT.sub(lambda found: f"{found['user']}:{HIDDEN}@", text)
    text = _SCHEMED.sub(lambda found: f"{found[1]} {HIDDEN}", text)
    return tokens(_PARAMETER.sub(_hidden, text))


def _hidden(parameter: re.Match[str]) -> str:
    return f"{parameter[1]}={HIDDEN}" if _SECRET_NAME.search(parameter[1]) else parameter[0]

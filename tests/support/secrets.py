"""Looks for a secret in a text, in every form in which a program might let it out."""

from __future__ import annotations

import base64
from urllib.parse import quote, quote_plus

#: Fewer characters of base64 would be found by chance.
_LEAST = 8


def forms(secret: str) -> dict[str, str]:
    """What to look for: the secret itself, in URLs, in hex, and inside any base64 that has it, at each alignment."""
    data = secret.encode()
    found = {"as it is": secret, "in a URL": quote(secret, safe=""), "in a form": quote_plus(secret), "hex": data.hex()}
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
        # The first and last letters depend on the neighbours.
        inner = encoded[-(-before * 8 // 6) : len(data) * 8 // 6]
        if len(inner) >= _LEAST:
            found[f"base64 at {before}"] = inner
    return found


def leaks(text: str, secrets: dict[str, str]) -> list[str]:
    """Which of `secrets` (name -> value) are in `text`, in which form and around what."""
    found = []
    for name, secret in secrets.items():
        for form, looked_for in forms(secret).items():
            place = text.find(looked_for)
            if place >= 0:
                found.append(f"{name} {form}: …{text[max(0, place - 80) : place + 80]!r}…")
                break
    return found

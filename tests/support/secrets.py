"""Looks for a secret in a text, in every form in which a program might let it out."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

#: Fewer characters of base64 would be found by chance.
_LEAST = 8


def forms(secret: str) -> dict[str, str]:
    """What to look for: the secret itself, in URLs, in hex, and inside any base64 that has it, at each alignment."""
    data = secret.encode()
    found = {"as it is": secret, "in a URL": quote(secret, safe=""), "in a form": quote_plus(secret), "hex": data.hex()}
    inner = json.dumps(secret)[1:-1]
    found |= {"in JSON": inner, "in JSON of JSON": json.dumps(inner)[1:-1], "in HTML": html.escape(secret)}
    found |= {"in plain JSON": json.dumps(secret, ensure_ascii=False)[1:-1], "in Latin-1": data.decode("latin-1")}
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
        # The first and last letters depend on the neighbours.
        inner = encoded[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
        if len(inner) >= _LEAST:
            found[f"base64 at {before}"] = inner
    return found


def spellings(secret: str, username: str = "ada") -> Iterator[tuple[str, str]]:
    """Ways in which a server may send a secret back: their names, and the texts."""
    inner = json.dumps(secret)[1:-1]
    data = secret.encode()
    yield "as it is", secret
    yield "JSON", inner
    yield "JSON with other escapes", inner.replace("<", "\\u003C").replace("&", "\\u0026").replace("/", "\\/")
    yield "JSON, all escapes", "".join(f"\\u{ord(letter):04X}" for letter in secret)
    yield "JSON in JSON", json.dumps(inner)[1:-1]
    yield "JSON in JSON in JSON", json.dumps(json.dumps(inner)[1:-1])[1:-1]
    yield "HTML", html.escape(secret)
    yield "decimal entities", "".join(f"&#{ord(letter)};" for letter in secret)
    yield "hexadecimal entities", "".join(f"&#x{ord(letter):X};" for letter in secret)
    yield "HTML of JSON", html.escape(inner)
    yield "JSON of HTML", json.dumps(html.escape(secret))[1:-1]
    yield "a URL", quote(secret, safe="")
    yield "a URL in lowercase", quote(secret, safe="").replace("%C3%A4", "%c3%a4").replace("%2F", "%2f")
    yield "a form", quote_plus(secret)
    yield "twice in a URL", quote(quote(secret, safe=""), safe="")
    yield "every byte in a URL", "".join(f"%{byte:02x}" for byte in data)
    yield "hexadecimal digits", data.hex()
    yield "Python", repr(data)[2:-1]
    yield "UTF-8 taken for Latin-1", data.decode("latin-1")
    yield "in capitals", secret.upper()
    yield "over two lines", f"{secret[:5]}\n    {secret[5:]}"
    yield "base64 of base64", base64.b64encode(base64.b64encode(data)).decode()
    yield "base64 of JSON", base64.b64encode(json.dumps({"password": secret}).encode()).decode()
    for around in ("", "a", "ab", f"{username}:"):
        encoded = base64.b64encode(f"{around}{secret}{around}".encode()).decode()
        yield f"base64 {around}", encoded
        yield f"base64 for URLs {around}", encoded.replace("+", "-").replace("/", "_").rstrip("=")
        yield f"base64 in a URL {around}", quote(encoded, safe="")
        yield f"base64 in lines {around}", "\n".join(encoded[at : at + 9] for at in range(0, len(encoded), 9))


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

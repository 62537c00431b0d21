"""A secret is found in whatever form it comes back, and nothing else is lost."""

from __future__ import annotations

import json
import secrets
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.scrubbing import HIDDEN, Secrets, fact
from tests.support.secrets import leaks, spellings

#: With everything that some encoding writes otherwise.
CANARY = "c4n<&\"4ry\\ä/€ p+w%41'=?"
WITH_LINES = "-----BEGIN KEY-----\nc4n4ry+/abc\n-----END KEY-----"
TOKEN = "eyJhbGciOiJSUzI1NiJ9." + secrets.token_urlsafe(900) + "." + secrets.token_urlsafe(200)


def knowing(*values: str) -> Secrets:
    made = Secrets()
    for value in values:
        made.add(value, "ada")
    return made


@pytest.mark.parametrize("secret", [CANARY, WITH_LINES, TOKEN, "pässwörd", "hunter22"])
@pytest.mark.parametrize("around", ["{}", "said {} to me", '{{"message": "{}"}}'])
def test_a_secret_is_found_in_every_form(secret: str, around: str) -> None:
    known = knowing(secret)
    for name, text in spellings(secret):
        shown = known.text(around.replace("{{", "{").replace("}}", "}").replace("{}", text))
        assert HIDDEN in shown, name
        assert leaks(shown, {name: secret}) == []
        assert text not in shown, name


@given(st.text(min_size=4, max_size=30), st.text(max_size=20), st.text(max_size=20))
def test_law_any_secret_is_found_anywhere(secret: str, before: str, after: str) -> None:
    shown = knowing(secret).text(f"{before}\n{secret}\n{after}")
    if len("".join(secret.split())) >= 4 and secret.isprintable():
        assert secret not in shown.replace(HIDDEN, "\0")


@given(st.text())
def test_law_a_text_without_secrets_stays_as_it_is(text: str) -> None:
    assert knowing("\U0001f511 c4n4ry").text(text) == text


def test_the_rest_of_a_text_stays() -> None:
    assert knowing(CANARY).text(f"before {json.dumps(CANARY)} after") == f'before "{HIDDEN}" after'


def test_a_value_that_occurs_everywhere_is_hidden_with_its_user_name_only() -> None:
    known = knowing("pw")
    assert known.text("pwd, ada:pw and YWRhOnB3") == f"pwd, {HIDDEN} and {HIDDEN}"


def test_a_part_of_a_token_is_hidden_too() -> None:
    assert knowing(TOKEN).text(f"token {TOKEN[200:500]}, cut") == f"token {HIDDEN}, cut"


@pytest.mark.parametrize("at", range(90, 110))
def test_a_secret_that_is_cut_off_is_hidden(at: int) -> None:
    shown = knowing("c4n4ry-p4ssw0rd").head("." * at + "c4n4ry-p4ssw0rd", 105)
    assert "c4n" not in shown


def test_keys_of_others_are_looked_at_and_ours_stay() -> None:
    known = knowing("message", CANARY)
    shown = fact({"message": f"x {CANARY}", "detail": {CANARY: [CANARY, 1, None]}}, known.text)
    assert shown == {"message": f"x {HIDDEN}", "detail": {HIDDEN: [HIDDEN, 1, None]}}


def test_many_tokens_cost_little() -> None:
    known = knowing(*(secrets.token_urlsafe(1200) for _ in range(300)))
    began = time.process_time()
    for _ in range(200):
        known.text("GET https://registry.example.org/v2/team/tool/manifests/1.0 -> 404 MANIFEST_UNKNOWN")
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "text", ["a", "\\u0041", "%25", "%2525252541", "\\", "&amp;", "&#x41;", "A0", "Bearer ", CANARY, "eyJ-eyJ.", "\n"]
)
def test_no_text_takes_long(text: str) -> None:
    """64 KB of anything, where every form of a secret is looked for and where one is found."""
    known = knowing(CANARY, TOKEN)
    began = time.process_time()
    known.text(text * (65536 // len(text)))
    known.text(text * (30000 // len(text)) + TOKEN + text * (30000 // len(text)))
    assert time.process_time() - began < 1

"""Secrets are taken out by their place and by their value."""

from __future__ import annotations

import base64
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.http import redact
from sregistry.http.secret import Secret


def test_a_secret_shows_nothing_but_by_reveal() -> None:
    secret = Secret("hunter22")
    assert f"{secret} {secret!r} {secret:>20}".replace("*", "").strip() == ""
    assert secret.reveal() == "hunter22"
    assert secret == Secret("hunter22") != Secret("other")
    assert not Secret("")
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_urls_keep_what_explains_and_lose_what_opens() -> None:
    shown = redact.url("https://me:pw@h:5/v2/x?X-Amz-Signature=abc&scope=repository:a/b:pull&account=me#part")
    assert shown == "https://h:5/v2/x?X-Amz-Signature=***&scope=repository:a/b:pull&account=***"


def test_headers_that_carry_secrets_are_hidden() -> None:
    shown = redact.headers({"Authorization": "Basic abc", "Location": "/x?sig=1", "Server": "nginx"})
    assert shown == {"Authorization": "***", "Location": "/x?sig=***", "Server": "nginx"}


def test_prose_about_basic_and_bearer_is_kept() -> None:
    text = "Basic authentication failed; send Bearer tokens"
    assert redact.patterns(text) == text
    assert "abcDEF123" not in redact.patterns("Bearer abcDEF123456")


@given(st.text(min_size=4), st.text(max_size=10))
def test_what_was_sent_is_found_again_in_any_fact(value: str, around: str) -> None:
    scrubber = redact.Scrubber()
    scrubber.add(Secret(value), "user")
    basic = base64.b64encode(f"user:{value}".encode()).decode()
    if value in "*** user":
        return
    shown = scrubber.fact({"errors": [{"message": f"{around}{basic}"}], "n": 3, "other": (None, True)})
    assert basic not in str(shown)
    assert (shown["n"], shown["other"]) == (3, [None, True])


@given(st.text())
def test_any_text_can_be_redacted(text: str) -> None:
    redact.url(text)
    redact.patterns(text)

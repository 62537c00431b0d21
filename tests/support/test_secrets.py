"""The one who looks for secrets finds them."""

import base64
from urllib.parse import quote, quote_plus

import pytest

from tests.support.secrets import leaks

SECRET = "c4n4ry/+&= pass"
SECRETS = {"it": SECRET}


@pytest.mark.parametrize("before", range(5))
@pytest.mark.parametrize("after", range(4))
def test_a_secret_is_found_inside_base64(before: int, after: int) -> None:
    text = base64.b64encode(b"u" * before + SECRET.encode() + b":" * after).decode()
    assert leaks(f"Authorization: Basic {text}", SECRETS)


@pytest.mark.parametrize("text", [SECRET, quote(SECRET, safe=""), quote_plus(SECRET), SECRET.encode().hex()])
def test_a_secret_is_found_in_other_forms(text: str) -> None:
    assert leaks(f"before {text} after", SECRETS)


def test_another_text_is_no_leak() -> None:
    assert leaks("the login in ~/.docker/config.json was refused", SECRETS) == []

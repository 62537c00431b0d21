"""The second net: what is written for others holds no secret."""

from hypothesis import given
from hypothesis import strategies as st

from sregistry.diagnosis.redaction import redact, secrets_of

CANARY = "c4n4ry-s3cr3t"


def test_values_of_secret_variables_are_taken_out_wherever_they_stand() -> None:
    environ = {
        "SREGISTRY_DOCKERHUB_PASSWORD": CANARY,
        "GITHUB_TOKEN": "tok-123456",
        "HOME": "/home/ada",
        "X_AUTH": "abc",
    }
    assert secrets_of(environ) == [CANARY, "tok-123456"]
    assert redact(f"a{CANARY}b tok-123456 /home/ada", secrets_of(environ)) == "a***b *** /home/ada"


def test_secrets_are_known_by_their_place() -> None:
    assert redact(f"docker://ada:{CANARY}@ghcr.io/x") == "docker://ada:***@ghcr.io/x"
    assert redact(f"http_proxy=http://ada:{CANARY}@proxy:3128/") == "http_proxy=http://ada:***@proxy:3128/"
    assert redact(f"Authorization: Bearer {CANARY}") == "Authorization: Bearer ***"
    assert redact(f"https://s3/x?X-Amz-Signature={CANARY}&n=1") == "https://s3/x?X-Amz-Signature=***&n=1"
    assert redact("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_-") == "token ***"


def test_ordinary_text_is_left_alone() -> None:
    for text in ("ghcr.io/acme/tool:1.2@sha256:" + "a" * 64, "localhost:5000/x", "12:30:45 user@host", "a basic thing"):
        assert redact(text) == text


@given(st.text())
def test_any_text_is_survived(text: str) -> None:
    redact(text)

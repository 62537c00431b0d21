"""What failed as a push is spoken of as a push, and begun again as one."""

from __future__ import annotations

from typing import Any

import pytest

from sregistry.diagnosis import Diagnosis, explain
from sregistry.errors import RegistryError
from tests.diagnosis.samples import CODES, sample

REFERENCE = "oras://registry.example.org/acme/tool:1.2"
AGAIN = f"sregistry push tool.sif {REFERENCE}"


def refused(code: str, **facts: Any) -> Diagnosis:
    known = {"registry": "registry.example.org", "repository": "acme/tool", "reference": REFERENCE, "status": 401}
    return explain(RegistryError(code, "no", **{**known, "repeat": ["push", "tool.sif", REFERENCE], **facts}))


def text(diagnosis: Diagnosis) -> str:
    steps = [f"{step.command} {step.comment}" for step in diagnosis.steps]
    return "\n".join([diagnosis.title, *(cause.text for cause in diagnosis.why), *diagnosis.checked, *steps])


@pytest.mark.parametrize("code", [code for code in CODES if sample(code).facts.get("reference")])
def test_no_pull_is_proposed(code: str) -> None:
    error = sample(code)
    error.facts |= {"reference": REFERENCE, "repeat": ["push", "tool.sif", REFERENCE]}
    said = text(explain(error))
    assert "sregistry pull oras" not in said
    assert "finished layers" not in said


@pytest.mark.parametrize("purpose", ["upload", "token", "manifest"])
def test_who_may_pull_may_not_push_for_that(purpose: str) -> None:
    """That the image can be had without a login says nothing about a push."""
    seen = {"anonymous": {"outcome": "ok"}}
    for facts in ({}, {"credential_source": "the command line"}):
        for code in ("auth-required", "auth-refused", "auth-denied"):
            said = refused(code, purpose=purpose, second_look=seen, **facts)
            assert AGAIN in [step.command for step in said.steps] or facts, text(said)
            assert "pull" not in text(said)
            assert "storage" not in text(said)


def test_an_account_lacks_the_right_to_write() -> None:
    said = text(refused("auth-refused", purpose="token", status=403, credential_source="the command line"))
    assert "scope to push (write_registry" in said
    assert "for the right to push" in text(refused("auth-denied", status=403, credential_source="the command line"))


def test_another_reference_takes_the_place_of_the_one_that_failed() -> None:
    error = sample("name-uppercase")
    error.facts |= {"repeat": ["push", "tool.sif", error.facts["source"]], "suggestion": "ghcr.io/acme/tool"}
    assert "sregistry push tool.sif ghcr.io/acme/tool" in text(explain(error))


@pytest.mark.parametrize("verb", ["inspect", "search"])
def test_what_is_looked_at_is_looked_at_again(verb: str) -> None:
    for code in ("registry-unavailable", "image-in-layers"):
        error = sample(code)
        error.facts |= {"reference": REFERENCE, "repeat": [verb, REFERENCE]}
        said = text(explain(error))
        assert f"sregistry {verb} " in said
        assert "layers are kept" not in said
        assert "makes a SIF" not in said

"""Rate limits: headers are read, quota and abuse told apart, Retry-After understood in both forms."""

from __future__ import annotations

import email.utils

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.registry import rate


def test_docker_hubs_headers() -> None:
    found = rate.parse(
        {"RateLimit-Limit": "100;w=21600", "RateLimit-Remaining": "76;w=21600", "Docker-RateLimit-Source": "192.0.2.1"}
    )
    assert found == rate.RateLimit(100, 76, 21600, "192.0.2.1")
    assert rate.parse({"content-type": "x"}) is None


@pytest.mark.parametrize(
    ("headers", "text", "quota"),
    [
        ({}, "You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit", True),
        ({"ratelimit-remaining": "0;w=21600"}, "toomanyrequests", True),
        ({"ratelimit-remaining": "0;w=21600"}, "Too Many Requests (HAP429)", False),
        ({}, "Too Many Requests (HAP429)", False),
        ({}, "Too Many Requests", False),
        ({"ratelimit-remaining": "40;w=21600"}, "slow down", False),
    ],
)
def test_quota_and_abuse(headers: dict[str, str], text: str, *, quota: bool) -> None:
    assert rate.is_quota(headers, text) is quota


def test_retry_after_is_seconds_or_a_date() -> None:
    assert rate.retry_after("7") == 7.0
    assert rate.retry_after(email.utils.formatdate(1000, usegmt=True), now=990) == 10.0
    assert rate.retry_after(email.utils.formatdate(1000, usegmt=True), now=2000) == 0.0
    assert rate.retry_after("soon") is None
    assert rate.retry_after(None) is None


@given(st.text())
def test_any_header_can_be_read(text: str) -> None:
    rate.retry_after(text)
    rate.parse({"ratelimit-limit": text, "ratelimit-remaining": text})

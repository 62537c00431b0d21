"""Rate limits: headers are read, quota and abuse told apart, Retry-After understood in both forms."""

from __future__ import annotations

import email.utils

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.answers import rate


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


def retry_after(value: str, **more: str) -> float | None:
    return rate.retry_after({"retry-after": value, **more}, now=990)


def test_retry_after_is_seconds_or_a_date() -> None:
    assert retry_after("7") == 7.0
    assert retry_after(email.utils.formatdate(1000, usegmt=True)) == 10.0
    assert retry_after(email.utils.formatdate(100, usegmt=True)) == 0.0
    assert rate.retry_after({}) is None


@pytest.mark.parametrize("value", ["soon", "-5", "-0", "+3", "1e3", "0x10", "", "inf", "nan", "٣"])
def test_what_is_no_time_is_left_alone(value: str) -> None:
    assert retry_after(value) is None


def test_odd_times_are_understood() -> None:
    assert retry_after("0.25") == 0.25
    assert retry_after("9" * 20) == retry_after("999999999999") > 86400 * 365  # type: ignore[operator]
    assert retry_after("2, 5") == 5.0
    assert retry_after("500ms") == 0.5
    assert retry_after("2m") == 120.0


def test_a_date_is_compared_with_the_clock_that_it_comes_from() -> None:
    hour_behind = {"date": email.utils.formatdate(990 - 3600, usegmt=True)}
    assert retry_after(email.utils.formatdate(990 - 3600 + 4, usegmt=True), **hour_behind) == 4.0
    assert retry_after(email.utils.formatdate(1000, usegmt=True), date="yesterday") == 10.0


def test_words_may_name_the_pause() -> None:
    assert rate.retry_after_words("retry-after: 500ms, allowed: 44000/minute") == 0.5
    assert rate.retry_after_words("Retry-After: 40s") == 40.0
    assert rate.retry_after_words("try again later") is None


@given(st.text())
def test_any_header_can_be_read(text: str) -> None:
    rate.retry_after({"retry-after": text, "date": text})
    rate.retry_after_words(text)
    rate.parse({"ratelimit-limit": text, "ratelimit-remaining": text})

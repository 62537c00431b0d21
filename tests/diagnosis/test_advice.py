"""What is said is known, and what is proposed works: by the facts of each case."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sregistry.answers import said as registry_said
from sregistry.diagnosis import Likelihood, explain
from sregistry.diagnosis.diagnosis import Cause
from sregistry.diagnosis.render import terminal
from sregistry.diagnosis.rules import schemes
from sregistry.errors import SregistryError
from sregistry.http.retry import _KEPT
from sregistry.references import SCHEMES, parse
from tests.diagnosis.samples import CODES, sample

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = "docker://registry.example.org:5000/acme/tool:1.2"
PLACE = {"registry": "registry.example.org:5000", "repository": "acme/tool", "identifier": "1.2"}
FILE = {
    "credential_source": "~/.docker/config.json (auths)",
    "credential_origin": {"kind": "file", "name": "~/.docker/config.json"},
}
VARIABLES = {
    "credential_source": "APPTAINER_DOCKER_USERNAME (environment)",
    "credential_origin": {"kind": "environment", "name": "APPTAINER_DOCKER"},
}


def said(code: str, **facts: Any) -> str:
    error = SregistryError(code, "the message", **{"reference": REFERENCE, **PLACE, **facts})
    return terminal.render(explain(error), width=None)


@pytest.mark.parametrize("outcome", ["auth-required", "auth-denied"])
def test_a_login_is_needed_where_the_same_request_without_it_was_refused(outcome: str) -> None:
    look = {"anonymous": {"outcome": outcome}}
    assert "Without it acme/tool cannot be pulled either." in said("auth-refused", status=401, second_look=look, **FILE)


@pytest.mark.parametrize("outcome", ["registry-error", "network-timeout", "rate-limit-abuse", "tls-expired"])
def test_another_failure_says_nothing_about_the_need_of_a_login(outcome: str) -> None:
    text = said("auth-refused", status=401, second_look={"anonymous": {"outcome": outcome}}, **FILE)
    assert "without it" not in text.lower()


def test_a_tag_that_is_not_there_is_said_to_be_that() -> None:
    text = said("auth-refused", status=401, second_look={"anonymous": {"outcome": "tag-unknown"}}, **FILE)
    assert "Asked without it, the registry says that there is no acme/tool:1.2." in text


def test_a_login_that_waits_in_a_file_is_mentioned() -> None:
    text = said("auth-refused", status=401, other_logins=["~/.docker/config.json"], **VARIABLES)
    assert "Another login for registry.example.org:5000 is in ~/.docker/config.json" in text
    assert "unset APPTAINER_DOCKER_USERNAME APPTAINER_DOCKER_PASSWORD" in text


def test_not_renewed_is_proven_by_another_clock_only() -> None:
    dates = {"certificate": {"not_after": "2026-11-01T00:00:00Z"}, "local_time": "2026-11-24T09:30:00Z"}
    unproven = said("tls-expired", **dates)
    assert "Probably: The registry's operator has not renewed it." in unproven
    assert "Possibly: This machine's clock says" in unproven
    proven = said("tls-expired", clock_skew=1.0, **dates)
    assert "\n  why      The registry's operator has not renewed it." in proven
    assert "clock" not in proven
    assert "--cacert" not in proven + unproven


def test_the_same_bytes_are_the_same_only_if_they_were_compared() -> None:
    tries = [{"code": "digest-mismatch", "actual": f"sha256:{letter * 64}"} for letter in "aa"]
    assert "2 downloads gave the same bytes" in said("digest-mismatch", attempts=2, tries=tries)
    tries[1]["actual"] = "sha256:" + "b" * 64
    assert "the same bytes" not in said("digest-mismatch", attempts=2, tries=tries)
    assert "the same bytes" not in said("digest-mismatch", attempts=2)
    assert "actual" in _KEPT


def test_a_limit_is_raised_to_what_was_announced_at_least() -> None:
    text = said("layer-too-large", setting="max_unpacked_size", limit=1000, claimed=50_000, path="x")
    assert "export SREGISTRY_MAX_UNPACKED_SIZE=50000" in text


def test_only_platforms_that_can_be_run_are_proposed() -> None:
    text = said("image-no-platform", platform="linux/amd64", platforms=["windows/amd64", "linux/arm64"])
    assert "--platform linux/arm64" in text
    assert "--platform windows/amd64" not in text


def test_openssl_goes_through_the_proxy_that_was_used() -> None:
    url = {"host": "registry.example.org", "url": "https://registry.example.org:5000/v2/"}
    assert "openssl s_client -proxy proxy:3128 -connect registry.example.org:5000" in said(
        "tls-version", proxy="http://proxy:3128", **url
    )
    assert "openssl" not in said("tls-version", proxy="https://proxy:3128", **url)


def test_a_helper_that_is_there_is_not_to_be_installed() -> None:
    trouble = {"helper": "docker-credential-x", "configured_in": "credsStore in ~/.docker/config.json", "message": "m"}
    missing = said("auth-required", login_troubles=[{**trouble, "code": "auth-helper-missing"}], credential_source=None)
    failed = said("auth-required", login_troubles=[{**trouble, "code": "auth-helper-failed"}], credential_source=None)
    assert "Install docker-credential-x" in missing
    assert "Install" not in failed


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("https://registry-1.docker.io/v2/", False),
        ("https://auth.example.org/token?service=x", False),
        ("https://registry.example.org/v2/acme/tool/manifests/1", False),
        ("https://www.docker.com/increase-rate-limit", True),
        ("https://hub.example.org/licence", True),
    ],
)
def test_only_addresses_for_people_are_to_be_opened(link: str, shown: bool) -> None:
    found = registry_said.about({"errors": [{"code": "DENIED", "message": f"please look at {link}.", "detail": None}]})
    assert (link in found.get("links", [])) is shown


def test_no_inodes_is_not_a_lack_of_bytes() -> None:
    text = said("disk-full", path="/srv/a", folder="/srv", errno=28, free=10**10, free_inodes=0, setting="tmpdir")
    assert "df -i /srv" in text
    assert "df -h" not in text


@pytest.mark.parametrize("cached", [True, False])
def test_a_cache_is_pruned_only_if_there_is_something_in_it(cached: bool) -> None:
    text = said("disk-full", path="/srv/c/partial/a", folder="/srv/c", errno=28, setting="cache_dir", cached=cached)
    assert ("cache prune" in text) is cached


def test_no_folder_is_made_where_a_file_is_in_the_way() -> None:
    text = said("disk-no-such-path", path="/srv/a/b/c", in_the_way="/srv/a", errno=20)
    assert "/srv/a is no folder" in text
    assert "mkdir" not in text


def test_no_quota_is_said_where_none_is_named() -> None:
    assert "names no quota" in said("rate-limit-abuse", status=429, credential_source=None)
    named = registry_said.about({"errors": [{"code": "X", "message": "your quota of 5 pulls is used", "detail": None}]})
    assert "names no quota" not in said("rate-limit-abuse", status=429, credential_source=None, **named)


@pytest.mark.parametrize(
    ("source", "command"),
    [
        ("library://lab/tools/x:1", "singularity pull image.sif library://lab/tools/x:1"),
        ("docker-daemon:a/b:1", "docker save -o image.tar a/b:1"),
        ("containers-storage:localhost/a", "skopeo copy containers-storage:localhost/a oci-archive:image.tar"),
        ("s3://bucket/x.sif", "aws s3 cp s3://bucket/x.sif image.sif"),
        ("file:///srv/x.sif", "sregistry add /srv/x.sif"),
    ],
)
def test_what_another_scheme_names_is_fetched_by_its_program(source: str, command: str) -> None:
    with pytest.raises(SregistryError) as caught:
        parse(source)
    assert caught.value.code == "reference-scheme"
    steps = [step.command for step in explain(caught.value).steps]
    assert command in steps


def test_the_page_of_schemes_names_each_of_them() -> None:
    page = (ROOT / "docs/errors/reference-scheme.md").read_text()
    assert [scheme for scheme in (*SCHEMES, *schemes.MEANING) if f"`{scheme}:" not in page] == []


def test_a_scheme_that_nobody_knows_has_no_command() -> None:
    with pytest.raises(SregistryError) as caught:
        parse("nonsense://x")
    assert explain(caught.value).steps == ()


def test_a_login_is_proposed_with_the_options_that_reach_the_registry() -> None:
    of_pull = ["--platform", "linux/arm64", "--output", "x.sif", "--username", "a"]
    options = ["--plain-http", "--authfile", "my.json", *of_pull]
    text = said("auth-required", status=401, credential_source=None, options=options)
    assert "sregistry login --plain-http --authfile my.json registry.example.org:5000" in text


@pytest.mark.parametrize("code", CODES)
def test_the_headline_is_seen_on_a_small_terminal(code: str) -> None:
    found = explain(sample(code))
    lines = terminal.render(found, width=80, height=24).splitlines()
    headline = terminal.render(found, width=80).splitlines()[0]
    assert headline in lines[-23:]


def test_the_headline_is_not_repeated_where_all_is_seen() -> None:
    found = explain(sample("tls-unknown-ca"))
    assert terminal.render(found, width=80, height=60) == terminal.render(found, width=80)


def test_two_probable_causes_are_no_diagnosis() -> None:
    found = explain(sample("tls-unknown-ca"))
    with pytest.raises(ValueError, match="at most one"):
        replace(found, why=(Cause("a", Likelihood.LIKELY), Cause("b", Likelihood.LIKELY)))


def test_a_limit_is_raised_beyond_what_was_announced() -> None:
    text = said("manifest-too-large", limit=4 << 20, actual_size=200_000_000, setting="max_manifest_size")
    assert "SREGISTRY_MAX_MANIFEST_SIZE=268435456" in text
    assert "SREGISTRY_MAX_MANIFEST_SIZE=16777216" in said("manifest-too-large", limit=4 << 20)


def test_requests_for_a_manifest_brought_the_same_only_if_they_were_compared() -> None:
    tries = [{"code": "manifest-truncated", "actual": f"sha256:{letter * 64}"} for letter in "aa"]
    assert "2 requests brought the same bytes" in said("manifest-truncated", attempts=2, tries=tries)
    assert "the same bytes" not in said("manifest-truncated", attempts=2)


@pytest.mark.parametrize(("waited_for", "setting"), [("answer", "TIMEOUT_READ"), ("connection", "TIMEOUT_CONNECT")])
def test_who_wants_to_wait_longer_has_to_raise_both_limits(waited_for: str, setting: str) -> None:
    text = said("network-no-answer", timeout=9.9, setting="patience", waited_for=waited_for)
    assert f"SREGISTRY_{setting}=60s" in text
    assert "SREGISTRY_PATIENCE=2min" in text


def test_a_pause_that_was_made_in_vain_is_not_proposed() -> None:
    made = [{"code": "rate-limit-abuse", "retry_after": 0.5, "paused": 0.5}]
    assert "(try again later;" in said("rate-limit-abuse", status=429, retry_after=0.5, tries=made)
    assert "(try again in 40 s;" in said("rate-limit-abuse", status=429, retry_after=40.0)


def test_helm_is_asked_for_versions_only() -> None:
    assert "helm pull oci://registry.example.org:5000/acme/tool --version 1.2" in said(
        "image-artifact", artifact="helm"
    )
    latest = SregistryError("image-artifact", "x", artifact="helm", reference="docker://ghcr.io/acme/chart:latest")
    assert [step.command for step in explain(latest).steps] == ["oras pull ghcr.io/acme/chart:latest"]


def test_a_list_that_did_not_come_in_time_is_no_failed_connection() -> None:
    text = said("tag-unknown", second_look={"tags": {"outcome": "network-no-answer"}})
    assert "(no answer came in time)" in text


DATES = {
    "certificate": {"not_before": "2024-11-01T00:00:00Z", "not_after": "2026-11-01T00:00:00Z"},
    "local_time": "2026-11-24T09:30:00Z",
}


def test_a_clock_that_is_off_by_less_is_not_the_cause_of_an_expired_certificate() -> None:
    text = said("tls-expired", clock_skew=3600.0, **DATES)
    assert "The registry's operator has not renewed it." in text
    assert "date -u" not in text
    assert "set it right first" in said("tls-expired", clock_skew=40 * 86400.0, **DATES)


def test_a_certificate_of_tomorrow_by_both_clocks_is_the_registrys() -> None:
    early = {**DATES, "local_time": "2024-10-01T00:00:00Z"}
    assert "By the registry's own clock, too, it begins only later" in said(
        "tls-not-yet-valid", clock_skew=1.0, **early
    )
    behind = said("tls-not-yet-valid", clock_skew=-40 * 86400.0, **early)
    assert "behind the registry's: set it right first" in behind
    assert "Probably: This machine's clock is behind" in said("tls-not-yet-valid", **early)


def test_sizes_that_are_equal_are_no_evidence() -> None:
    assert "expected 10 bytes" not in said("digest-mismatch", expected_size=10, actual_size=10, url="https://x/y")


def test_a_copy_has_no_output_file() -> None:
    text = said("disk-full", path="/srv/l", folder="/srv/l", errno=28, repeat=["copy", REFERENCE, "oci:/srv/l"])
    assert "--output" not in text
    assert "Copy into a folder with more space." in text


def test_what_may_not_be_read_is_not_said_to_be_written() -> None:
    text = said("disk-permission", path="/srv/a.tar", folder="/srv", action="read", errno=13)
    assert "You may not read /srv/a.tar" in text
    assert "write" not in text
    assert "namei -l /srv/a.tar" in text


@pytest.mark.parametrize(("scheme", "word"), [("oci", "adds to"), ("dir", "replaces its image")])
def test_what_is_in_the_way_of_a_copy_is_not_said_to_be_read(scheme: str, word: str) -> None:
    copied = {"reference": "oci-archive:x", "repeat": ["copy", "oci:./a", "oci-archive:x"], "scheme": "oci-archive"}
    text = said("layout-other", **copied, layout="x", suggestion=f"{scheme}:./x", looks_like="a folder")
    assert f"sregistry copy oci:./a {scheme}:./x   ({word}" in text
    assert "Copy to a path where nothing is" in said("layout-other", **copied, layout="x", looks_like="a folder")


def test_a_manifest_that_is_refused_is_not_said_to_be_at_a_place_that_is_read_only() -> None:
    errors = [{"code": "MANIFEST_INVALID", "message": "manifest invalid", "detail": None}]
    text = said("registry-upload-refused", status=400, errors=errors, media_type="a/b+json")
    assert "does not take the manifest" in text
    assert "It does not know the type a/b+json." in text
    assert "read-only" not in text


@pytest.mark.parametrize(("url", "certain"), [("http://here.test/v2/", False), ("https://here.test/v2/", True)])
def test_a_gateway_error_over_plain_http_may_be_the_proxys(url: str, certain: bool) -> None:
    text = said("registry-unavailable", status=502, url=url, proxy="http://proxy.test:3128")
    assert ("The fault is on the registry's side" in text) == certain
    assert ("either may have answered" in text) != certain


@pytest.mark.parametrize(
    ("path", "advice"), [("~/a.tar", "Write $HOME in the place of ~."), ("-", "oci-archive:/dev/stdin")]
)
def test_paths_that_a_shell_or_another_program_would_understand(path: str, advice: str) -> None:
    assert advice in said("layout-no-such-path", reference=f"oci-archive:{path}", layout=path, scheme="oci-archive")


@pytest.mark.parametrize("urls", [["https://elsewhere.example/layer"], []])
def test_a_registry_that_takes_no_layers_kept_elsewhere_is_not_at_fault(urls: list[str]) -> None:
    errors = [{"code": "MANIFEST_BLOB_UNKNOWN", "message": "blob unknown to registry", "detail": None}]
    text = said("registry-error", status=500, errors=errors, urls=urls, repeat=["copy", REFERENCE, REFERENCE])
    assert ("elsewhere.example" in text, "The fault is on the registry's side" in text) == (bool(urls), not urls)

"""Where the facts of a code decide between explanations: each variant that no sick registry provokes."""

from __future__ import annotations

import errno
from typing import Any

from sregistry.diagnosis import explain
from sregistry.diagnosis.render import terminal
from sregistry.errors import SregistryError

REFERENCE = "docker://registry.example.org:5000/acme/tool:1.2"


def said(code: str, **facts: Any) -> str:
    return terminal.render(explain(SregistryError(code, "the message", reference=REFERENCE, **facts)), width=None)


def test_an_artifact_is_fetched_by_what_can_in_the_way_that_was_asked_for() -> None:
    text = said("image-artifact", artifact="sif", options=["--plain-http"])
    assert "sregistry pull --plain-http oras://registry.example.org:5000/acme/tool:1.2" in text
    assert "sregistry pull --plain-http docker://" not in text
    assert "oras pull --plain-http registry" in said("image-artifact", artifact="wasm", options=["--plain-http"])
    assert "oras pull registry" in said("image-artifact", artifact="wasm")


def test_an_alert_proves_that_tls_is_spoken() -> None:
    text = said("tls-handshake", host="registry.example.org:5000", alert="handshake failure")
    assert "refuses the TLS handshake: handshake failure" in text
    assert "does not speak TLS" not in text
    assert "client certificate" in text


def test_a_file_beyond_the_limit_of_the_shell() -> None:
    text = said("disk-failed", path="/scratch/a.pack", errno=errno.EFBIG, setting="cache_dir")
    assert "would become larger than files may be" in text
    assert "ulimit -f" in text


def test_a_variable_that_names_no_file() -> None:
    text = said("tls-ca-file", file="/nope.pem", variable="SSL_CERT_FILE", errno=errno.ENOENT)
    assert "SSL_CERT_FILE names a file that does not exist: /nope.pem" in text
    assert "unset SSL_CERT_FILE" in text
    assert "openssl x509" not in text


def test_an_option_that_names_no_file() -> None:
    text = said("tls-ca-file", file="/nope.pem", errno=errno.ENOENT, cause="[Errno 2] No such file or directory")
    assert "There is no file of CA certificates /nope.pem" in text
    assert "Errno" not in text
    assert "openssl" not in text


def test_a_platform_that_there_is_not() -> None:
    for code in ("image-other-platform", "image-no-platform"):
        text = said(code, platform="linux/amd46", platforms=["linux/arm64"])
        assert "Probably: linux/amd46 is misspelt: linux/amd64 is a platform." in text
        assert "misspelt" not in said(code, platform="linux/amd64", platforms=["linux/arm64"])


def test_a_proxy_that_takes_no_password() -> None:
    text = said("network-proxy-auth", proxy="http://proxy:3128", proxy_source="https_proxy", proxy_offers="NTLM")
    assert "a kind that is not supported: NTLM" in text
    assert "cntlm" in text
    assert "USER:PASSWORD" not in text


def test_protection_against_haste_behind_a_mirror_is_not_lifted_by_a_login() -> None:
    text = said("rate-limit-abuse", status=429, about=["hub-haste"], credential_source=None)
    assert "sregistry login" not in text
    assert "limit on speed" in text


def test_a_name_that_nobody_has_typed_is_not_called_misspelt() -> None:
    text = said("network-dns", host="cdn.example.net", redirects=["cdn.example.net"], url="https://cdn.example.net/l")
    assert "spelling" not in text
    assert "No proxy is set" in text
    assert "login node" in text
    assert "spelling" in said("network-dns", host="registry.example.org:5000")


def test_space_that_does_not_suffice_is_compared_in_one_unit() -> None:
    text = said("disk-full", path="/scratch", folder="/scratch", free=73_700_000_000, needed=10**13)
    assert "not enough space in /scratch: 73.7 GB free, 10,000.0 GB needed" in text
    assert "full;" not in text


def test_why_tags_could_not_be_listed_is_said_in_words() -> None:
    text = said("tag-unknown", second_look={"tags": {"outcome": "auth-unsupported"}})
    assert "could not be listed (a login is asked for)" in text


def test_a_command_has_no_hidden_parts() -> None:
    url = "https://portal.example.net/login?url=***"
    text = said("registry-web-page", status=200, page_title="Hotel", redirects=["portal.example.net"], url=url)
    assert "curl -sSi https://portal.example.net/login |" in text


PROXY = {"proxy": "http://proxy:3128", "proxy_source": "https_proxy", "proxy_host": "proxy", "proxy_port": 3128}


def test_a_proxy_that_opens_no_tunnel_is_not_taken_for_the_registry() -> None:
    text = said(
        "network-proxy-timeout",
        host="registry.example.org:5000",
        waited_for="tunnel",
        peer="proxy",
        timeout=6.0,
        **PROXY,
    )
    assert "proxy:3128 accepted the connection and did not connect to registry.example.org:5000 within 6 s" in text
    assert "another network" not in text


def test_whether_a_proxy_has_reached_the_registry_is_not_known() -> None:
    text = said("network-no-answer", host="registry.example.org:5000", waited_for="answer", peer="proxy", **PROXY)
    assert "No answer of registry.example.org:5000 came through the proxy" in text
    assert "accepted the connection" not in text


def test_pauses_are_said_to_have_been_of_no_help_only_where_they_were_made() -> None:
    long = {"code": "rate-limit-abuse", "retry_after": 3600.0, "seconds": 0.1}
    busy = {"code": "registry-unavailable", "status": 503, "seconds": 0.1, "paused": 0.4}
    text = said("rate-limit-abuse", status=429, retry_after=3600.0, attempts=2, tries=[busy, long], longest_pause=10.0)
    assert "It asks to wait 60 min, which is longer than the 10 s that are waited for" in text
    assert "help" not in text
    short = {"code": "rate-limit-abuse", "retry_after": 1.0, "seconds": 0.1, "paused": 1.0}
    text = said("rate-limit-abuse", status=429, retry_after=1.0, attempts=3, tries=[short, short], longest_pause=10.0)
    assert "2 s of such pauses did not help" in text


def test_a_stopped_process_that_holds_a_lock_can_be_let_go_on() -> None:
    holder = {"machine": "node-f0000000", "pid": 77, "purpose": "a layer", "since": 0.0, "stopped": True}
    text = said("lock-timeout", purpose="converting a layer", holder=holder, elapsed=600.0)
    assert "kill -CONT 77" in text
    text = said(
        "store-database-locked", database="/d/sregistry.db", holder={"pid": 77, "command": "python3"}, elapsed=60.0
    )
    assert "Process 77 (python3) holds it" in text
    assert "SREGISTRY_DATABASE_TIMEOUT" in text

"""Names are read exactly as Docker reads them, and refused with the place and a correction."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sregistry.digests import Digest
from sregistry.references import SCHEMES, InvalidReference, RegistryReference, parse, split_scheme

HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("ubuntu", "docker.io/library/ubuntu:latest"),
        ("docker://ubuntu", "docker.io/library/ubuntu:latest"),
        ("DOCKER://ubuntu:22.04", "docker.io/library/ubuntu:22.04"),
        ("  docker://ubuntu\n", "docker.io/library/ubuntu:latest"),
        ("docker.io/ubuntu", "docker.io/library/ubuntu:latest"),
        ("registry-1.docker.io/library/ubuntu", "docker.io/library/ubuntu:latest"),
        ("index.docker.io:443/biocontainers/blast", "docker.io/biocontainers/blast:latest"),
        ("registry.hub.docker.com/library/debian", "docker.io/library/debian:latest"),
        ("biocontainers/blast:2.2.31", "docker.io/biocontainers/blast:2.2.31"),
        ("GHCR.io/acme/tool:V1", "ghcr.io/acme/tool:V1"),
        ("localhost/tool", "localhost/tool:latest"),
        ("localhost:5000/tool", "localhost:5000/tool:latest"),
        ("localhost:5000", "docker.io/library/localhost:5000"),
        ("[::1]:5000/tool", "[::1]:5000/tool:latest"),
        ("MyHost:443/tool", "myhost:443/tool:latest"),
        ("gcr.io/a/b/c/d_e/f__g/h---i/j.k:_x.Y-9", "gcr.io/a/b/c/d_e/f__g/h---i/j.k:_x.Y-9"),
        (f"ubuntu@sha256:{HEX}", f"docker.io/library/ubuntu@sha256:{HEX}"),
        (f"ghcr.io/a/b:1.0@sha256:{HEX}", f"ghcr.io/a/b:1.0@sha256:{HEX}"),
        ("a_b/c", "docker.io/a_b/c:latest"),
    ],
)
def test_reads_names_as_docker_does(text: str, canonical: str) -> None:
    assert str(parse(text)) == canonical


def test_the_digest_wins_and_the_tag_is_kept() -> None:
    reference = parse(f"ubuntu:22.04@sha256:{HEX}")
    assert (reference.identifier, reference.tag) == (f"sha256:{HEX}", "22.04")


def test_the_scheme_is_kept() -> None:
    reference = parse("oras://ghcr.io/a/b:1", schemes=("docker", "oras"))
    assert (reference.scheme, reference.uri) == ("oras", "oras://ghcr.io/a/b:1")


@pytest.mark.parametrize(
    "text",
    [
        "library://lab/tool", "s3://bucket/tool.sif", "file:///tool.sif",
        "docker-daemon:tool:1",
        "containers-storage:tool", "localhost://tool", "podman://tool",
    ],
)  # fmt: skip
def test_a_scheme_that_nothing_here_serves_is_never_read_as_another(text: str) -> None:
    with pytest.raises(InvalidReference) as caught:
        parse(text)
    assert caught.value.code == "reference-scheme"
    assert caught.value.facts["known"] == sorted(SCHEMES)


def test_a_name_without_registry_is_at_the_default_one() -> None:
    assert str(parse("tool", default_registry="Registry.example:5000")) == "registry.example:5000/tool:latest"
    assert str(parse("ghcr.io/a/b", default_registry="registry.example")) == "ghcr.io/a/b:latest"
    assert str(parse("ubuntu", default_registry="index.docker.io")) == "docker.io/library/ubuntu:latest"
    with pytest.raises(InvalidReference) as caught:
        parse("tool", default_registry="https://x")
    assert caught.value.code in ("name-host", "name-port")


def test_the_source_is_kept_but_does_not_count() -> None:
    assert parse("ubuntu").source == "ubuntu"
    assert parse("ubuntu") == parse("docker.io/library/ubuntu:latest")


@pytest.mark.parametrize(
    ("text", "code", "pointed_at", "suggestion"),
    [
        ("", "reference-empty", "", None),
        ("docker://", "reference-empty", "", None),
        ("shub://a/b", "reference-scheme", "shub", None),
        ("docker-daemon:ubuntu:22.04", "reference-scheme", "docker-daemon", None),
        ("docker://http://localhost:5000/x", "reference-scheme-inside", "http://", "docker://localhost:5000/x"),
        ("http://localhost:5000/x", "reference-scheme-inside", "http://", "docker://localhost:5000/x"),
        ("docker://docker://ubuntu", "reference-scheme-inside", "docker://", "docker://ubuntu"),
        ("docker:/ubuntu", "reference-slashes", "docker:/", "docker://ubuntu"),
        ("docker:///ubuntu", "reference-slashes", "/", "docker://ubuntu"),
        ("docker://nvcr.io#nvidia/pytorch:1", "reference-hash", "#", "docker://nvcr.io/nvidia/pytorch:1"),
        ("ubuntu:$TAG", "reference-placeholder", "$", None),
        ("<image>", "reference-placeholder", "<", None),
        ("“ubuntu”", "reference-character", "“", "docker://ubuntu"),
        ("ghcr.io/a–b/c", "reference-character", "–", "docker://ghcr.io/a-b/c"),
        ("a b", "reference-character", " ", None),
        ("quay.io/a/b?tab=tags", "reference-character", "?", "docker://quay.io/a/b"),
        ("MiModD", "name-uppercase", "MiModD", "docker://mimodd"),
        ("docker://Ubuntu:20.A", "name-uppercase", "U", "docker://ubuntu:20.A"),
        ("ghcr.io/MyOrg/tool:V1", "name-uppercase", "MyO", "docker://ghcr.io/myorg/tool:V1"),
        ("MyOrg/tool", "name-uppercase", "MyO", "docker://myorg/tool"),
        ("ubuntu:", "reference-tag", ":", "docker://ubuntu"),
        ("ubuntu:-1", "reference-tag", "-1", None),
        ("ubuntu:24:04", "reference-tag", "24:04", "docker://ubuntu:24.04"),
        ("ubuntu:1.0+g12", "reference-tag", "1.0+g12", "docker://ubuntu:1.0_g12"),
        ("ubuntu:" + "1" * 129, "reference-tag", "1" * 129, None),
        ("ubuntu@", "reference-digest", "@", "docker://ubuntu"),
        ("ubuntu@latest", "reference-digest", "latest", None),
        ("ubuntu@sha256:123", "reference-digest", "sha256:123", None),
        (f"ubuntu@md5:{HEX[:32]}", "reference-digest", f"md5:{HEX[:32]}", None),
        (f"ubuntu@{HEX}", "reference-digest", HEX, f"docker://ubuntu@sha256:{HEX}"),
        (f"ubuntu@SHA256:{HEX.upper()}", "reference-digest", f"SHA256:{HEX.upper()}", f"docker://ubuntu@sha256:{HEX}"),
        (f"ubuntu:sha256:{HEX}", "reference-digest", ":", f"docker://ubuntu@sha256:{HEX}"),
        (f"a/b@sha256:{HEX}:1", "reference-digest", f"sha256:{HEX}:1", f"docker://a/b:1@sha256:{HEX}"),
        ("my_host:5000/x", "name-host", "my_host", None),
        ("ghcr.io./x", "name-host", "ghcr.io.", "docker://ghcr.io/x"),
        ("[::1/x", "name-host", "[::1", None),
        ("[::g]:5000/x", "name-host", "[::g]", None),
        ("host:99999/x", "name-port", ":99999", None),
        ("host:" + "9" * 5000 + "/x", "name-port", ":" + "9" * 5000, None),
        ("host:/x", "name-port", ":", "docker://host/x"),
        ("ghcr.io/a/b/", "name-slashes", "/", "docker://ghcr.io/a/b"),
        ("ghcr.io//a", "name-slashes", "/", "docker://ghcr.io/a"),
        ("ghcr.io/", "name-missing", "ghcr.io/", None),
        ("ghcr.io/-a", "name-component", "-a", "docker://ghcr.io/a"),
        ("a/b..c", "name-component", "b..c", None),
        (HEX, "name-is-id", HEX, None),
        ("ghcr.io/" + "a" * 256, "name-too-long", "ghcr.io/" + "a" * 256, None),
    ],
)
def test_refuses_with_code_place_and_correction(text: str, code: str, pointed_at: str, suggestion: str | None) -> None:
    with pytest.raises(InvalidReference) as caught:
        parse(text)
    facts = caught.value.facts
    start, end = facts["span"]
    assert (caught.value.code, facts["source"][start:end]) == (code, pointed_at)
    assert facts.get("suggestion") == suggestion


def test_a_repository_with_capitals_says_which_letters() -> None:
    with pytest.raises(InvalidReference) as caught:
        parse("ghcr.io/MyOrg/Tool")
    assert "(M, O, T)" in caught.value.message


def test_a_plain_http_address_names_the_switch() -> None:
    with pytest.raises(InvalidReference) as caught:
        parse("docker://http://localhost:5000/x")
    assert caught.value.facts["setting"] == "plain_http"


def test_an_unknown_scheme_lists_the_known_ones() -> None:
    with pytest.raises(InvalidReference) as caught:
        parse("dockr://ubuntu", schemes=("docker", "oras", "library"))
    assert caught.value.facts["known"] == ["docker", "library", "oras"]
    assert "library://" in caught.value.message


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("user:canary@ghcr.io/a/b:1", "ghcr.io/a/b:1"),
        ("docker://user:canary@ghcr.io/a/b", "docker://ghcr.io/a/b"),
        ("https://user:can/ary@ghcr.io/a/b", "https://ghcr.io/a/b"),
        ("docker://https://user:canary@ghcr.io/a/b", "docker://https://ghcr.io/a/b"),
        (f"user:canary@host:5000/a@sha256:{HEX}", f"host:5000/a@sha256:{HEX}"),
        ("user:canary@ghcr.io", "ghcr.io"),
        ("docker://$oauthtoken@nvcr.io#nvidia/pytorch", "docker://nvcr.io/nvidia/pytorch"),
    ],
)
def test_credentials_in_a_reference_are_refused_and_never_repeated(text: str, suggestion: str) -> None:
    with pytest.raises(InvalidReference) as caught:
        parse(text)
    assert caught.value.code == "reference-credentials"
    assert caught.value.facts.get("suggestion") == suggestion
    assert "canary" not in str(caught.value) + repr(caught.value.facts).replace("can/ary", "canary")


def test_a_secret_is_hidden_even_where_a_digest_was_meant() -> None:
    with pytest.raises(InvalidReference) as caught:
        parse("user:canary@localhost")
    assert caught.value.code == "reference-digest"
    assert "canary" not in repr(caught.value.facts)


def test_query_values_are_hidden_in_messages() -> None:
    with pytest.raises(InvalidReference) as caught:
        parse("quay.io/a/b?token=canary")
    assert "canary" not in repr(caught.value.facts)


def test_splits_the_scheme() -> None:
    assert split_scheme("Library://a/b") == ("library", "a/b")
    assert split_scheme("a/b:1") == (None, "a/b:1")


HOSTS = st.one_of(
    st.sampled_from(["docker.io", "localhost", "localhost:5000", "[::1]:5000", "ghcr.io", "MyHost:443", "a-b.c:1"]),
    st.from_regex(r"[a-z0-9]{1,8}\.[a-z]{2,4}(:[1-9][0-9]{0,3})?", fullmatch=True),
)
PATHS = st.from_regex(r"[a-z0-9]{1,6}((\.|_|__|-{1,3})[a-z0-9]{1,4})?(/[a-z0-9]{1,6}){0,3}", fullmatch=True)
TAGS = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", fullmatch=True)


@settings(deadline=5000)
@given(st.sampled_from(["docker", "oras"]), HOSTS, PATHS, st.none() | TAGS, st.none() | st.just(Digest("sha256", HEX)))
def test_law_reading_what_was_written(
    scheme: str, host: str, path: str, tag: str | None, digest: Digest | None
) -> None:
    text = f"{scheme}://{host}/{path}" + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
    reference = parse(text, schemes=("docker", "oras"))
    assert isinstance(reference, RegistryReference)
    assert parse(reference.uri, schemes=("docker", "oras")) == reference
    if scheme == "docker":
        assert parse(str(reference)) == reference
        assert hash(parse(str(reference))) == hash(reference)


PIECES = st.sampled_from(
    ["docker://", "oras://", "http://", "https://", "docker.io", "ghcr.io", "hub.docker.com", "github.com", "quay.io",
     "localhost", ":5000", "/", "//", "a", "B", "library", "ubuntu", ":", "@", "sha256:", HEX, "[::1]", "[", "]", "#",
     "?tag=", "&", "%2F", "..", "-", "_", " ", "\n", "$X", "r", "repository", "v2", "manifests", "packages", "orgs",
     "container", "gitlab.com", "container_registry", "nvcr.io", "é", "\ud800", "\x00", "user:pass@", "oci:", "dir:",
     "oci-archive:", "docker-archive:", "oci://", "./", "/srv/x", ".tar", "@0", ".sif", "?sig=", "#sha256=", "#sif"]
)  # fmt: skip


@settings(max_examples=400, deadline=5000)
@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=9).map("".join)))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        reference = parse(text)
    except InvalidReference as refused:
        facts = refused.facts
    else:
        assert parse(reference.uri) == reference
        assert parse(str(reference)) == reference
        return
    start, end = facts.get("span", (0, 0))
    assert 0 <= start <= end <= len(facts["source"])
    if "suggestion" in facts:
        parse(facts["suggestion"])


@pytest.mark.parametrize("text", ["a" * 10**6, "a-" * 10**5, ":" * 10**5, "@" * 10**5, "x://" * 10**5, "[" * 10**5])
def test_long_text_is_answered_quickly(text: str) -> None:
    with pytest.raises(InvalidReference):
        parse(text)

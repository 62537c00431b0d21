"""``https://`` and ``http://`` keep the contract of all endpoints, at busybox's httpd."""

from __future__ import annotations

import gzip
import signal
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from sregistry.cli.progress import size_text
from sregistry.digests import Digest
from sregistry.endpoints.base import OneFile
from sregistry.endpoints.web import Web, _hinting
from sregistry.errors import SregistryError
from sregistry.operations.context import Context
from sregistry.operations.get import get, get_or_pull
from sregistry.operations.progress import Silent
from sregistry.operations.pull import pull
from sregistry.operations.rm import find as rm_find
from sregistry.operations.rm import irreplaceable, rm
from sregistry.references import WebReference, parse, sources
from sregistry.settings import load
from sregistry.testing.images import make_tar
from tests.cli.terminal import on_terminal
from tests.endpoints.suite import LARGE, PLATFORM, USER, WRONG, EndpointSuite, LinePlace, Place, make_sif, text_in
from tests.registry.scripted import Request, Server
from tests.support.apptainer import Apptainer
from tests.support.fileserver import CLOSED, FileServer, file_server
from tests.support.line import Line
from tests.support.pulling import User
from tests.support.registry import Certificates


class FilePlace(LinePlace):
    """SIF files on a plain file server."""

    scheme = "http"
    login = (USER, WRONG)

    def __init__(self, server: FileServer, line: Line, folder: Path) -> None:
        self.server = server
        self.line = line
        self.secrets = {"password": WRONG}
        self._made = folder / "made.sif"

    def put(self, name: str, text: str, size: int = 0) -> str:
        self.server.put(f"{name}.sif", make_sif(self._made, text, size))
        return f"http://{self.line.address}/{name}.sif"

    def absent(self) -> str:
        return f"http://{self.line.address}/absent.sif"

    def refused(self) -> str:
        return self.server.put(f"{CLOSED}/tool.sif", b"")

    def spoil(self, reference: str) -> None:
        path = self.server.root / reference.rpartition("/")[2]
        data = bytearray(path.read_bytes())
        data[33] ^= 1
        path.write_bytes(data)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileServer]:
    with file_server(tmp_path_factory.mktemp("web")) as running:
        yield running


@pytest.fixture
def web_line(server: FileServer) -> Iterator[Line]:
    with Line(server.address) as opened:
        yield opened


class TestHttp(EndpointSuite):
    @pytest.fixture
    def place(self, server: FileServer, web_line: Line, tmp_path: Path) -> Place:
        return FilePlace(server, web_line, tmp_path)


class Heard(Silent):
    """What is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def step(self, text: str) -> None:
        self.said.append(text)

    def warning(self, text: str) -> None:
        self.said.append(text)

    def waiting(self, reason: str, seconds: float) -> None:
        self.said.append(reason)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def context(tmp_path: Path, heard: Heard) -> Context:
    """Somebody with an empty home."""
    environ = {"HOME": str(tmp_path / "home")}
    return Context(load(environ, command_line={"platform": PLATFORM}), environ, progress=heard)


def fails(code: str, action: Callable[[], object]) -> SregistryError:
    with pytest.raises(SregistryError) as caught:
        action()
    assert caught.value.code == code, f"{caught.value} {caught.value.facts}"
    return caught.value


# -- what is in place of a SIF file --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b"<!DOCTYPE html><html><title>Welcome &amp; sign in</title>", "web-page", "web page"),
        (b"", "web-not-sif", "empty"),
        (b"hsqs" + bytes(5000), "web-not-sif", "a bare squashfs image"),
        (make_tar("x"), "web-not-sif", "a tar archive"),
        (gzip.compress(make_tar("x")), "web-not-sif", "compressed with gzip"),
        (b'{"message": "the token is not valid"}', "web-not-sif", "a text"),
        (b"version https://git-lfs.github.com/spec/v1\n", "web-not-sif", "a pointer of Git LFS"),
    ],
)
def test_what_is_no_sif_file_is_said_to_be_so(
    server: FileServer, context: Context, tmp_path: Path, data: bytes, code: str, said: str
) -> None:
    address = server.put("no.sif", data)
    error = fails(code, lambda: pull(context, address, output=tmp_path / "x.sif"))
    assert said in error.message
    assert not (tmp_path / "x.sif").exists()
    if code == "web-page":
        assert error.facts["page_title"] == "Welcome & sign in"
    if data.startswith(b"{"):
        assert error.facts["errors"][0]["message"] == "the token is not valid"


def test_only_the_beginning_of_what_is_no_sif_file_is_fetched(
    server: FileServer, context: Context, web_line: Line, tmp_path: Path
) -> None:
    server.put("large.sif", b"hsqs" + bytes(20 << 20))
    fails("web-not-sif", lambda: pull(context, f"http://{web_line.address}/large.sif", output=tmp_path / "x.sif"))
    assert web_line.carried < 1 << 20


def test_a_file_that_was_packed_on_the_way_is_none(context: Context, tmp_path: Path) -> None:
    data = make_sif(tmp_path / "made.sif", "packed").read_bytes()

    def script(request: Request) -> bool:
        return request.reply(200, gzip.compress(data), Content_Encoding="gzip")

    with Server(script) as server:
        error = fails("web-not-sif", lambda: pull(context, f"{server.url}/x.sif", output=tmp_path / "x.sif"))
    assert (error.facts["looks_like"], error.facts["content_encoding"]) == ("sif", "gzip")


# -- which file it is ----------------------------------------------------------------------------------


def test_a_digest_is_verified(server: FileServer, context: Context, tmp_path: Path) -> None:
    sif = make_sif(tmp_path / "made.sif", "pinned")
    address, digest = server.put("pinned.sif", sif), Digest.of(sif.read_bytes())
    done = pull(context, f"{address}#sha256={digest.hex}")
    assert (done.file_digest, done.manifest_digest) == (digest, digest)
    assert pull(context, f"{address}#sha256={digest.hex}").unchanged
    error = fails("digest-mismatch", lambda: pull(context, f"{address}#sha256={'0' * 64}"))
    assert (error.facts["what"], error.facts["actual"]) == ("file", str(digest))


def test_a_version_can_be_asked_for_and_no_other_is_taken(server: FileServer, context: Context, tmp_path: Path) -> None:
    address = server.put("again.sif", make_sif(tmp_path / "made.sif", "first"))
    done = pull(context, address)
    assert done.manifest_digest is not None
    assert done.manifest_digest.algorithm == "etag"
    done.path.unlink()
    assert text_in(get_or_pull(context, str(done.manifest_digest))) == "first"
    server.put("again.sif", make_sif(tmp_path / "made.sif", "second"))
    next(path for path in done.path.parent.iterdir()).unlink()
    fails("web-changed", lambda: get_or_pull(context, str(done.manifest_digest)))


def test_what_changes_while_it_is_fetched_is_fetched_from_its_beginning(
    server: FileServer, context: Context, heard: Heard, web_line: Line, tmp_path: Path
) -> None:
    address = f"http://{web_line.address}/changing.sif"
    server.put("changing.sif", make_sif(tmp_path / "made.sif", "first", LARGE))
    second = make_sif(tmp_path / "second.sif", "second", LARGE)

    class Changing(Heard):
        def waiting(self, reason: str, seconds: float) -> None:
            server.put("changing.sif", second)

    web_line.cut(1 << 20)
    changing = Changing()
    done = pull(replace(context, progress=changing), address, output=tmp_path / "x.sif")
    assert text_in(done.path) == "second"
    assert any("another one now" in text for text in changing.said)


# -- a pull that was killed ----------------------------------------------------------------------------


def wait_for(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_pull_that_was_killed_is_gone_on_with(server: FileServer, tmp_path: Path) -> None:
    data = make_sif(tmp_path / "made.sif", "killed", LARGE).read_bytes()
    half = len(data) // 2
    asked: list[str] = []

    def script(request: Request) -> bool:
        """All but the first request for the whole get what they want; that one stops after a half."""
        start, _, end = request.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
        body = data[int(start) : int(end) + 1 if end else None]
        shown = f"bytes {start}-{int(start) + len(body) - 1}/{len(data)}"
        asked.append(start if not end else "head")
        fields = {"Content-Length": len(body), "ETag": '"1"', "Content-Range": shown}
        request.head(206, dict(fields))
        if not end and asked.count("0") == 1 and len(asked) == 2:
            request.write(body[:half])
            return request.wait()
        request.write(body)
        return True

    user = User(tmp_path / "home")
    with Server(script) as web:
        process = user.start("pull", "--output", "x.sif", f"{web.url}/killed.sif")
        begun = user.cache / "downloads"
        wait_for(lambda: begun.is_dir() and any(path.stat().st_size >= half - (1 << 20) for path in begun.iterdir()))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        (kept,) = begun.iterdir()
        came = kept.stat().st_size
        assert came > 0
        done = user.sregistry("pull", "--output", "x.sif", f"{web.url}/killed.sif")
    assert done.returncode == 0, done.stderr.decode()
    assert (user.home / "x.sif").read_bytes() == data
    assert asked[2:] == ["head", str(came)]
    assert f"going on after {came:,} bytes" in done.stderr.decode()
    assert list(begun.iterdir()) == []


@pytest.mark.parametrize(("fields", "kept"), [({"ETag": '"1"'}, True), ({}, False)])
def test_only_what_is_kept_is_said_to_be(fields: dict[str, str], kept: bool, tmp_path: Path) -> None:
    data = make_sif(tmp_path / "made.sif", "cut", LARGE).read_bytes()

    def script(request: Request) -> bool:
        """Every answer breaks off at the same place."""
        start, _, _ = request.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
        first = int(start)
        shown = {"Content-Range": f"bytes {first}-{len(data) - 1}/{len(data)}"}
        request.head(206, {"Content-Length": len(data) - first, **shown, **fields})
        request.write(data[first : len(data) // 2])
        return True

    user = User(tmp_path / "home", {"SREGISTRY_RETRIES": "1"})
    with Server(script) as web:
        done = user.sregistry("pull", "--output", "x.sif", f"{web.url}/cut.sif")
    said = done.stderr.decode()
    assert (done.returncode, "what has come is kept" in said) == (4, kept), said
    begun = user.cache / "downloads"
    assert bool(begun.is_dir() and list(begun.iterdir())) is kept
    assert "layer" not in said


def test_what_was_put_there_in_part_is_said_to_be(server: FileServer, tmp_path: Path) -> None:
    data = make_sif(tmp_path / "made.sif", "half").read_bytes()
    user = User(tmp_path / "home")
    done = user.sregistry("pull", "--output", "x.sif", server.put("half.sif", data[: len(data) // 2]))
    said = done.stderr.decode()
    assert (done.returncode, "--force" in said, "No more of it is there" in said) == (9, False, True)


def test_a_login_in_an_address_is_not_proposed_for_a_registry(tmp_path: Path) -> None:
    done = User(tmp_path / "home").sregistry("pull", "https://ada:correct@files.example.org/tool.sif")
    said = done.stderr.decode()
    assert "curl -fL --netrc -o image.sif https://files.example.org/tool.sif" in said
    assert "sregistry login" not in said
    assert "correct" not in said


def test_a_digest_of_another_file_is_called_so(server: FileServer, tmp_path: Path) -> None:
    address = server.put("other.sif", make_sif(tmp_path / "made.sif", "other"))
    user = User(tmp_path / "home")
    done = user.sregistry("pull", "--output", "x.sif", f"{address}#sha256={'0' * 64}")
    said = done.stderr.decode()
    assert done.returncode == 9
    assert "has another digest than the one that is asked for" in said
    assert "corrupt" not in said
    assert f"sregistry pull --output x.sif {address} " in said
    assert not (user.home / "x.sif").exists()


def test_the_words_are_those_of_one_file(server: FileServer, tmp_path: Path) -> None:
    address = server.put("words.sif", make_sif(tmp_path / "made.sif", "words"))
    user = User(tmp_path / "home")
    size = size_text((tmp_path / "made.sif").stat().st_size)
    lines = user.sregistry("pull", "--output", "x.sif", address).stderr.decode().splitlines()
    assert lines[0] == f"fetching {size}"
    assert len(lines) == 2
    assert lines[1].endswith(f"; {size} fetched")
    drawn = "\n".join(on_terminal(user, "pull", "--force", "--output", "x.sif", address, columns=100))
    assert "fetching" in drawn
    assert "layer" not in drawn
    assert "assembling" not in drawn
    page = user.sregistry("inspect", address).stdout.decode()
    assert f"\nsize     {size}\n" in page
    assert "\nversion  etag:" in page


def test_listeners_that_know_of_layers_alone_hear_of_one(server: FileServer, context: Context, tmp_path: Path) -> None:
    class Layers(Silent):
        def layers(self, total: int, cached: int, size: int) -> None:
            told.append((total, cached, size))

    told: list[tuple[int, int, int]] = []
    made = make_sif(tmp_path / "made.sif", "layers")
    done = pull(context.adjusted(), server.put("l.sif", made), output=tmp_path / "x.sif")
    assert done.facts()["bytes_from_network"] == made.stat().st_size
    listening = replace(context, progress=Layers())
    pull(listening, server.url("l.sif"), output=tmp_path / "y.sif")
    assert told == [(1, 0, made.stat().st_size)]


def test_nothing_is_kept_where_no_cache_is_wanted(
    server: FileServer, context: Context, web_line: Line, tmp_path: Path
) -> None:
    server.put("uncached.sif", make_sif(tmp_path / "made.sif", "uncached", LARGE))
    done = pull(context.adjusted(use_cache=False), f"http://{web_line.address}/uncached.sif", output=tmp_path / "x.sif")
    assert text_in(done.path) == "uncached"
    assert not (context.settings.cache_dir / "downloads").exists()


# -- secrets -------------------------------------------------------------------------------------------


def test_a_signature_fetches_and_is_written_nowhere(
    server: FileServer, context: Context, heard: Heard, tmp_path: Path
) -> None:
    address = server.put("signed.sif", make_sif(tmp_path / "made.sif", "signed")) + "?X-Amz-Signature=canary-canary"
    exchanges: list[str] = []
    told = replace(context, on_exchange=lambda exchange: exchanges.append(repr(exchange)))
    done = pull(told, address)
    assert text_in(done.path) == "signed"
    assert pull(told, address).unchanged
    row = context.store.at_path(done.path)
    assert row is not None
    assert row.reference.endswith("signed.sif?X-Amz-Signature=…")
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(b"canary" in data for data in written)
    assert "canary" not in "".join([*exchanges, *heard.said, repr(done.facts())])
    assert irreplaceable([row]) == [row]
    done.path.unlink()
    error = fails("web-address-hidden", lambda: get_or_pull(context, "signed"))
    assert "X-Amz-Signature" in str(error.facts)


# -- elsewhere -----------------------------------------------------------------------------------------


def test_https_is_verified(certificates: Certificates, context: Context, tmp_path: Path) -> None:
    data = make_sif(tmp_path / "made.sif", "in tls").read_bytes()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificates.certificate, certificates.key)
    with Server(lambda request: request.reply(200, data, ETag='"1"'), tls=tls) as server:
        fails("tls-unknown-ca", lambda: pull(context, f"{server.url}/x.sif", output=tmp_path / "x.sif"))
        trusting = context.adjusted(cacert=certificates.authority)
        assert text_in(pull(trusting, f"{server.url}/x.sif", output=tmp_path / "x.sif").path) == "in tls"


def test_slowness_names_where_else_the_image_is(context: Context, heard: Heard) -> None:
    reference = parse("https://depot.galaxyproject.org/singularity/samtools:1.9--h91753b0_8")
    with closing(Web(context)) as web:
        assert isinstance(reference, WebReference)
        other = sources.by_name(reference)
        assert other is not None
        assert web.explain(failure := SregistryError("web-failed", "x")) is failure
        _hinting(heard.waiting, other[1])("it is slow", 0.0)
        _hinting(heard.waiting, None)("it is slow", 0.0)
    assert heard.said == [
        "it is slow; the same image is published as docker://quay.io/biocontainers/samtools:1.9--h91753b0_8",
        "it is slow",
    ]


def test_a_file_in_the_current_folder_is_called_as_at_its_place(
    server: FileServer, context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sif = make_sif(tmp_path / "made.sif", "named")
    for name in ("singularity/tool.sif", "tool_1.9.simg", "my tool.sif"):
        done = pull(context.adjusted(use_database=False), server.put(name, sif))
        assert done.path == tmp_path / Path(name).name


def test_a_find_says_what_the_file_is(server: FileServer, context: Context, tmp_path: Path) -> None:
    sif = make_sif(tmp_path / "made.sif", "found")
    with closing(Web(context)) as web:
        found = web.find(parse(server.put("found.sif", sif)), context.platform)
    assert isinstance(found, OneFile)
    assert (found.size, str(found.platform), found.digest) == (sif.stat().st_size, PLATFORM, None)
    assert found.resume is not None


def test_apptainer_pulls_the_same_and_calls_it_the_same(
    server: FileServer, context: Context, apptainer: Apptainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "ours").mkdir()
    monkeypatch.chdir(tmp_path / "ours")
    sif = make_sif(tmp_path / "made.sif", "for both")
    for name in ("tool_1.2.sif", "samtools:1.9--h91753b0_8", "lab/tool.simg"):
        address = server.put(name, sif)
        apptainer.command("pull", "--dir", tmp_path / "theirs", address, check=True)
        pull(context.adjusted(use_database=False), f"{address}#sif")
    theirs = {path.name: path.read_bytes() for path in (tmp_path / "theirs").iterdir()}
    assert {path.name: path.read_bytes() for path in (tmp_path / "ours").iterdir()} == theirs
    assert len(theirs) == 3


def test_an_image_is_found_by_its_address(server: FileServer, context: Context, tmp_path: Path) -> None:
    one = pull(context, server.put("a/twin_1.sif", make_sif(tmp_path / "made.sif", "one")))
    two = pull(context, server.put("b/twin_1.sif", make_sif(tmp_path / "made.sif", "two")))
    assert one.path != two.path
    for done in (one, two):
        assert get(context, done.reference).path == done.path
        assert get(context, f"{done.reference}#sha256={Digest.of(done.path.read_bytes()).hex}").path == done.path
    fails("store-image-unknown", lambda: get(context, server.url("c/twin_1.sif")))
    rm(context, rm_find(context, [one.reference]))
    fails("store-image-unknown", lambda: get(context, one.reference))
    assert get(context, two.reference).path == two.path

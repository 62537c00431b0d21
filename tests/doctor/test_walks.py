"""The steps fit the place: folders and archives, files on the web; where a pull fails, the step about that fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sregistry.digests import Digest
from sregistry.doctor.steps.step import StepResult, Verdict
from sregistry.doctor.walks import ARTIFACT, FILES, OTHER, REGISTRY, START, WEB, Row, steps
from sregistry.endpoints.catalog import ENDPOINTS
from sregistry.errors import SregistryError
from sregistry.operations.context import Context
from sregistry.operations.doctor import Examination, examine
from sregistry.operations.pull import pull
from sregistry.references import parse
from sregistry.settings import load
from sregistry.testing.images import PLATFORM, make_sif
from tests.endpoints.suite import docker_image, flip
from tests.endpoints.test_oras import put_sif
from tests.support import saved
from tests.support.fileserver import FileServer, file_server
from tests.support.registry import DockerRegistry

LARGE = 2 << 20


@pytest.fixture
def context(tmp_path: Path) -> Context:
    environ = {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path)}
    return Context(load(environ, command_line={"platform": PLATFORM}), environ)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileServer]:
    with file_server(tmp_path_factory.mktemp("web")) as running:
        yield running


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """A layout with two images, `one` and `two`."""
    return saved.write(
        tmp_path / "layout", saved.layout({name: docker_image(name, 200_000) for name in ("one", "two")})
    )


def walked(context: Context, reference: str, output: Path) -> tuple[Examination, dict[str, StepResult]]:
    """What the doctor found, which is what the pull finds."""
    found = examine(context, reference, output=output)
    try:
        pull(context, reference, output=output)
    except SregistryError as error:
        assert found.diagnosis, found
        assert (found.diagnosis.code, found.diagnosis.exit_code) == (error.code, error.exit_code), found
    else:
        assert found.healthy, found
    return found, {step.name: step for step in found.steps}


def failed(steps: dict[str, StepResult]) -> list[str]:
    return [name for name, step in steps.items() if step.verdict is Verdict.FAIL]


@pytest.mark.parametrize(
    "text, table",
    [
        ("docker://h.example.org/a:1", REGISTRY),
        ("oci:./layout:one", FILES),
        ("docker-archive:a.tar", FILES),
        ("https://h.example.org/a.sif", WEB),
    ],
)
def test_the_reference_decides(text: str, table: tuple[Row, ...]) -> None:
    assert steps(parse(text)) is table


def test_a_name_that_cannot_be_read_has_the_steps_of_a_registry() -> None:
    assert steps(None) is REGISTRY


def test_every_scheme_of_ours_has_steps_of_its_own() -> None:
    names = {"oras": "oras://h.example.org/a:1", "https": "https://h/a.sif", "http": "http://h/a.sif"}
    for scheme in ENDPOINTS:
        text = names.get(scheme, f"{scheme}://h.example.org/a:1" if scheme == "docker" else f"{scheme}:./place")
        assert steps(parse(text)) is not OTHER, scheme


def test_a_layout_is_walked_to_the_digests_of_its_layers(context: Context, layout: Path, tmp_path: Path) -> None:
    _, found = walked(context, f"oci:{layout}:two", tmp_path / "a.sif")
    assert list(found) == [row.name for row in (*START, *FILES)]
    assert found["source"].summary.startswith(f"{layout} is a folder")
    assert found["index"].details == ("one", "two")
    assert "200 kB to read" in found["image"].summary
    assert found["layers"].summary == "the one layer is there, with the right digest"


@pytest.mark.parametrize(
    "name, code, step",
    [
        ("layout", "layout-several", "index"),
        ("layout:three", "layout-name-unknown", "index"),
        ("absent", "layout-no-such-path", "source"),
        ("file", "layout-other", "source"),
        ("empty", "layout-other", "source"),
    ],
)
def test_what_is_wrong_with_a_folder(
    context: Context, layout: Path, tmp_path: Path, name: str, code: str, step: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    found, by_name = walked(context, f"oci:{tmp_path / name}", tmp_path / "a.sif")
    assert found.diagnosis
    assert (found.diagnosis.code, failed(by_name)) == (code, [step])
    assert by_name["image"].summary == f"not examined, as {step} failed"


def test_a_layer_that_is_damaged_in_a_folder(context: Context, layout: Path, tmp_path: Path) -> None:
    flip(layout / "blobs" / docker_image("two", 200_000).layers[0].blob.digest.replace(":", "/"), -1)
    found, by_name = walked(context, f"oci:{layout}:two", tmp_path / "a.sif")
    assert found.diagnosis
    assert (found.diagnosis.code, failed(by_name)) == ("digest-mismatch", ["layers"])


def test_an_archive_says_what_it_is(context: Context, tmp_path: Path) -> None:
    saved.archive(tmp_path / "a.tar", saved.before_25({"team/tool:1": docker_image("one")}))
    _, found = walked(context, f"docker-archive:{tmp_path / 'a.tar'}", tmp_path / "a.sif")
    assert f"{tmp_path / 'a.tar'} is a file of " in found["source"].summary
    _, found = walked(context, f"oci-archive:{tmp_path / 'a.tar'}", tmp_path / "b.sif")
    assert failed(found) == ["source"]


def test_a_file_on_the_web_is_looked_at(context: Context, server: FileServer, tmp_path: Path) -> None:
    sif = make_sif(tmp_path / "made.sif", "text", LARGE)
    address = server.put("good.sif", sif)
    _, found = walked(context, address, tmp_path / "a.sif")
    assert list(found) == [row.name for row in (*START, *WEB)]
    assert found["file"].summary.startswith(f"{PLATFORM}, a SIF file, 2.14 MB")
    assert "no digest is known: what comes is compared with nothing" in found["file"].details
    assert found["tls"].summary == "none: the address is one of plain http"
    _, found = walked(context, f"{address}#sha256={Digest.of(sif.read_bytes()).hex}", tmp_path / "b.sif")
    assert found["file"].details == ("its first bytes came, and are those of a SIF file",)


@pytest.mark.parametrize(
    "content, code",
    [
        (b"<!DOCTYPE html><title>Sign in</title>" * 100, "web-page"),
        (None, "web-not-found"),
        (LARGE // 2, "sif-truncated"),
        (b"hsqs" + bytes(4000), "web-not-sif"),
    ],
)
def test_what_is_wrong_with_a_file(
    context: Context, server: FileServer, tmp_path: Path, content: bytes | int | None, code: str
) -> None:
    if isinstance(content, int):
        content = make_sif(tmp_path / "made.sif", "text", LARGE).read_bytes()[:content]
    address = server.url("absent.sif") if content is None else server.put("bad.sif", content)
    found, by_name = walked(context, address, tmp_path / "a.sif")
    assert found.diagnosis
    assert (found.diagnosis.code, failed(by_name)) == (code, ["file"])


@pytest.mark.parametrize(
    "address, code, step",
    [
        ("http://127.0.0.1:1/a.sif", "network-refused", "connect"),
        ("http://nosuch.invalid/a.sif", "network-dns", "resolve"),
    ],
)
def test_a_server_that_is_not_reached(context: Context, tmp_path: Path, address: str, code: str, step: str) -> None:
    found, by_name = walked(context.adjusted(retries=1), address, tmp_path / "a.sif")
    assert found.diagnosis
    assert (found.diagnosis.code, failed(by_name)) == (code, [step])
    assert by_name["file"].summary == f"not examined, as {step} failed"


def test_the_web_in_plain_http_is_not_taken_for_tls(context: Context, server: FileServer, tmp_path: Path) -> None:
    address = server.url("good.sif").replace("http:", "https:")
    _, found = walked(context, address, tmp_path / "a.sif")
    assert failed(found) == ["tls"]


def test_an_address_that_is_set_to_mean_another_place_is_walked_there(
    context: Context, docker_registry: DockerRegistry, tmp_path: Path
) -> None:
    docker_registry.push("team/tool", "1", docker_image("elsewhere"))
    source = f"https://h.example.org/{{name}}.sif=docker://{docker_registry.address}/team/{{name}}:1"
    _, found = walked(context.adjusted(web_sources=(source,)), "https://h.example.org/tool.sif", tmp_path / "a.sif")
    assert list(found) == [row.name for row in (*START, *REGISTRY)]
    assert "by the setting web_sources" in found["reference"].details[0]


def test_an_artifact_is_walked_to_its_file(context: Context, docker_registry: DockerRegistry, tmp_path: Path) -> None:
    put_sif(docker_registry, "team/tool", "1", make_sif(tmp_path / "made.sif", "text", LARGE))
    docker_registry.push("team/tool", "layers", docker_image("text"))
    (tmp_path / "text.sif").write_bytes(bytes(LARGE))
    put_sif(docker_registry, "team/tool", "text", tmp_path / "text.sif")
    place = f"oras://{docker_registry.address}/team/tool"
    _, found = walked(context, f"{place}:1", tmp_path / "a.sif")
    assert list(found) == [row.name for row in (*START, *ARTIFACT)]
    assert "a SIF file, 2.14 MB, sha256:" in found["file"].summary
    for tag, step, code in (("2", "manifest", "tag-unknown"), ("layers", "file", None), ("text", "file", None)):
        examined, found = walked(context, f"{place}:{tag}", tmp_path / "b.sif")
        assert failed(found) == [step]
        assert examined.diagnosis
        assert code in (None, examined.diagnosis.code)


def test_artifacts_have_the_steps_of_a_registry_with_a_file_in_the_place_of_layers() -> None:
    names = [row.name for row in ARTIFACT]
    assert {"manifest", "platform", "file", "rate limit"} <= set(names)
    assert {"formats", "layers", "cache"}.isdisjoint(names)

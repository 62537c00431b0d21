"""Several places for one image: mirrors in order, then the registry itself; a place that sends damage is asked last."""

from __future__ import annotations

from pathlib import Path

from sregistry.operations.download import download_layers
from tests.registry.scripted import Contents, Request, Server, behave, tiny
from tests.registry.sessions import AMD64, fails, layers, session

IMAGE = tiny()
HELD = Contents().add(IMAGE, "1")
LAYER = IMAGE.layers[1].blob


def conf(folder: Path, origin: Server, *mirrors: Server, more: str = "") -> Path:
    """A registries.conf with these mirrors of `origin`."""
    text = f'[[registry]]\nlocation = "{origin.host}"\ninsecure = true\n{more}\n'
    for mirror in mirrors:
        text += f'[[registry.mirror]]\nlocation = "{mirror.host}"\ninsecure = true\n'
    path = folder / "registries.conf"
    path.write_text(text)
    return path


def damaging(request: Request) -> bool:
    """Other bytes, of the right number, for the second layer."""
    return request.name == LAYER.digest and request.reply(200, b"x" * len(LAYER.data))


def empty(request: Request) -> bool:
    return request.kind != "ping" and request.error(404, "NAME_UNKNOWN", "repository name not known to registry")


def test_the_first_mirror_that_has_the_image_gives_all_of_it(tmp_path: Path) -> None:
    with (
        Server(empty) as first,
        Server(behave, HELD) as second,
        Server(behave, HELD) as origin,
        session(registries_conf=conf(tmp_path, origin, first, second)) as one,
    ):
        image = one.resolve(origin.reference(), AMD64)
        assert layers(one, image) == [layer.blob.data for layer in IMAGE.layers]
        assert [str(warning) for warning in one.warnings if first.host in str(warning)]
    assert origin.seen == []
    assert len(first.seen) == 1, "a mirror that failed is not asked again"


def test_a_mirror_never_gets_the_login_of_the_registry(tmp_path: Path) -> None:
    environ = {"APPTAINER_DOCKER_USERNAME": "somebody", "APPTAINER_DOCKER_PASSWORD": "canary"}

    def private(request: Request) -> bool:
        return request.authorization is None and request.challenge('Basic realm="mirror"')

    with (
        Server(private, HELD) as mirror,
        Server(private, HELD) as origin,
        session(registries_conf=conf(tmp_path, origin, mirror), environ=environ) as one,
    ):
        one.resolve(origin.reference(), AMD64)
    assert {seen.authorization for seen in mirror.seen} == {None}
    assert {seen.authorization for seen in origin.seen} != {None}


def test_after_damage_the_next_place_is_asked(tmp_path: Path) -> None:
    with (
        Server(damaging, HELD) as first,
        Server(damaging, HELD) as second,
        Server(behave, HELD) as origin,
        session(registries_conf=conf(tmp_path, origin, first, second)) as one,
    ):
        made = download_layers(one, origin.reference(), AMD64, tmp_path / "layers")
    assert [path.read_bytes() for path in made] == [layer.blob.data for layer in IMAGE.layers]
    asked = [
        server.paths("blob").count(f"GET /v2/team/tool/blobs/{LAYER.digest}") for server in (first, second, origin)
    ]
    assert asked == [1, 1, 1]


def test_what_is_damaged_everywhere_says_how_often_it_was_tried(tmp_path: Path) -> None:
    with (
        Server(damaging, HELD) as mirror,
        Server(damaging, HELD) as origin,
        session(registries_conf=conf(tmp_path, origin, mirror)) as one,
    ):
        error = fails("digest-mismatch", lambda: download_layers(one, origin.reference(), AMD64, tmp_path / "layers"))
    assert error.facts["attempts"] == 2
    assert list((tmp_path / "layers").glob("*partial*")) == []


def test_a_mirror_by_digest_only_is_not_asked_for_tags(tmp_path: Path) -> None:
    with Server(behave, HELD) as mirror, Server(behave, HELD) as origin:
        path = conf(tmp_path, origin, mirror, more="mirror-by-digest-only = true")
        with session(registries_conf=path) as one:
            one.resolve(origin.reference(), AMD64)
            assert mirror.seen == []
        with session(registries_conf=path) as one:
            one.resolve(origin.reference(f"team/tool@{IMAGE.manifest.digest}"), AMD64)
            assert mirror.paths("manifest") == [f"GET /v2/team/tool/manifests/{IMAGE.manifest.digest}"]


def test_where_all_fail_it_is_the_registry_that_is_explained(tmp_path: Path) -> None:
    with (
        Server(empty) as mirror,
        Server(empty) as origin,
        session(registries_conf=conf(tmp_path, origin, mirror)) as one,
    ):
        error = fails("repository-unknown", lambda: one.resolve(origin.reference(), AMD64))
    assert error.facts["registry"] == origin.host
    assert [item["host"] for item in error.facts["mirrors"]] == [mirror.host]

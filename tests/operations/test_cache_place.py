"""Where the cache is, and who made the way to it: folders of several users, modes of one image, links of strangers."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from sregistry.errors import SregistryError
from sregistry.operations.cache import cache_clean, cache_list, cache_prune
from sregistry.operations.check import check
from sregistry.operations.context import Context
from sregistry.operations.local import cache_for_a_pull, open_cache
from sregistry.operations.progress import Silent
from sregistry.operations.pull import pull
from sregistry.operations.pulled import PullResult
from sregistry.settings import Settings, load
from sregistry.settings.places import with_usable_places
from tests.layers.blocks import noise
from tests.support.images import image
from tests.support.other_user import as_user
from tests.support.registry import DockerRegistry
from tests.support.tars import archive, file

ADA, BOB, EVE, GROUP = 60001, 60002, 60003, 60100


class Heard(Silent):
    """What is said about the cache."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warning(self, text: str) -> None:
        if "cached" in text:
            self.warnings.append(text)


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder in which everybody may make files of their own, as in /tmp."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o1777)
        yield Path(folder)


@pytest.fixture
def reference(docker_registry: DockerRegistry) -> str:
    docker_registry.push("team/tool", "1", image([archive(file("one", noise(b"one", 100_000)))], {}))
    return f"docker://{docker_registry.address}/team/tool:1"


def settings_of(user: int, environ: Mapping[str, str], shared: Path, **options: str) -> Settings:
    """The settings of a user, whose home folder is in `shared`."""
    variables = {"HOME": f"{shared}/home-{user}", **environ}
    return with_usable_places(load(variables, command_line=options), variables)[0]


def pulled(reference: str, settings: Settings, shared: Path) -> tuple[PullResult, list[str]]:
    """The image, and what was said about the cache."""
    heard = Heard()
    output = shared / f"{os.geteuid()}.sif"
    result = pull(Context(settings, progress=heard), reference, output=output, force=True)
    return result, heard.warnings


def cached(result: PullResult) -> list[bool]:
    return [layer.cached for layer in result.layers]


@pytest.mark.root
@pytest.mark.parametrize("variable", ["APPTAINER_CACHEDIR", "SINGULARITY_CACHEDIR", "XDG_CACHE_HOME"])
def test_each_user_of_one_folder_of_caches_has_an_own_one(variable: str, reference: str, shared: Path) -> None:
    def pull_twice(name: str) -> None:
        settings = settings_of(os.geteuid(), {variable: str(shared)}, shared)
        assert settings.cache_dir == shared / name
        assert cached(pulled(reference, settings, shared)[0]) == [False]
        result, said = pulled(reference, settings, shared)
        assert (cached(result), said) == ([True], [])
        assert settings_of(os.geteuid(), {variable: str(shared)}, shared).cache_dir == shared / name
        assert {path.stat().st_uid for path in settings.cache_dir.rglob("*")} == {os.geteuid()}

    as_user(ADA, lambda: pull_twice("sregistry"), group=GROUP)
    as_user(BOB, lambda: pull_twice(f"sregistry-{BOB}"), group=GROUP)
    pull_twice("sregistry-0")


@pytest.mark.root
@pytest.mark.parametrize("by", ["mode", "group of a folder that is root's"])
def test_a_cache_that_is_shared_by_the_mode_stays_so(by: str, reference: str, shared: Path) -> None:
    if by != "mode":
        (shared / "sregistry").mkdir()
        os.chown(shared / "sregistry", 0, GROUP)
        (shared / "sregistry").chmod(0o2770)
    environ = {"APPTAINER_CACHEDIR": str(shared), "SREGISTRY_MODE": "0660"}

    def pull_it(expected: bool) -> None:
        settings = settings_of(os.geteuid(), environ, shared)
        assert settings.cache_dir == shared / "sregistry"
        result, said = pulled(reference, settings, shared)
        assert (cached(result), said) == ([expected], [])

    shared.chmod(0o3777)
    os.chown(shared, 0, GROUP)
    as_user(ADA, lambda: pull_it(False), group=GROUP)
    as_user(BOB, lambda: pull_it(True), group=GROUP)
    as_user(EVE, lambda: _has_own(environ, shared), group=EVE)


def _has_own(environ: Mapping[str, str], shared: Path) -> None:
    assert settings_of(os.geteuid(), environ, shared).cache_dir == shared / f"sregistry-{os.geteuid()}"


@pytest.mark.root
def test_a_folder_of_roots_whose_content_is_closed_is_not_shared(reference: str, shared: Path) -> None:
    (shared / "sregistry").mkdir()
    os.chown(shared / "sregistry", 0, GROUP)
    (shared / "sregistry").chmod(0o2770)
    environ = {"APPTAINER_CACHEDIR": str(shared)}

    def first() -> None:
        settings = settings_of(ADA, environ, shared)
        pulled(reference, settings, shared)
        assert settings_of(ADA, environ, shared).cache_dir == settings.cache_dir == shared / "sregistry"

    as_user(ADA, first, group=GROUP)
    as_user(BOB, lambda: _has_own(environ, shared), group=GROUP)


@pytest.mark.root
@pytest.mark.parametrize("closed", [".", "packs", "packs/gzip-3"])
def test_a_named_folder_that_is_closed_is_a_declared_error(closed: str, reference: str, shared: Path) -> None:
    theirs = shared / "theirs"
    (theirs / closed).mkdir(parents=True)
    for folder in (theirs, *theirs.rglob("*")):
        os.chown(folder, ADA, ADA)
        folder.chmod(0o755)
    (theirs / closed).chmod(0o700)
    environ = {"SREGISTRY_CACHE_DIR": str(theirs)}

    def use_it() -> None:
        settings = settings_of(BOB, environ, shared)
        assert settings.cache_dir == theirs
        uses = (
            lambda: pulled(reference, settings, shared),
            lambda: cache_list(settings),
            lambda: cache_clean(settings),
            lambda: cache_prune(settings, max_size=0),
        )
        for use in uses:
            with pytest.raises(SregistryError) as caught:
                use()
            facts = caught.value.facts
            assert (caught.value.code, facts["setting"]) == ("disk-permission", "cache_dir")
            assert caught.value.diagnosis.steps
        check(Context(settings))

    as_user(BOB, use_it, group=BOB)


def test_the_mode_of_one_image_does_not_open_the_cache(reference: str, tmp_path: Path) -> None:
    settings = settings_of(0, {}, tmp_path, mode="0664")
    result, _ = pulled(reference, settings, tmp_path)
    assert stat.S_IMODE(result.path.stat().st_mode) == 0o664
    root = settings.cache_dir
    assert {stat.S_IMODE(path.stat().st_mode) for path in [root, *root.rglob("*")]} == {0o700, 0o600}


def test_the_mode_of_one_image_does_not_close_a_cache_that_is_shared(reference: str, tmp_path: Path) -> None:
    settings = settings_of(0, {"SREGISTRY_MODE": "0660"}, tmp_path, mode="0640")
    result, _ = pulled(reference, settings, tmp_path)
    assert stat.S_IMODE(result.path.stat().st_mode) == 0o640
    root = settings.cache_dir
    assert {stat.S_IMODE(path.stat().st_mode) for path in [root, *root.rglob("*")]} == {0o770, 0o660}


@pytest.mark.root
def test_nothing_is_kept_or_taken_by_way_of_a_strangers_link(reference: str, shared: Path) -> None:
    (shared / "mine").mkdir(0o700)
    link = shared / "link"
    link.symlink_to(shared / "mine")
    settings = settings_of(0, {"SREGISTRY_CACHE_DIR": f"{link}/cache"}, shared)
    result, _ = pulled(reference, settings, shared)
    assert cached(result) == [False]
    os.chown(link, EVE, EVE, follow_symlinks=False)
    for use in (
        lambda: pulled(reference, settings, shared),
        lambda: cache_list(settings),
        lambda: cache_clean(settings),
    ):
        with pytest.raises(SregistryError) as caught:
            use()
        error = caught.value
        assert (error.code, error.facts["link"], error.facts["uid"]) == ("store-cache-link", str(link), EVE)
        assert str(link) in error.diagnosis.title
    assert len(open_cache(settings_of(0, {"SREGISTRY_CACHE_DIR": f"{shared}/mine/cache"}, shared)).entries()) == 1


@pytest.mark.root
def test_a_strangers_link_in_the_place_of_our_folder_is_gone_round(shared: Path) -> None:
    (shared / "mine").mkdir(0o700)
    link = shared / "sregistry"
    link.symlink_to(shared / "mine")
    assert settings_of(0, {"APPTAINER_CACHEDIR": str(shared)}, shared).cache_dir == link
    os.chown(link, EVE, EVE, follow_symlinks=False)
    _has_own({"APPTAINER_CACHEDIR": str(shared)}, shared)


def test_entries_below_a_folder_that_everybody_may_change_are_made_anew(reference: str, shared: Path) -> None:
    settings = settings_of(0, {"SREGISTRY_CACHE_DIR": f"{shared}/open/cache"}, shared)
    (shared / "open").mkdir()
    pulled(reference, settings, shared)
    assert cached(pulled(reference, settings, shared)[0]) == [True]
    (shared / "open").chmod(0o777)
    result, said = pulled(reference, settings, shared)
    assert cached(result) == [False]
    assert len(said) == 1
    assert f"it is below {shared}/open, which every user can change" in said[0]
    (shared / "open").chmod(0o1777)
    result, said = pulled(reference, settings, shared)
    assert (cached(result), said) == ([True], [])


@pytest.mark.root
def test_a_check_before_a_download_says_the_same(shared: Path) -> None:
    (shared / "mine").mkdir()
    (shared / "link").symlink_to("mine")
    os.chown(shared / "link", EVE, EVE, follow_symlinks=False)
    settings = settings_of(0, {"SREGISTRY_CACHE_DIR": f"{shared}/link"}, shared)
    with pytest.raises(SregistryError, match="store-cache-link"), cache_for_a_pull(settings):
        pass

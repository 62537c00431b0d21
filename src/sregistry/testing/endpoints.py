"""The contract of every endpoint in the form of tests: `EndpointSuite`, to be inherited.

    class TestShelf(EndpointSuite):
        @pytest.fixture
        def place(self, tmp_path):
            return ShelfPlace(tmp_path / "shelf")

A test module needs no more than that, and a `Place`. What an endpoint cannot is tested to be refused.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from sregistry.diagnosis import explain
from sregistry.diagnosis.render import markdown
from sregistry.digests import Digest
from sregistry.endpoints import base, catalog
from sregistry.errors import Cancelled, SregistryError
from sregistry.kinds import Kind
from sregistry.operations.attach import attach
from sregistry.operations.context import Context
from sregistry.operations.doctor import examine
from sregistry.operations.inspect import inspect
from sregistry.operations.progress import Progress, Silent
from sregistry.operations.pull import pull
from sregistry.operations.search import search
from sregistry.operations.stopping import Stop
from sregistry.references import PathReference, Reference, RegistryReference, parse
from sregistry.settings import load
from sregistry.testing.images import PLATFORM, make_sif, text_in
from sregistry.testing.place import Place

#: Every ability, and a verb that needs it.
ABILITIES: tuple[tuple[type[Any], str], ...] = (
    (base.Holds, "copy"),
    (base.Lists, "search"),
    (base.Pushes, "push"),
    (base.Tags, "tag"),
    (base.Deletes, "rm"),
    (base.Shares, "share"),
)
#: A file that takes several reads, and several packets.
LARGE = 3 << 20
#: Where its line breaks.
_BREAK = 1 << 20
#: What comes twice after a break, at most: what was on its way.
_AGAIN = 1 << 20
_ARM = "linux/arm64"
#: Nothing has it.
_NO_DIGEST = Digest.of(b"no image is like this")


class Ends(Silent):
    """A listener that ends the operation once bytes come."""

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end

    def layer_started(self, layer: str, size: int) -> None:
        """See `Progress`."""
        self._end()


class Closed(Exception):  # noqa: N818 - it is no failure
    """What a program raises that listens."""


class EndpointSuite:
    """What every endpoint keeps to. Subclasses give the fixture `place`."""

    @pytest.fixture
    def place(self) -> Place:
        """The place; empty, and new for each test."""
        raise NotImplementedError("a subclass of EndpointSuite has a fixture `place`")

    @pytest.fixture
    def context(self, place: Place, tmp_path: Path) -> Context:
        """Somebody with an empty home, who wants images for `PLATFORM`."""
        (tmp_path / "home/tmp").mkdir(parents=True)
        environ = {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "home/tmp"), **place.environ}
        return Context(load(environ, command_line={"platform": PLATFORM}), environ, place.login)

    @pytest.fixture
    def endpoint(self, place: Place, context: Context) -> Iterator[base.Endpoint]:
        """The endpoint of the place."""
        with closing(catalog.open_endpoint(place.scheme, context)) as opened:
            yield opened

    @pytest.fixture
    def output(self, tmp_path: Path) -> Path:
        """A file that is not there, alone in its folder."""
        (tmp_path / "out").mkdir()
        return tmp_path / "out/image.sif"

    # What is there is found.

    def test_an_image_is_found_and_pulled(
        self, place: Place, context: Context, endpoint: base.Endpoint, output: Path
    ) -> None:
        reference = place.put("one", "found")
        found = endpoint.find(context.parse(reference), context.platform)
        assert isinstance(found, base.Layered | base.OneFile)
        done = pull(context, reference, output=output)
        assert text_in(output) == "found"
        assert (done.platform, list(output.parent.iterdir())) == (PLATFORM, [output])

    def test_a_finished_file_is_what_it_is_said_to_be(
        self, place: Place, context: Context, endpoint: base.Endpoint
    ) -> None:
        found = endpoint.find(context.parse(place.put("one", "whole")), context.platform)
        if isinstance(found, base.Layered):
            assert str(found.image.platform) == PLATFORM
            return
        with found.open(None) as stream:
            data = b"".join(iter(lambda: stream.read(1 << 16), b""))
        assert found.size in (None, len(data))
        if found.digest:
            found.digest.verify(data)

    def test_the_reference_is_read_as_it_is_written(self, place: Place, context: Context) -> None:
        reference = context.parse(place.put("one", "named"))
        assert reference.scheme == place.scheme
        assert parse(reference.uri) == reference

    def test_the_local_registry_knows_where_the_image_is_from(self, place: Place, context: Context) -> None:
        reference = place.put("one", "kept")
        done = pull(context, reference)
        row = context.store.at_path(done.path)
        assert row is not None
        assert (row.client, row.reference) == (place.scheme, context.parse(reference).uri)
        assert text_in(done.path) == "kept"

    def test_an_image_is_inspected_where_it_is(self, place: Place, context: Context) -> None:
        seen = inspect(context, context.parse(place.put("one", "looked at")).uri)
        assert seen.platform in (None, PLATFORM)
        json.dumps(seen.facts())

    # What is not there is said not to be.

    def test_an_image_that_is_absent(self, place: Place, context: Context, output: Path) -> None:
        place.put("one", "another")
        error = failure(lambda: pull(context, place.absent(), output=output))
        assert error.kind in (Kind.NOT_FOUND, Kind.DISK)
        self._is_explained(error, place)
        assert not list(output.parent.iterdir())

    def test_what_is_absent_has_no_version(self, place: Place, context: Context, endpoint: base.Endpoint) -> None:
        place.put("one", "another")
        try:
            assert endpoint.version(context.parse(place.absent())) is None
        except SregistryError as error:
            assert error.kind in (Kind.NOT_FOUND, Kind.DISK)

    def test_no_image_for_another_platform_is_taken(self, place: Place, context: Context, output: Path) -> None:
        reference = place.put("one", "of one platform")
        error = failure(lambda: pull(context.adjusted(platform=_ARM), reference, output=output))
        assert error.kind is Kind.IMAGE
        assert not list(output.parent.iterdir())

    def test_what_is_refused_is_said_to_be(self, place: Place, context: Context, output: Path) -> None:
        reference = place.refused() or pytest.skip(f"{place.scheme} refuses nothing to anybody")
        error = failure(lambda: pull(context, reference, output=output))
        assert error.kind in (Kind.AUTH, Kind.DISK)
        self._is_explained(error, place)
        assert not list(output.parent.iterdir())

    def test_the_doctor_says_of_each_what_a_pull_says(self, place: Place, context: Context, output: Path) -> None:
        found = place.put("one", "examined")
        healthy = examine(context, found, output=output)
        assert healthy.diagnosis is None, healthy
        others = [(place.absent(), context), (found, context.adjusted(platform=_ARM))]
        if refused := place.refused():
            others.append((refused, context))
        for reference, asking in others:
            examined = examine(asking, reference, output=output)
            error = failure(partial(pull, asking, reference, output=output))
            assert examined.diagnosis, examined
            assert (examined.diagnosis.code, examined.diagnosis.exit_code) == (error.code, error.exit_code), examined
            assert not leaks(repr(examined) + json.dumps(examined.facts()), place)
        assert not list(output.parent.iterdir())

    # What goes wrong on the way leaves nothing, and is mended where that can be.

    @pytest.mark.parametrize("by", ["stop", "listener"])
    def test_what_is_interrupted_leaves_nothing(self, place: Place, context: Context, output: Path, by: str) -> None:
        reference = place.put("one", "again", LARGE)
        stop = Stop()
        listener: Progress = Ends(stop.set if by == "stop" else _raise_closed)
        with pytest.raises(Cancelled if by == "stop" else Closed):
            pull(replace(context, progress=listener, stop=stop), reference, output=output)
        assert not list(output.parent.iterdir())
        pull(context, reference, output=output)
        assert text_in(output) == "again"

    def test_what_is_damaged_is_never_kept(self, place: Place, context: Context, output: Path) -> None:
        reference = place.put("one", "sound")
        place.spoil(reference)
        error = failure(lambda: pull(context, reference, output=output))
        self._is_explained(error, place)
        assert not list(output.parent.iterdir())
        place.put("one", "sound again")
        pull(context, reference, output=output)
        assert text_in(output) == "sound again"

    def test_a_line_that_breaks_is_resumed(self, place: Place, context: Context, output: Path) -> None:
        reference = place.put("one", "resumed", LARGE)
        before = place.carried()
        if not place.cut(_BREAK):
            pytest.skip(f"there is no line to a place of {place.scheme}")
        pull(context, reference, output=output)
        assert text_in(output) == "resumed"
        assert LARGE <= place.carried() - before <= LARGE + _AGAIN

    # A version tells whether an image has changed.

    def test_a_version_says_whether_the_image_has_changed(
        self, place: Place, context: Context, endpoint: base.Endpoint
    ) -> None:
        reference = context.parse(place.put("one", "first"))
        first = endpoint.version(reference)
        assert endpoint.version(reference) == first
        place.put("one", "second")
        second = endpoint.version(reference)
        assert (second is None) == (first is None)
        assert first is None or second != first

    def test_a_digest_decides_which_image_it_is(
        self, place: Place, context: Context, endpoint: base.Endpoint, output: Path
    ) -> None:
        reference = context.parse(place.put("one", "first"))
        first = endpoint.version(reference)
        if first:
            pull(context, str(reference.at(first)), output=output)
            assert text_in(output) == "first"
            output.unlink()
        place.put("one", "second")
        try:
            pull(context, str(reference.at(first or _NO_DIGEST)), output=output)
        except SregistryError:
            assert not list(output.parent.iterdir())
        else:
            assert text_in(output) == "first"
        failure(lambda: pull(context, str(reference.at(_NO_DIGEST)), output=output, force=True))

    def test_an_unchanged_image_is_not_pulled_again(
        self, place: Place, context: Context, endpoint: base.Endpoint
    ) -> None:
        reference = place.put("one", "first")
        told = endpoint.version(context.parse(reference)) is not None
        assert not pull(context, reference).unchanged
        assert pull(context, reference).unchanged == told
        place.put("one", "second")
        done = pull(context, reference)
        assert not done.unchanged
        assert text_in(done.path) == "second"

    # Abilities, and those that it lacks.

    @pytest.mark.parametrize("ability, verb", ABILITIES, ids=[verb for _, verb in ABILITIES])
    def test_what_it_cannot_is_refused_by_name(
        self, place: Place, endpoint: base.Endpoint, ability: type[Any], verb: str
    ) -> None:
        if isinstance(endpoint, ability):
            assert catalog.able(endpoint, ability, verb, place.scheme) is endpoint
            return
        error = failure(lambda: catalog.able(endpoint, ability, verb, place.scheme))
        assert (error.code, error.facts["scheme"], error.facts["verb"]) == ("endpoint-unable", place.scheme, verb)
        assert place.scheme not in error.facts["known"]
        self._is_explained(error, place)

    def test_what_it_has_is_listed(self, place: Place, context: Context, endpoint: base.Endpoint, output: Path) -> None:
        wanted = {text: place.put(text, text) for text in ("one", "two")}
        reference = context.parse(wanted["one"])
        if not isinstance(endpoint, base.Lists):
            assert failure(lambda: search(context, reference.uri)).code == "endpoint-unable"
            return
        found = endpoint.names(reference, None)
        assert len(found.names) == 2
        assert len(endpoint.names(reference, 1).names) == 1
        listed = {f"{found.prefix}{name}" for name in found.names}
        assert {context.parse(one) for one in listed} == {context.parse(one) for one in wanted.values()}
        assert set(search(context, reference.uri).references) == listed
        pull(context, sorted(listed)[0], output=output)
        assert text_in(output) in wanted

    def test_a_repository_gives_what_it_names_and_verifies_it(
        self, place: Place, context: Context, endpoint: base.Endpoint
    ) -> None:
        if not isinstance(endpoint, base.Holds):
            pytest.skip(f"a place of {place.scheme} is no place of manifests and blobs")
        reference = place.put("one", "in pieces")
        repository = endpoint.repository(context.parse(reference))
        manifest = repository.manifest("")
        assert manifest.digest == Digest.of(manifest.raw)
        assert repository.manifest(str(manifest.digest)).raw == manifest.raw
        assert repository.places >= 1
        for descriptor in [*manifest.descriptors("layers")]:
            with repository.blob(descriptor) as stream:
                data = b"".join(iter(lambda: stream.read(1 << 16), b""))
            descriptor.digest.verify(data)

    # What is pushed can be had.

    def test_what_is_pushed_twice_is_there_once_and_pulled(
        self, place: Place, context: Context, endpoint: base.Endpoint, tmp_path: Path, output: Path
    ) -> None:
        if not isinstance(endpoint, base.Pushes):
            pytest.skip(f"a place of {place.scheme} takes no images")
        reference = context.parse(place.vacant("new"))
        sif, sent = make_sif(tmp_path / "new.sif", "pushed", LARGE), list[int]()
        before = place.carried()
        first = endpoint.push(reference, sif, base.About({"key": "value"}, context.platform), sent.append)
        once, between = sum(sent), place.carried()
        assert once > 0
        assert endpoint.push(reference, sif, base.About({"key": "value"}, context.platform), sent.append) == first
        if between > before:
            assert place.carried() - between < LARGE // 2
        pull(context, str(reference), output=output)
        assert text_in(output) == "pushed"
        pull(context, str(reference.at(first)), output=output, force=True)
        assert text_in(output) == "pushed"

    def test_a_push_whose_line_breaks_is_mended(
        self, place: Place, context: Context, endpoint: base.Endpoint, tmp_path: Path, output: Path
    ) -> None:
        if not isinstance(endpoint, base.Pushes) or not place.cut(_BREAK):
            pytest.skip(f"there is no line to a place of {place.scheme}, or it takes no images")
        reference = context.parse(place.vacant("new"))
        sif = make_sif(tmp_path / "new.sif", "pushed", LARGE)
        endpoint.push(reference, sif, base.About({}, context.platform), _nothing)
        pull(context, str(reference), output=output)
        assert text_in(output) == "pushed"

    def test_what_is_attached_is_listed_and_changes_nothing(
        self, place: Place, context: Context, endpoint: base.Endpoint, tmp_path: Path
    ) -> None:
        reference = place.put("one", "subject")
        if not isinstance(endpoint, base.Holds):
            pytest.skip(f"nothing is attached at a place of {place.scheme}")
        if not isinstance(endpoint.repository(context.parse(reference)), base.Writable):
            pytest.skip(f"a place of {place.scheme} takes nothing")
        (tmp_path / "list.json").write_text("{}")
        before = endpoint.version(context.parse(reference))
        first, again = (
            attach(context, tmp_path / "list.json", reference, media_type="application/spdx+json") for _ in range(2)
        )
        assert (again.digest, first.subject) == (first.digest, before)
        assert [one.digest for one in inspect(context, context.parse(reference).uri).referrers] == [first.digest]
        assert endpoint.version(context.parse(reference)) == before

    def test_an_image_gets_another_tag(
        self, place: Place, context: Context, endpoint: base.Endpoint, output: Path
    ) -> None:
        if not isinstance(endpoint, base.Tags):
            pytest.skip(f"images get no other tags at a place of {place.scheme}")
        reference = context.parse(place.put("one", "tagged"))
        digest = endpoint.tag(reference, "two")
        other = renamed(reference, "two")
        assert endpoint.version(other) in (None, digest)
        pull(context, str(other), output=output)
        assert text_in(output) == "tagged"

    def test_what_is_deleted_is_absent_and_others_stay(
        self, place: Place, context: Context, endpoint: base.Endpoint, output: Path
    ) -> None:
        if not isinstance(endpoint, base.Deletes):
            pytest.skip(f"nothing is deleted at a place of {place.scheme}")
        other, reference = place.put("two", "other"), context.parse(place.put("one", "deleted"))
        try:
            endpoint.delete(reference)
        except SregistryError as error:
            assert error.code == "registry-tag-bound"
            version = endpoint.version(reference)
            assert version is not None
            endpoint.delete(reference.at(version))
        self._is_absent(endpoint, reference, context)
        deletes = endpoint
        assert failure(lambda: deletes.delete(reference)).kind in (Kind.NOT_FOUND, Kind.DISK)
        pull(context, other, output=output)
        assert text_in(output) == "other"

    # What all keep to.

    def test_it_asks_nobody_before_it_is_asked_and_is_closed_more_than_once(
        self, place: Place, context: Context
    ) -> None:
        asked: list[Any] = []
        endpoint = catalog.open_endpoint(place.scheme, replace(context, on_exchange=asked.append))
        assert not asked
        endpoint.close()
        endpoint.close()
        reference = context.parse(place.put("one", "used"))
        used = catalog.open_endpoint(place.scheme, context)
        used.find(reference, context.platform)
        used.close()
        used.close()

    def test_its_second_look_never_raises(self, place: Place, context: Context, endpoint: base.Endpoint) -> None:
        place.put("one", "another")
        absent = context.parse(place.absent())
        error = failure(lambda: endpoint.find(absent, context.platform)).with_facts(reference=str(absent))
        assert endpoint.explain(error) is error
        other = SregistryError("disk-full", "no space is left")
        assert endpoint.explain(other) is other

    def test_secrets_are_never_shown(self, place: Place, context: Context, output: Path) -> None:
        if not place.secrets:
            pytest.skip(f"{place.scheme} knows no secrets")
        exchanges: list[Any] = []
        for reference in filter(None, (place.put("one", "seen"), place.refused(), place.absent())):
            try:
                pull(replace(context, on_exchange=exchanges.append), reference, output=output, force=True)
            except SregistryError as error:
                self._is_explained(error, place)
        assert not leaks(" ".join(repr(one) for one in exchanges), place)

    def _is_explained(self, error: SregistryError, place: Place) -> None:
        """Whoever meets it reads what happened, and no secret."""
        found = explain(error)
        assert found.code == error.code
        assert found.title
        shown = " ".join((str(error), json.dumps(error.facts), json.dumps(found.as_dict()), markdown.render(found)))
        assert not leaks(shown, place)

    def _is_absent(self, endpoint: base.Endpoint, reference: Reference, context: Context) -> None:
        error = failure(lambda: endpoint.find(reference, context.platform))
        assert error.kind in (Kind.NOT_FOUND, Kind.DISK)


def failure(action: Callable[[], object]) -> SregistryError:
    """The error that `action` raises, which is one of this family."""
    with pytest.raises(SregistryError) as caught:
        action()
    return caught.value


def renamed(reference: Reference, name: str) -> Reference:
    """The same place with another tag, or another name in it."""
    if isinstance(reference, RegistryReference):
        return replace(reference, tag=name)
    assert isinstance(reference, PathReference)
    return replace(reference, name=name)


def leaks(text: str, place: Place) -> list[str]:
    """The secrets of `place` that are in `text`: as they are, as in an address, or as a login is sent."""
    user = place.login[0] if place.login else ""
    found = []
    for name, secret in place.secrets.items():
        sent = base64.b64encode(f"{user}:{secret}".encode()).decode().rstrip("=")
        found += [name for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1], sent) if form in text]
    return found


def _raise_closed() -> None:
    raise Closed


def _nothing(count: int) -> None:
    """Nobody listens."""

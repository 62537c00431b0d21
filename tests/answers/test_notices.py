"""`Warning` fields of manifests: the registry's words to its users."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.answers import notices
from tests.registry.scripted import Contents, Request, Server, tiny
from tests.registry.sessions import AMD64, session
from tests.support import images

MOVED = '299 - "this repository has moved; it will go on 2027-01-01"'


@pytest.mark.parametrize(
    ("header", "texts"),
    [
        (None, []),
        (MOVED, ["this repository has moved; it will go on 2027-01-01"]),
        (r'299 - "say \"hello\", \\ and go"', [r'say "hello", \ and go']),
        ('299 - "one", 299 proxy.example.org:8080 "two, three", 299 - "one"', ["one", "two, three"]),
        ('299 - "dated" "Wed, 21 Oct 2026 07:28:00 GMT"', ["dated"]),
        ('110 cache "Response is Stale", 299 - "moved"', ["moved"]),
        ('199 - "miscellaneous"', ["miscellaneous"]),
        ("299 - moved without quotes", ["moved without quotes"]),
        ('299 "no agent"', ["no agent"]),
        ('299 - "grün"'.encode().decode("latin-1"), ["grün"]),
        ('299 - "a\x1b[31m\tb\u009bc"', ["a\ufffd[31m b\ufffdc"]),
        ('299 - ""', []),
        ('299 - "open', []),
        ("moved", []),
    ],
)
def test_the_texts_of_a_field(header: str | None, texts: list[str]) -> None:
    assert notices.of(header) == texts


def test_what_is_long_or_many_is_cut() -> None:
    assert [len(text) for text in notices.of(f'299 - "{"x" * 5000}"')] == [300]
    assert len(notices.of(", ".join(f'299 - "{number}"' for number in range(100)))) == 5


@given(st.text(alphabet='29 -"\\,ax\x1b', max_size=200))
def test_any_field_is_read(header: str) -> None:
    assert all(text.isprintable() for text in notices.of(header))


@pytest.mark.parametrize("piece", ['299 - "', "299 - ", ',299 -"\\', "2", " ", '"\\'])
def test_a_hostile_field_takes_no_time(piece: str) -> None:
    began = time.process_time()
    notices.of(piece * 100_000)
    assert time.process_time() - began < 0.5


def test_it_is_shown_once_with_the_registrys_name() -> None:
    image = tiny()
    listed = images.index([image])
    held = Contents().add(image).add_manifest(listed.data, listed.media_type, "1")
    documents = {
        "1": (listed.data, listed.media_type),
        image.manifest.digest: (image.manifest.data, images.OCI_MANIFEST),
    }

    def script(request: Request) -> bool:
        if request.kind != "manifest":
            return False
        return request.reply(200, *documents[request.name], Warning=MOVED)

    with Server(script, held) as server, session() as one:
        found = one.resolve(server.reference(), AMD64)
        registry = server.reference().registry
    assert found.warnings == [f"{registry} says: this repository has moved; it will go on 2027-01-01"]

"""Copies at the same time bring each blob into a repository once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from sregistry.digests import Digest
from sregistry.operations.under_way import UnderWay

BLOB = Digest.of(b"a blob")


def test_of_many_who_bring_a_blob_to_one_place_one_does() -> None:
    turns = UnderWay().at("registry.example.org/team/tool")

    def bring(_: int) -> bool:
        with turns(BLOB) as is_there:
            return is_there

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(bring, range(40))) == [False] + [True] * 39


def test_another_repository_has_to_get_it_too() -> None:
    under_way = UnderWay()
    for place in ("registry.example.org/a", "registry.example.org/b"):
        with under_way.at(place)(BLOB) as is_there:
            assert not is_there


def test_after_a_failure_the_next_one_brings_it() -> None:
    turns = UnderWay().at("registry.example.org/team/tool")
    with pytest.raises(OSError), turns(BLOB):
        raise OSError
    with turns(BLOB) as is_there:
        assert not is_there

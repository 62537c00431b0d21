"""Errors: their kinds, and that they arrive whole wherever they are sent."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import json
import multiprocessing
import pickle
import pkgutil
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import sregistry
from sregistry import errors
from sregistry.codes import Code, UndeclaredCode, declared, every
from sregistry.diagnosis import explain
from sregistry.digests import Digest
from sregistry.errors import AuthError, DiskError, NetworkError, RegistryError, SregistryError, StandIn, UsageError
from sregistry.kinds import Kind
from sregistry.references import InvalidReference, parse
from tests.codes.declaring import declaring


def import_everything() -> None:
    for module in pkgutil.walk_packages(sregistry.__path__, "sregistry."):
        if not module.name.endswith("__main__") and ".migrations." not in module.name:
            importlib.import_module(module.name)


def classes() -> Iterator[type[SregistryError]]:
    """The family, without what is made on demand of a room and a kind."""
    import_everything()
    waiting = [SregistryError]
    while waiting:
        cls = waiting.pop()
        waiting += cls.__subclasses__()
        if cls._room is None:
            yield cls


CLASSES = sorted(classes(), key=lambda cls: cls.__qualname__)
CODES = ["network-refused", "disk-full", "tag-unknown", "bug"]


def make(cls: type[SregistryError] = RegistryError, code: str = "network-refused") -> SregistryError:
    """An error with everything that one can have."""
    try:
        try:
            raise ConnectionRefusedError(111, "Connection refused")
        except OSError as cause:
            error = cls(code, "no connection", host="localhost", ports=[1, 2], nested={"a": None})
            error.retryable = True
            error.add_note("seen by the test")
            raise error from cause
    except SregistryError as raised:
        return raised


def through_pickle(error: SregistryError) -> SregistryError:
    return pickle.loads(pickle.dumps(error))


def through_cloudpickle(error: SregistryError) -> SregistryError:
    import cloudpickle

    return pickle.loads(cloudpickle.dumps(error))


def assert_whole(found: BaseException, sent: SregistryError) -> None:
    assert isinstance(found, SregistryError)
    assert type(found) is type(sent)
    assert (found.code, found.message, found.facts, found.retryable) == (
        sent.code,
        sent.message,
        sent.facts,
        sent.retryable,
    )
    assert (str(found), found.args, found.kind) == (str(sent), sent.args, sent.kind)
    assert found.__notes__ == sent.__notes__
    assert explain(found) == explain(sent)


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, through_pickle, through_cloudpickle])
@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("cls", CLASSES)
def test_an_error_arrives_whole(
    cls: type[SregistryError], code: str, way: Callable[[SregistryError], SregistryError]
) -> None:
    sent = make(cls, code)
    found = way(sent)
    assert_whole(found, sent)
    assert isinstance(found, cls)
    assert isinstance(found.__cause__, ConnectionRefusedError)
    assert found.__cause__.errno == 111


def test_what_was_scrubbed_or_made_another_kind_arrives_as_such() -> None:
    sent = make().become(Kind.USAGE)
    sent.message, sent.facts = "other words", {"other": "facts"}
    sent.args = (sent.message,)
    found = through_pickle(sent)
    assert_whole(found, sent)
    assert isinstance(found, UsageError)
    assert not isinstance(found, NetworkError)


def fail(_: int) -> None:
    raise make()


def chain(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__


def assert_came_through_a_pool(error: SregistryError) -> None:
    assert isinstance(error, NetworkError)
    assert_whole(error, make())
    assert any(isinstance(link, ConnectionRefusedError) for link in chain(error))


def test_an_error_comes_out_of_a_process_pool_executor() -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        with pytest.raises(SregistryError) as caught:
            list(pool.map(fail, [1]))
        assert_came_through_a_pool(caught.value)
        assert pool.submit(abs, -1).result() == 1


def test_an_error_comes_out_of_a_multiprocessing_pool() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        with pytest.raises(SregistryError) as caught:
            pool.map_async(fail, [1]).get(60)
        assert_came_through_a_pool(caught.value)


class UnpicklableError(Exception):
    def __init__(self, first: str, second: object) -> None:
        super().__init__(first)
        self.second = second


def test_a_cause_that_cannot_travel_is_told_and_so_are_those_behind_it() -> None:
    sent = make()
    behind = sent.__cause__
    sent.__cause__ = UnpicklableError("words", socket)
    sent.__cause__.__cause__ = behind
    found = through_pickle(sent)
    assert isinstance(found.__cause__, StandIn)
    assert str(found.__cause__) == "UnpicklableError: words"
    assert isinstance(found.__cause__.__cause__, ConnectionRefusedError)
    assert copy.copy(sent).__cause__ is sent.__cause__


def test_a_circle_of_causes_has_an_end() -> None:
    sent = make()
    other = ValueError("other")
    other.__cause__, sent.__cause__ = sent, other
    assert isinstance(through_pickle(sent).__cause__, ValueError)


def test_facts_are_fit_for_json_whatever_is_handed_in() -> None:
    error = SregistryError(
        "bug", "x", path=Path("/a"), digest=Digest.of(b""), raw=b"\xff", kinds=(Kind.TLS,), names={"b", "a"}, by={1: 2}
    )
    error.with_facts(more=object)
    assert json.loads(json.dumps(error.facts)) == error.facts
    assert error.facts["path"] == "/a"
    assert error.facts["raw"] == "\\xff"
    assert error.facts["names"] == ["a", "b"]


# -- kinds --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", every(), ids=lambda code: code.name)
def test_the_class_of_an_error_follows_from_the_declaration_of_its_code(code: Code) -> None:
    error = RegistryError(code.name, "x")
    assert error.kind is code.kind
    assert error.retryable is code.retryable
    assert isinstance(error, errors.CLASSES.get(error.kind, SregistryError))
    assert isinstance(error, RegistryError)
    assert error.exit_code == error.kind.exit_code


def test_every_kind_but_our_own_faults_has_a_class() -> None:
    assert set(errors.CLASSES) == set(Kind) - {Kind.BUG}
    assert all(getattr(sregistry, cls.__name__) is cls for cls in errors.CLASSES.values())


def test_a_class_is_called_as_its_kind_is() -> None:
    with pytest.raises(AuthError) as caught:
        raise RegistryError("auth-refused", "the login was refused")
    assert repr(type(caught.value)) == "<class 'sregistry.errors.AuthError'>"
    with pytest.raises(sregistry.InvalidName):
        parse("UPPER/Case")
    with pytest.raises(InvalidReference):
        parse("UPPER/Case")


def test_a_disk_error_is_one_of_the_machine() -> None:
    assert issubclass(DiskError, sregistry.MachineError)


def test_whoever_raises_the_class_of_a_kind_means_it() -> None:
    assert type(UsageError("network-refused", "x")) is UsageError


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("code", ["nobody-knows-this", "tag-unknwon", "tag", ""])
def test_no_error_has_a_code_that_is_not_declared(cls: type[SregistryError], code: str) -> None:
    with pytest.raises(UndeclaredCode):
        cls(code, "x")


def test_an_error_arrives_whole_where_its_code_is_not_declared() -> None:
    declaration = dataclasses.replace(declared("network-refused"), name="lab-shelf-empty")
    with declaring(declaration):
        data = pickle.dumps(make(code="lab-shelf-empty"))
    found = pickle.loads(data)
    assert type(found) is type(make())
    assert (found.code, found.facts["host"], found.kind) == ("lab-shelf-empty", "localhost", Kind.NETWORK)
    diagnosis = explain(found)
    assert (diagnosis.code, diagnosis.kind) == ("lab-shelf-empty", Kind.BUG)
    assert diagnosis.what == ("no connection [lab-shelf-empty]",)


def test_an_error_explains_itself() -> None:
    error = make()
    assert error.diagnosis == explain(error)


# -- causes --------------------------------------------------------------------------------------------


def hide(text: str) -> str:
    return text.replace("hunter2", "***")


@pytest.mark.parametrize(
    "cause",
    [
        ValueError("Invalid header value b'Basic hunter2'"),
        OSError(2, "No such file", "/home/hunter2"),
        json.JSONDecodeError("Expecting value", '{"token": "hunter2"', 3),
        UnicodeDecodeError("utf-8", b"hunter2\xff", 7, 8, "invalid start byte"),
        ValueError({"password": "hunter2"}),
    ],
)
def test_nothing_secret_stands_behind_an_error(cause: Exception) -> None:
    error: Any = SregistryError("bug", "x")
    middle = RuntimeError("in between")
    middle.__cause__ = cause
    error.__cause__ = middle
    errors.scrub_causes(error, hide)
    assert type(error.__cause__) is RuntimeError
    shown = error.__cause__.__cause__
    assert type(shown) is StandIn
    assert type(cause).__name__ in str(shown)
    assert b"hunter2" not in pickle.dumps(error)
    assert "hunter2" not in repr(shown)


def test_a_plain_cause_stays_what_it_is() -> None:
    error = make()
    cause = error.__cause__
    errors.scrub_causes(error, hide)
    assert error.__cause__ is cause

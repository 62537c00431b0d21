"""Arguments that cannot be meant are errors of the program, of ours, with a code; nothing has been done by then."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sregistry.client import Client
from sregistry.diagnosis import Kind, explain
from sregistry.errors import SregistryError, UsageError
from sregistry.operations.progress import Silent
from sregistry.settings import rows
from sregistry.settings.given import Given
from tests.operations.library import client

REF = "docker://127.0.0.1:9/team/tool:1"
NO_REFERENCES: list[Any] = [None, b"ubuntu", 7, Path("ubuntu"), ["ubuntu"], Client]
ASKING: dict[str, Callable[[Client, Any], object]] = {
    "reference": lambda one, ref: one.reference(ref),
    "manifest": lambda one, ref: one.manifest(ref),
    "manifests": lambda one, ref: one.manifests(ref),
    "image": lambda one, ref: one.image(ref),
    "config": lambda one, ref: one.config(ref),
    "layers": lambda one, ref: one.layers(ref),
    "tags": lambda one, ref: one.tags(ref),
    "request": lambda one, ref: one.request(ref),
    "download_layers": lambda one, ref: one.download_layers(ref, "folder"),
    "pull": lambda one, ref: one.pull(ref),
    "doctor": lambda one, ref: one.doctor(ref),
    "search": lambda one, ref: one.search(ref),
    "copy": lambda one, ref: one.copy(ref, REF),
    "copy to": lambda one, ref: one.copy(REF, ref),
    "get": lambda one, ref: one.get(ref, pull=True),
    "rm": lambda one, ref: one.rm(ref),
    "mv": lambda one, ref: one.mv(ref, "file"),
    "rename": lambda one, ref: one.rename(ref, "new"),
}
WRONG_TYPES: dict[str, Callable[[Any], object]] = {
    "output": lambda one: one.pull(REF, output=b"tool.sif"),
    "output number": lambda one: one.pull(REF, output=7),
    "name": lambda one: one.pull(REF, name=7),
    "platform": lambda one: one.pull(REF, platform=386),
    "platform of image": lambda one: one.image(REF, ("linux", "amd64")),
    "progress": lambda one: one.pull(REF, progress=print),
    "progress class": lambda one: one.pull(REF, progress=Silent),
    "login": lambda one: one.pull(REF, login="ada:secret"),
    "cancel": lambda one: one.pull(REF, cancel=True),
    "cancel class": lambda one: one.pull(REF, cancel=threading.Event),
    "folder": lambda one: one.download_layers(REF, None),
    "limit": lambda one: one.tags(REF, limit="10"),
    "limit flag": lambda one: one.tags(REF, limit=True),
    "kind": lambda one: one.manifest(REF, 2),
    "file": lambda one: one.add(None),
    "labels": lambda one: one.images(labels=["a"]),
    "label": lambda one: one.images(labels={"a": 1}),
    "query": lambda one: one.images(b"a"),
    "target": lambda one: one.inspect(7),
    "mv target": lambda one: one.mv("tool:1", None),
    "text": lambda one: one.search(REF, 7),
    "lines": lambda one: one.copy_list(7),
    "line": lambda one: one.copy_list([7]),
    "place": lambda one: one.copy_list(REF, 7),
}
WRONG_VALUES: dict[str, Callable[[Any], object]] = {
    "output": lambda one: one.pull(REF, output=""),
    "output nul": lambda one: one.pull(REF, output="a\0b"),
    "name": lambda one: one.pull(REF, name=" "),
    "platform": lambda one: one.pull(REF, platform=""),
    "limit": lambda one: one.tags(REF, limit=-1),
    "no limit": lambda one: one.tags(REF, limit=0),
    "kind": lambda one: one.manifest(REF, "v3"),
    "kind of request": lambda one: one.request(REF, "v3"),
    "order": lambda one: one.images(order="age"),
    "target": lambda one: one.inspect(""),
    "get": lambda one: one.get(""),
    "rename": lambda one: one.rename("tool:1", ""),
    "folder": lambda one: one.download_layers(REF, ""),
}


def refused(action: Callable[[], object], code: str) -> SregistryError:
    with pytest.raises(UsageError) as caught:
        action()
    error = caught.value
    assert error.code == code
    assert isinstance(error, TypeError if code == "argument-type" else ValueError)
    assert error.facts["argument"] in error.message
    assert explain(error).kind is Kind.USAGE
    return error


@pytest.mark.parametrize("value", NO_REFERENCES, ids=repr)
@pytest.mark.parametrize("method", ASKING)
def test_what_is_no_reference(method: str, value: Any, tmp_path: Path) -> None:
    refused(lambda: ASKING[method](client(tmp_path), value), "argument-type")


@pytest.mark.parametrize("case", WRONG_TYPES)
def test_arguments_of_a_wrong_type(case: str, tmp_path: Path) -> None:
    error = refused(lambda: WRONG_TYPES[case](client(tmp_path)), "argument-type")
    assert "secret" not in str(error.facts)


@pytest.mark.parametrize("case", WRONG_VALUES)
def test_arguments_of_a_wrong_value(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    refused(lambda: WRONG_VALUES[case](client(tmp_path)), "argument-value")
    assert list(tmp_path.iterdir()) == []


def test_a_path_is_a_path_whatever_its_type(tmp_path: Path) -> None:
    with pytest.raises(SregistryError) as caught:
        client(tmp_path).inspect(tmp_path / "tool.sif")
    assert caught.value.code == "disk-no-such-file"


def test_arguments_of_a_client(tmp_path: Path) -> None:
    refused(lambda: client(tmp_path, login="ada"), "argument-type")
    refused(lambda: client(tmp_path, progress=7), "argument-type")
    refused(lambda: client(tmp_path, on_exchange="print"), "argument-type")


def test_a_setting_given_to_a_call_is_named_as_such(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        client(tmp_path).pull(REF, compression="brotli")
    assert (caught.value.code, caught.value.facts["source"]) == ("setting-invalid", "the call")
    with pytest.raises(UsageError) as caught:
        Client.from_environment(platfrom="linux/amd64")  # type: ignore[call-arg]
    assert (caught.value.code, caught.value.facts["near"]) == ("setting-unknown", ["platform"])


def test_what_is_no_setting_is_an_argument() -> None:
    made = Client.from_environment(login=("ada", "secret"), progress=None, on_exchange=None, jobs=None)
    assert made.settings.source_of("jobs") == "default"


def test_the_settings_of_type_checkers_are_all_settings() -> None:
    assert set(Given.__annotations__) == set(rows())


# -- whose fault it is ------------------------------------------------------------------------------------


def explained(action: Callable[[], object]) -> Any:
    with pytest.raises(Exception) as caught:
        action()
    return explain(caught.value)


def test_a_call_that_python_refuses_is_the_programs(tmp_path: Path) -> None:
    found = explained(lambda: client(tmp_path).pull(REF, outptu="x"))  # type: ignore[call-arg]
    assert (found.code, found.exit_code) == ("calling-program", 2)
    assert "sregistry itself" not in str(found)


def test_what_a_listener_raises_is_the_programs(tmp_path: Path) -> None:
    class Broken(Silent):
        def warning(self, text: str) -> None:
            raise ZeroDivisionError

    page = "https://hub.docker.com/_/ubuntu"  # read as a reference, and said so
    found = explained(lambda: client(tmp_path).pull(page, progress=Broken()))
    assert found.code == "calling-program"


def test_what_fails_inside_is_a_bug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        [].pop()

    monkeypatch.setattr("sregistry.operations.local.open_store", lambda _: broken)
    assert explained(lambda: client(tmp_path).images()).code == "bug"

"""What is waited for is told, ends in time, and ends at once when the session does."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from sregistry.errors import RegistryError
from sregistry.http import waits as module
from sregistry.http.options import Timeouts
from sregistry.http.waits import Waits
from sregistry.references import parse
from sregistry.registry.session import Session
from tests.registry.helper_program import environ, write_helper
from tests.registry.scripted import Contents, Request, Server, silent, tiny
from tests.registry.sessions import AMD64, options


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is waited for is told after a moment."""
    monkeypatch.setattr(module, "TELL_AFTER", 0.2)


class Heard(list[str]):
    """Keeps what is told."""

    def __call__(self, reason: str, seconds: float) -> None:
        self.append(reason if not seconds else f"pause: {reason}")

    def has(self, text: str) -> bool:
        return any(text in line for line in self)


def session(heard: Heard, **more: object) -> Session:
    return Session(options(**more), on_wait=heard)


@pytest.mark.usefixtures("soon")
def test_a_registry_that_does_not_answer_is_named_while_it_is_waited_for() -> None:
    heard = Heard()
    with silent() as host, session(heard, timeouts=Timeouts(read=0.8)) as one, pytest.raises(RegistryError):
        one.ping(parse(f"docker://{host}/a/b:1"))
    assert heard[0] == f"waiting for {host} to answer"


@pytest.mark.usefixtures("soon")
def test_a_proxy_is_named_and_not_the_registry_behind_it() -> None:
    heard = Heard()
    with silent() as host:
        around = {"https_proxy": f"http://{host}"}
        one = session(heard, environ=around, plain_http=False, timeouts=Timeouts(connect=0.8))
        with one, pytest.raises(RegistryError):
            one.ping(parse("docker://registry.test/a/b:1"))
    assert heard[0] == f"waiting for the proxy {host} to connect to registry.test"


@pytest.mark.usefixtures("soon")
def test_a_helper_is_named_while_it_is_waited_for(tmp_path: Path) -> None:
    write_helper(tmp_path, "slow", """sleep 0.7; echo '{"Username": "me", "Secret": "pw"}'""")
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker/config.json").write_text('{"credsStore": "slow"}')
    heard = Heard()
    with session(heard, home=tmp_path, environ=environ(tmp_path)) as one, one.waits.acting():
        assert one.logins.find("ghcr.io", "a/b")
    assert heard == ["waiting for the credential helper docker-credential-slow"]


@pytest.mark.usefixtures("soon")
def test_what_is_quick_is_not_told() -> None:
    heard = Heard()
    with Server(contents=Contents().add(tiny(), "1")) as server, session(heard) as one:
        one.resolve(server.reference(), AMD64)
    assert heard == []


def test_a_blob_that_is_slow_and_comes_is_told_and_arrives() -> None:
    image = tiny(size=20_000)

    def drip(request: Request) -> bool:
        if request.kind != "blob" or len(data := request.server.contents.blobs[request.name]) < 5000:
            return False
        request.head(200, {"Content-Length": len(data)})
        for start in range(0, len(data), 700):
            request.write(data[start : start + 700])
            request.handler.wfile.flush()
            request.server.over.wait(0.1)
        return True

    heard = Heard()
    times = Timeouts(connect=2, read=2, document=4, stall=4, slow_bytes=600, slow=0.5)
    with Server(drip, Contents().add(image, "1")) as server, session(heard, timeouts=times) as one:
        found = one.resolve(server.reference(), AMD64)
        for layer in found.layers:
            with one.open_blob(found.reference, layer.descriptor) as stream:
                assert len(stream.read()) == layer.descriptor.size
    assert heard.has(f"{server.host} sends slowly")


def test_a_config_that_is_slow_is_not_waited_for() -> None:
    def drip(request: Request) -> bool:
        if request.kind != "blob":
            return False
        request.head(200, {"Content-Length": len(request.server.contents.blobs[request.name])})
        while not request.server.over.wait(0.05):
            request.write(b"{")
        return request.hang_up()

    times = Timeouts(connect=2, read=2, document=0.6, stall=4, slow_bytes=4)
    with Server(drip, Contents().add(tiny(), "1")) as server, session(Heard(), timeouts=times) as one:
        began = time.monotonic()
        with pytest.raises(RegistryError) as caught:
            one.resolve(server.reference(), AMD64)
        assert time.monotonic() - began < 15
    assert caught.value.code == "network-stalled"
    assert caught.value.facts["setting"] == "timeout_document"


def test_a_wait_is_broken_off_at_its_limit_and_at_the_end_of_the_session() -> None:
    waits = Waits()
    ended = threading.Event()
    with waits.during("an answer", 0.2, ended.set) as wait:
        assert ended.wait(5)
        assert wait.expired
    ended.clear()
    with waits.during("an answer", None, ended.set) as wait:
        threading.Timer(0.1, waits.end).start()
        assert ended.wait(5)
    with pytest.raises(RegistryError), waits.during("another one"):
        pass


def test_a_wait_ends_with_the_operation_that_it_is_for_and_with_the_session() -> None:
    for give_up in ("stop", "close", "session"):
        stop = threading.Event()
        with silent() as host, session(Heard(), timeouts=Timeouts(read=30.0)) as one, one.view(stop=stop) as view:
            end = {"stop": stop.set, "close": view.close, "session": one.close}[give_up]
            threading.Timer(0.3, end).start()
            began = time.monotonic()
            with pytest.raises(RegistryError):
                view.ping(parse(f"docker://{host}/a/b:1"))
            assert time.monotonic() - began < 10


def test_a_deadline_of_the_request_is_that_of_every_wait() -> None:
    waits = Waits()
    with module.until(time.monotonic() + 0.1), waits.during("an answer", 60.0) as wait:
        assert wait.facts("answer", "timeout_read")["setting"] == "patience"
    with waits.during("an answer", 60.0) as wait:
        assert wait.facts("answer", "timeout_read")["setting"] == "timeout_read"


class Stopped(Exception):  # noqa: N818 - a signal
    """Raised by a listener."""


@pytest.mark.usefixtures("soon")
def test_what_a_listener_raises_ends_the_wait_and_comes_out() -> None:
    def stop(reason: str, seconds: float) -> None:
        raise Stopped

    with silent() as host, Session(options(timeouts=Timeouts(read=30.0)), on_wait=stop) as one:
        began = time.monotonic()
        with pytest.raises(Stopped):
            one.ping(parse(f"docker://{host}/a/b:1"))
        assert time.monotonic() - began < 10


def test_no_thread_is_left_when_nothing_is_waited_for() -> None:
    waits = Waits()
    with waits.during("an answer"):
        pass
    began = time.monotonic()
    while any(thread.name == "waits" for thread in threading.enumerate()):
        assert time.monotonic() - began < 10
        time.sleep(0.05)


def test_a_fork_in_the_middle_of_a_wait_has_a_watcher_of_its_own() -> None:
    waits = Waits()
    with waits.during("an answer"):
        child = os.fork()
        if not child:
            ended = threading.Event()
            with waits.during("another", 0.2, ended.set):
                os._exit(0 if ended.wait(5) else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

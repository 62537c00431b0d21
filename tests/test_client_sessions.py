"""One session for one client: whatever it is asked, by however many threads, in whatever process."""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cloudpickle
import pytest

from sregistry.client import Client
from sregistry.http.transport import Exchange
from tests.operations.library import client, token_registry

ADA = ("ada", "correct horse")


def test_everything_shares_one_token_and_its_connections(tmp_path: Path) -> None:
    with token_registry() as server, client(tmp_path) as one:
        reference = str(server.reference())
        for number in range(5):
            one.pull(reference, tmp_path / f"{number}.sif")
            one.manifest(reference)
        one.image(reference)
        one.tags(reference)
        one.inspect(f"docker://{reference}")
        one.search(f"docker://{reference}")
        one.request(reference)
        one.download_layers(reference, tmp_path / "layers")
        one.get(reference, pull=True)
        assert server.tokens == 1
        # Layers come side by side; everything else one after the other.
        assert server.connections <= 5


def test_a_closed_client_begins_anew(tmp_path: Path) -> None:
    with token_registry() as server:
        one = client(tmp_path)
        for _ in range(2):
            one.manifest(str(server.reference()))
            one.close()
        assert (server.tokens, server.connections) == (2, 4)


def test_many_threads_may_use_one_client(tmp_path: Path) -> None:
    with token_registry() as server, client(tmp_path) as one, ThreadPoolExecutor(8) as threads:
        reference = str(server.reference())
        pulls = [threads.submit(one.pull, reference, tmp_path / f"{number}.sif") for number in range(8)]
        asked = [threads.submit(one.manifest, reference) for number in range(16)]
        assert {pull.result().manifest_digest for pull in pulls} == {manifest.result().digest for manifest in asked}
        assert len({Path(pull.result()).read_bytes() for pull in pulls}) == 1
        assert server.tokens == 1


def test_another_login_has_a_session_of_its_own(tmp_path: Path) -> None:
    with token_registry() as server, client(tmp_path) as one:
        reference = str(server.reference())
        for login in (None, ADA, None, ADA):
            one.manifest(reference, login=login)
        assert server.tokens == 2
        assert sum(request.authorization is not None for request in server.seen if request.kind == "token") == 1


def test_the_listener_to_exchanges_hears_of_all(tmp_path: Path) -> None:
    heard: list[Exchange] = []
    with token_registry() as server, client(tmp_path, on_exchange=heard.append) as one:
        one.pull(str(server.reference()), tmp_path / "tool.sif")
        assert len(heard) == len(server.seen)


def test_a_forked_child_speaks_over_connections_of_its_own(tmp_path: Path) -> None:
    with token_registry() as server, client(tmp_path) as one:
        reference = str(server.reference())
        wanted = one.manifest(reference).digest
        connections = server.connections
        child = os.fork()
        if not child:
            os._exit(0 if one.manifest(reference).digest == wanted else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert server.connections > connections
        connections = server.connections
        assert one.manifest(reference).digest == wanted
        assert server.connections == connections


# -- travelling -------------------------------------------------------------------------------------------

WAYS: list[Callable[[Client], bytes]] = [pickle.dumps, cloudpickle.dumps]


@pytest.mark.parametrize("dumps", WAYS)
def test_a_client_travels_with_its_settings_and_nothing_else(
    dumps: Callable[[Client], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SREGISTRY_PASSWORD", "correct horse")
    sent = Client.from_environment(jobs=3, cache_dir=tmp_path / "cache")
    with token_registry() as server:
        sent.manifest(str(server.reference()))
        data = dumps(sent)
        assert b"correct horse" not in data
        assert b"environ" not in data
        found = pickle.loads(data)
        assert found.settings == sent.settings
        assert found.settings.source_of("jobs") == "the call"
        assert found.manifest(str(server.reference())).digest == sent.manifest(str(server.reference())).digest
        sent.close()
        found.close()


@pytest.mark.parametrize("dumps", WAYS)
def test_a_password_does_not_travel(dumps: Callable[[Client], bytes], tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"login.*Client\.from_environment"):
        dumps(client(tmp_path, login=ADA))
    with pytest.raises(TypeError, match=r"database_url.*Client\.from_environment"):
        dumps(client(tmp_path, database_url="postgresql://ada:secret@db.example.org/images"))
    assert pickle.loads(dumps(client(tmp_path, database_url="postgresql://db.example.org/images")))


def test_no_thread_is_left_of_a_client(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with token_registry() as server, client(tmp_path) as one:
        one.pull(str(server.reference()), tmp_path / "tool.sif")
        mine = [thread.name for thread in set(threading.enumerate()) - before if "process_request" not in thread.name]
        assert mine == [server.thread.name]

from __future__ import annotations

import json

from tests.support.pulling import User

LOGIN = {"auth": "YWRhOnBhc3N3b3Jk"}


def keep(user: User, *keys: str) -> None:
    (user.home / ".docker").mkdir()
    config = {"auths": dict.fromkeys(keys, LOGIN), "HttpHeaders": {"X-Team": "genomics"}}
    (user.home / ".docker/config.json").write_text(json.dumps(config))


def kept(user: User) -> dict[str, object]:
    document: dict[str, object] = json.loads((user.home / ".docker/config.json").read_text())
    return document


def test_every_spelling_goes_and_all_else_stays(user: User) -> None:
    keep(user, "https://ghcr.io/v2/", "ghcr.io/acme", "quay.io")
    done = user.sregistry("logout", "ghcr.io")
    assert done.stdout.decode().startswith("The login for ghcr.io is removed from ~/.docker/config.json")
    assert kept(user) == {"auths": {"quay.io": LOGIN}, "HttpHeaders": {"X-Team": "genomics"}}


def test_a_path_is_one_login(user: User) -> None:
    keep(user, "ghcr.io/acme", "ghcr.io")
    assert user.sregistry("logout", "ghcr.io/acme").returncode == 0
    assert kept(user)["auths"] == {"ghcr.io": LOGIN}


def test_where_there_is_none_nothing_happens(user: User) -> None:
    done = user.sregistry("logout", "ghcr.io")
    assert (done.returncode, done.stdout) == (0, b"There was no login for ghcr.io\n")
    assert not (user.home / ".docker").exists()


def test_a_login_in_the_environment_is_named(user: User) -> None:
    user.environment.update(SREGISTRY_DOCKERHUB_USERNAME="ada", SREGISTRY_DOCKERHUB_PASSWORD="hush-hush")
    done = user.sregistry("logout", "docker.io")
    assert "SREGISTRY_DOCKERHUB_USERNAME" in done.stderr.decode()
    assert "hush-hush" not in done.stderr.decode()

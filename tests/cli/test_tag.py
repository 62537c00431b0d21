from __future__ import annotations

import json

from tests.registry.scripted import tiny
from tests.support.pulling import User
from tests.support.registry import DockerRegistry

ONE, TWO = tiny("one"), tiny("two")


def test_the_digest_is_printed_and_what_a_tag_meant(user: User, docker_registry: DockerRegistry) -> None:
    first, second = (docker_registry.push("team/tool", name, one) for name, one in (("1", ONE), ("2", TWO)))
    at = f"docker://{docker_registry.address}/team/tool"
    done = user.sregistry("tag", f"{at}:1", "stable")
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, f"{first}\n", b"")
    done = user.sregistry("tag", f"{at}:2", "stable", "--json")
    assert json.loads(done.stdout) == {"reference": f"{at}:stable", "digest": second, "former": first}
    assert done.stderr.decode() == f"{at}:stable meant {first} before\n"


def test_what_is_no_tag_is_refused(user: User) -> None:
    done = user.sregistry("tag", "docker://registry.invalid/team/tool:1", "other/tool:2")
    assert (done.returncode, done.stdout) == (3, b"")
    assert "reference-tag" in done.stderr.decode()

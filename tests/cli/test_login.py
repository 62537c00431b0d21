from __future__ import annotations

import base64
import json
import os
import stat
import subprocess
import sys

import pexpect
import pytest

from tests.registry.scripted import Request, Server
from tests.support.pulling import User
from tests.support.registry import Certificates, DockerRegistry

PASSWORD = "correct horse"


@pytest.fixture
def host(password_registry: DockerRegistry, certificates: Certificates, user: User) -> str:
    user.environment["SSL_CERT_FILE"] = str(certificates.authority)
    return password_registry.address


def login(user: User, host: str, password: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sregistry", "login", host, "--username", "reader", "--password-stdin", *options],
        input=password + "\n",
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(user.home), **user.environment},
        cwd=user.home,
        timeout=60,
    )


def test_a_login_that_is_taken_is_kept_for_its_owner_only(user: User, host: str) -> None:
    done = login(user, host, PASSWORD)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{host} takes the login; it is kept in ~/.docker/config.json (auths)\n"
    file = user.home / ".docker/config.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept = json.loads(file.read_text())["auths"][host]["auth"]
    assert base64.b64decode(kept).decode() == f"reader:{PASSWORD}"


def test_a_login_that_is_refused_is_not_kept(user: User, host: str) -> None:
    done = login(user, host, "wrong")
    assert done.returncode == 6
    assert "auth-refused" in done.stderr
    assert not (user.home / ".docker").exists()


def test_another_file_can_be_chosen(user: User, host: str) -> None:
    (user.home / "auth.json").write_text('{"auths": {}}')
    assert login(user, host, PASSWORD, "--authfile", "auth.json").returncode == 0
    assert host in json.loads((user.home / "auth.json").read_text())["auths"]
    assert not (user.home / ".docker").exists()


def test_a_person_is_asked_and_the_password_is_not_shown(user: User, host: str) -> None:
    child = pexpect.spawn(
        sys.executable,
        ["-m", "sregistry", "login", host],
        env={"PATH": os.environ["PATH"], "HOME": str(user.home), "TERM": "xterm", **user.environment},
        encoding="utf-8",
        timeout=60,
    )
    child.expect("User name: ")
    child.sendline("reader")
    child.expect("Password: ")
    child.waitnoecho()
    child.sendline(PASSWORD)
    shown = child.read()
    child.close()
    assert child.exitstatus == 0, shown
    assert "takes the login" in shown
    assert PASSWORD not in shown


def test_in_a_script_a_user_name_is_needed(user: User) -> None:
    done = user.sregistry("login", "ghcr.io")
    assert done.returncode == 2
    assert "--username is needed" in done.stderr.decode()


def test_without_a_terminal_a_password_is_not_asked_for(user: User, host: str) -> None:
    command = [sys.executable, "-m", "sregistry", "login", host, "--username", "reader"]
    environ = {"PATH": os.environ["PATH"], "HOME": str(user.home)}
    done = subprocess.run(
        command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, start_new_session=True, timeout=100
    )
    assert done.returncode == 2
    assert b"--password-stdin" in done.stderr
    assert b"Warning" not in done.stderr


KEY = b"-----BEGIN KEY-----\nabc\ndef\n-----END KEY-----\n"


@pytest.mark.parametrize(
    ("given", "password"),
    [
        (b"plain", b"plain"),
        (b"plain\n", b"plain"),
        (b"plain\r\n", b"plain"),
        (b" two lines \n\n", b" two lines \n"),
        (b"end\n\r", b"end\n"),
        (KEY, KEY[:-1]),
        (b"\xff\xfe no text \xe4\n", b"\xff\xfe no text \xe4"),
        ("pässwörd\n".encode(), "pässwörd".encode()),
    ],
)
def test_the_password_is_all_of_standard_input_less_one_line_end(user: User, given: bytes, password: bytes) -> None:
    expected = "Basic " + base64.b64encode(b"ada:" + password).decode()

    def script(request: Request) -> bool:
        return request.authorization != expected and request.challenge('Basic realm="x"')

    with Server(script) as server:
        process = user.start("login", server.host, "--username", "ada", "--password-stdin", stdin=subprocess.PIPE)
        _, err = process.communicate(given, timeout=60)
    assert process.returncode == 0, err
    kept = json.loads((user.home / ".docker/config.json").read_text())["auths"][server.host]["auth"]
    assert base64.b64decode(kept) == b"ada:" + password


@pytest.mark.parametrize(
    ("username", "given", "words"),
    [
        ("ada", b"\n", b"it is empty"),
        ("ada", b"a\0b", b"NUL byte"),
        ("a:b", b"x", b"colon"),
        ("ada", b"x" * (1 << 21), b"no password"),
    ],
)
def test_what_cannot_be_a_login_is_said_before_anybody_is_asked(
    user: User, username: str, given: bytes, words: bytes
) -> None:
    for verb in ("login", "pull"):
        command = [verb, "127.0.0.1:1", "--username", username, "--password-stdin"]
        process = user.start(*command, stdin=subprocess.PIPE)
        _, err = process.communicate(given, timeout=60)
        assert process.returncode == 2, err
        assert words in err


def test_what_is_typed_and_is_no_text_is_said_to_be_none(user: User) -> None:
    child = pexpect.spawn(
        sys.executable,
        ["-m", "sregistry", "login", "127.0.0.1:1"],
        env={"PATH": os.environ["PATH"], "HOME": str(user.home), "LC_ALL": "C.UTF-8", **user.environment},
        timeout=60,
    )
    child.expect("User name: ")
    child.sendline(b"ada")
    child.expect("Password: ")
    child.waitnoecho()
    child.sendline(b"\xff\xfe")
    shown = child.read()
    child.close()
    assert child.exitstatus == 2, shown
    assert b"--password-stdin takes any bytes" in shown

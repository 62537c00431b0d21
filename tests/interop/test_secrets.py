"""A secret from whatever source is shown nowhere: not by any command, at any verbosity, whatever the registry answers.

Each source holds a password of its own, and the registry sends back what it is sent. What the errors of functions hold
is judged by `tests.sick.judge`, with the same scenarios.
"""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import click
import pytest

from sregistry.cli.group import VERBS, cli
from tests.registry.helper_program import write_helper
from tests.sick.catalogue import SCENARIOS
from tests.sick.server import Running, SickRegistry
from tests.support.pulling import User
from tests.support.secrets import leaks

#: What came is shown by the registry, and by its token service.
ECHOES = ("echo-password", "echo-token-service")
ADA = "ada"


@dataclass
class Setting:
    """Where one login comes from: environment, files in the home folder, options and standard input.

    The address that the registry listens at is filled in where the texts have ``{host}``; `host` is the name that it
    is pulled from, where that is another.
    """

    secret: str
    environ: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    stdin: str = ""
    host: str = ""


def _auth(secret: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{ADA}:{secret}".encode()).decode()}


def _config(secret: str, **entry: object) -> str:
    return json.dumps({"auths": {"{host}": entry or _auth(secret)}})


def _variables(prefix: str, secret: str) -> Setting:
    return Setting(secret, {f"{prefix}_USERNAME": ADA, f"{prefix}_PASSWORD": secret})


def _secret(name: str) -> str:
    """Letters that URLs, JSON and shells write otherwise are among them."""
    return f"c4n4ry-{name}-p/ss+w&rd=%"


def _settings() -> dict[str, Setting]:
    found = {
        prefix.lower(): _variables(prefix, _secret(prefix.lower()))
        for prefix in ("SREGISTRY_DOCKERHUB", "APPTAINER_DOCKER", "SINGULARITY_DOCKER")
    }
    secret = _secret("command-line")
    found["command-line"] = Setting(secret, options=("--username", ADA, "--password-stdin"), stdin=secret + "\n")
    secret = _secret("authfile")
    found["authfile"] = Setting(secret, files={"auth.json": _config(secret)}, options=("--authfile", "auth.json"))
    secret = _secret("auths")
    found["auths"] = Setting(secret, files={".docker/config.json": _config(secret)})
    secret = _secret("identity")
    found["identity"] = Setting(secret, files={".docker/config.json": _config(secret, identitytoken=secret)})
    secret = _secret("registry-token")
    found["registry-token"] = Setting(secret, files={".docker/config.json": _config(secret, registrytoken=secret)})
    secret = _secret("header")
    headers = json.dumps({"HttpHeaders": {"X-Registry-Auth": secret, "X-Meta-Key": secret}})
    found["header"] = Setting(secret, files={".docker/config.json": headers})
    secret = _secret("helper")
    found["helper"] = Setting(secret, files={".docker/config.json": json.dumps({"credsStore": "canary"})})
    secret = _secret("proxy")
    proxy = secret.replace("/", "%2F").replace("=%", "")
    environ = {"http_proxy": f"http://{ADA}:{proxy}@{{host}}", "no_proxy": "", "SREGISTRY_PLAIN_HTTP": "true"}
    found["proxy"] = Setting("c4n4ry-proxy", environ, host="registry.test")
    database = "postgresql://ada:c4n4ry-database@127.0.0.1:1/images"
    found["database"] = Setting("c4n4ry-database", {"SREGISTRY_DATABASE_URL": database})
    misplaced = database.replace("c4n4ry-database", "c4n4ry-misplaced")
    found["misplaced"] = Setting("c4n4ry-misplaced", {"SREGISTRY_DATABASE": misplaced})
    secret = "c4n4ry-location"
    conf = f'[[registry]]\nprefix = "{{host}}"\nlocation = "{ADA}:{secret}@{{host}}"\n'
    found["location"] = Setting(secret, {"SREGISTRY_REGISTRIES_CONF": "conf"}, files={"conf": conf})
    return found


SETTINGS = _settings()


def user(home: Path, setting: Setting, running: Running) -> User:
    """Somebody whose login comes from where `setting` says."""
    made = User(home, {name: value.replace("{host}", running.host) for name, value in setting.environ.items()})
    for name, text in setting.files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text.replace("{host}", running.host))
    write_helper(home, "canary", f'echo \'{{"Username": "{ADA}", "Secret": "{setting.secret}"}}\'')
    made.environment["PATH"] = f"{home}:/usr/bin:/bin"
    return made


def shown(by: User, setting: Setting, *arguments: str) -> str:
    """All that a command shows, on both streams and in the reports that it writes."""
    process = by.start(*arguments, *setting.options, stdin=subprocess.PIPE)
    out, err = process.communicate(setting.stdin.encode(), timeout=120)
    reports = [path.read_bytes() for path in by.home.glob("*report*.md")]
    return b"\n".join([" ".join(arguments).encode(), out, err, *reports]).decode("utf-8", "replace")


@pytest.fixture(scope="module")
def echoes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Running]]:
    """The scenarios that send back what they are sent, running."""
    from contextlib import ExitStack

    with SickRegistry(tmp_path_factory.mktemp("sick")) as server, ExitStack() as stack:
        yield {name: stack.enter_context(server.serving(SCENARIOS[name])) for name in ECHOES}


@pytest.mark.parametrize("source", SETTINGS)
def test_a_failing_pull_and_its_report_show_no_secret(source: str, echoes: dict[str, Running], tmp_path: Path) -> None:
    setting = SETTINGS[source]

    def attempt(name: str) -> str:
        running = echoes[name]
        by = user(tmp_path / name, setting, running)
        reference = running.reference.replace(running.host, setting.host or running.host)
        if name == ECHOES[0]:
            return shown(by, setting, "doctor", "--json", "--debug", "--report", "report.md", reference)
        return shown(by, setting, "pull", "--json", "--debug", "--output", "x.sif", reference)

    with ThreadPoolExecutor(2) as pool:
        for text in pool.map(attempt, ECHOES):
            assert leaks(text, {source: setting.secret}) == []
            assert "Traceback" not in text


#: What a verb is given; others get the reference.
ARGUMENTS = {
    "login": ("{host}",),
    "logout": ("{host}",),
    "images": (),
    "labels": (),
    "check": (),
    "config": (),
    "version": (),
    "cache": ("list",),
    "completion": ("bash",),
    "shell": ("-c", "client.pull('{reference}')"),
}
#: Of every command that has them.
VERBOSITY = ("--debug", "--json")


def _commands(running: Running) -> list[list[str]]:
    """Every verb, as terse and as talkative as it can be."""
    found = []
    for verb in VERBS:
        command = cli.get_command(click.Context(cli), verb)
        assert command is not None
        known = {option for parameter in command.params for option in parameter.opts}
        given = ARGUMENTS.get(verb, ("{reference}",))
        words = [word.format(host=running.host, reference=running.reference) for word in given]
        talkative = [option for option in VERBOSITY if option in known]
        found += [[verb, *words], *([[verb, *talkative, *words]] if talkative else [])]
    return found


def test_no_command_shows_a_secret_of_any_source(echoes: dict[str, Running], tmp_path: Path) -> None:
    running = echoes["echo-token-service"]
    setting = SETTINGS["auths"]
    for name in ("apptainer_docker", "database", "location"):
        setting.environ.update(SETTINGS[name].environ)
        setting.files.update(SETTINGS[name].files)
    setting.environ["SREGISTRY_SECRET_TOKEN"] = "c4n4ry-variable"
    secrets = {name: one.secret for name, one in SETTINGS.items()} | {"variable": "c4n4ry-variable"}

    def attempt(number: int, words: list[str]) -> str:
        return shown(user(tmp_path / str(number), setting, running), setting, *words)

    commands = _commands(running)
    with ThreadPoolExecutor(2) as pool:
        for words, text in zip(commands, pool.map(attempt, range(len(commands)), commands), strict=True):
            assert leaks(text, secrets) == [], words
            assert "Traceback" not in text, words


@pytest.mark.parametrize(
    "reference",
    ["docker://ada:{secret}@{host}/sick/tool:1", "https://ada:{secret}@{host}/v2/", "ada:{secret}@{host}/x"],
)
def test_a_password_in_a_reference_is_not_repeated(reference: str, echoes: dict[str, Running], tmp_path: Path) -> None:
    running = echoes["echo-password"]
    text = reference.format(secret="c4n4ry-reference", host=running.host)
    by = User(tmp_path)
    for verb in ("pull", "doctor"):
        done = by.sregistry(verb, "--json", "--debug", text)
        assert leaks((done.stdout + done.stderr).decode(), {"reference": "c4n4ry-reference"}) == []
        assert done.returncode == 3

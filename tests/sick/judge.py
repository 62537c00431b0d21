"""Pull a scenario as a user with an empty home would, and say what is wrong with how it ended."""

from __future__ import annotations

import contextlib
import io
import json
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from sregistry.diagnosis import Diagnosis, explain
from sregistry.diagnosis.render import render_json, render_markdown, render_terminal
from sregistry.doctor import render as walked
from sregistry.doctor.steps.step import Verdict as StepVerdict
from sregistry.errors import SregistryError
from sregistry.http.transport import Exchange
from sregistry.operations.context import Context
from sregistry.operations.doctor import make_doctor
from sregistry.operations.progress import Silent
from sregistry.operations.pull import pull
from sregistry.settings import load
from sregistry.sif.reader import open_sif
from tests.sick.repository import NOISE
from tests.sick.scenario import CANARY, Outcome, Scenario
from tests.sick.server import Running
from tests.support.secrets import leaks

_PARTIAL = re.compile(r"partial|\.tmp|~$")


@dataclass
class Verdict:
    """How a pull ended.

    Attributes:
        said: the diagnosis as a terminal shows it, 200 columns wide; empty after a success.
        everything: whatever a person could get to see: all renderings, progress, exchanges.
        left: files of the user's that should not be there.
    """

    error: BaseException | None = None
    said: str = ""
    everything: str = ""
    seconds: float = 0
    size: int = 0
    left: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)


class _Listener(Silent):
    """Keeps what is announced."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def step(self, text: str) -> None:
        self.heard.append(text)

    def warning(self, text: str) -> None:
        self.heard.append(f"warning: {text}")

    def waiting(self, reason: str, seconds: float) -> None:
        self.heard.append(f"waiting {seconds:.1f} s: {reason}")


def environment(running: Running, home: Path, authority: Path) -> dict[str, str]:
    """The process environment of the user, whose docker config holds the scenario's login."""
    scenario = running.scenario
    for folder in (home / "tmp", home / "out", home / ".docker"):
        folder.mkdir(parents=True)
    config = scenario.docker_config
    if scenario.login:
        config = json.dumps({"auths": {running.host: dict(scenario.login)}})
    if config:
        (home / ".docker/config.json").write_text(config)
    settings = {f"SREGISTRY_{name.upper()}": value for name, value in {"jobs": "1", **scenario.settings}.items()}
    if scenario.registries_conf:
        conf = scenario.registries_conf.replace("{host}", running.host).replace("{elsewhere}", running.elsewhere)
        (home / "registries.conf").write_text(conf)
        settings["SREGISTRY_REGISTRIES_CONF"] = str(home / "registries.conf")
    here = running.listening
    more = {name: value.replace("{host}", here) for name, value in scenario.environment.items()}
    return {"HOME": str(home), "TMPDIR": str(home / "tmp"), "SSL_CERT_FILE": str(authority), **settings, **more}


def run(running: Running, home: Path, authority: Path) -> Verdict:
    """Pull into `home`/out/image.sif, a folder that does not exist yet."""
    environ = environment(running, home, authority)
    output = home / "out/image.sif"
    verdict, listener, exchanges = Verdict(), _Listener(), list[Exchange]()
    began = time.monotonic()
    try:
        settings = load(environ)
        pull(
            Context(settings, environ, progress=listener, on_exchange=exchanges.append),
            running.reference,
            output=output,
        )
    except Exception as error:  # noqa: BLE001 - the judge reports whatever comes out
        verdict.error = error
    verdict.seconds = time.monotonic() - began
    diagnosis = explain(verdict.error) if verdict.error else None
    seen = [*listener.heard, *map(repr, exchanges), *(_all_of(diagnosis, verdict.error) if diagnosis else ())]
    verdict.said = _terminal(diagnosis) if diagnosis else ""
    verdict.everything = "\n".join([verdict.said, *seen])
    verdict.left = _left(home, output, failed=verdict.error is not None)
    verdict.size = output.stat().st_size if output.exists() else 0
    verdict.requests, verdict.leaks = list(running.seen), list(running.leaks)
    return verdict


@dataclass
class Examined:
    """What the doctor found.

    Attributes:
        failed: the name of the step that failed; empty if none did.
        everything: whatever a person could get to see.
        left: files of the user's that should not be there.
    """

    diagnosis: Diagnosis | None
    failed: str
    everything: str
    seconds: float
    requests: list[str]
    left: list[str]


def examine(running: Running, home: Path, authority: Path) -> Examined:
    """Let the doctor examine a pull into `home`/out/image.sif."""
    environ = environment(running, home, authority)
    output = home / "out/image.sif"
    began = time.monotonic()
    doctor = make_doctor(Context(load(environ), environ), running.reference, output=output)
    lines = list(walked.render(doctor.walk()))
    seconds = time.monotonic() - began
    failed = next((step.name for step in doctor.results if step.verdict is StepVerdict.FAIL), "")
    seen = [*lines, doctor.report(["doctor"]), json.dumps([step.as_dict() for step in doctor.results], default=str)]
    if doctor.diagnosis:
        seen += [_terminal(doctor.diagnosis), render_json(doctor.diagnosis)]
    left = _left(home, output, failed=True)
    return Examined(doctor.diagnosis, failed, "\n".join(seen), seconds, list(running.seen), left)


def _terminal(diagnosis: Diagnosis) -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    return render_terminal(diagnosis, stream=stream, environ={"COLUMNS": "200"})


def _all_of(diagnosis: Diagnosis, error: BaseException | None) -> list[str]:
    facts = error.facts if isinstance(error, SregistryError) else {}
    return [render_json(diagnosis), render_markdown(diagnosis), str(error), repr(facts)]


def _left(home: Path, output: Path, *, failed: bool) -> list[str]:
    """Temporary files anywhere in the home, and after a failure anything beside the output."""
    found = [path for path in (home / "tmp").iterdir() if not path.name.startswith(".")]
    found += [path for path in output.parent.iterdir() if failed or path != output]
    found += [path for path in home.rglob("*") if path.is_file() and _PARTIAL.search(path.name)]
    return sorted({str(path.relative_to(home)) for path in found})


def complaints(scenario: Scenario, verdict: Verdict) -> list[str]:
    """What is wrong; nothing if all is as it should be."""
    found = []
    if verdict.error is None:
        found += _success(scenario, verdict)
    else:
        found += _failure(scenario, verdict, verdict.error)
    if verdict.left:
        found.append(f"left behind: {verdict.left}")
    if verdict.leaks:
        found.append(f"a login went to another host: {verdict.leaks}")
    found += [f"shows a secret: {leak}" for leak in leaks(verdict.everything, {"canary": CANARY})]
    if verdict.seconds > scenario.seconds:
        found.append(f"took {verdict.seconds:.1f} s")
    if len(verdict.requests) > scenario.requests:
        found.append(f"sent {len(verdict.requests)} requests")
    return found


def _success(scenario: Scenario, verdict: Verdict) -> list[str]:
    if scenario.expect.outcome is Outcome.FAIL:
        return ["succeeded"]
    return [] if verdict.size else ["succeeded without an output"]


def _failure(scenario: Scenario, verdict: Verdict, error: BaseException) -> list[str]:
    expect = scenario.expect
    code = error.code if isinstance(error, SregistryError) else "bug"
    if expect.outcome is Outcome.SUCCEED:
        return [f"failed with {code}: {error}"]
    found = [f"code {code}, not {' or '.join(expect.codes)}: {error!r}"] if code not in expect.codes else []
    words = " ".join(verdict.said.split())
    found += [f"does not say /{pattern}/" for pattern in expect.says if not re.search(pattern, words, re.I)]
    found += [f"says what is false: /{pattern}/" for pattern in expect.never if re.search(pattern, words, re.I)]
    if "Traceback" in verdict.said:
        found.append("shows a traceback")
    return found


def has_data(sif: Path) -> bool:
    """Whether a SIF has a partition large enough for the images of most scenarios."""
    with contextlib.suppress(SregistryError), sif.open("rb") as file:
        return open_sif(file).primary().size > NOISE
    return False

"""Somebody who reads a page from top to bottom and types all that stands in it."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from tests.docs import talk
from tests.docs.blocks import ELLIPSIS, Block, Typed, agrees, filled
from tests.docs.installing import install
from tests.sick.catalogue import SCENARIOS
from tests.sick.server import SickRegistry
from tests.support import tools
from tests.support.apptainer import Apptainer, launch_options
from tests.support.real_names import World, rule

#: What the home folder is called in the pages.
HOME = "/home/ada"
_SHELL = "SREGISTRY_CLIENT=docker sregistry shell"
#: Beginnings of lines that tell of a failure, which is then meant to be shown.
_FAILURES = ("✗", "Usage:")


class Reader:
    """Runs blocks in a home of its own, with the registries of `world` behind their names.

    Args:
        home: an empty folder.
        world: the registries.
        apptainer: None where it cannot be run.
        sick: serves the registries of ``sick`` comments.

    Attributes:
        complaints: what differs from the pages.
        real: where a page has dots in a line, what was typed and the lines with what was printed in their place.
    """

    def __init__(self, home: Path, world: World, apptainer: Apptainer | None, sick: SickRegistry) -> None:
        self._home, self._apptainer, self._sick = home, apptainer, sick
        self._stack = ExitStack()
        self._prompt: talk.Talk | None = None
        self.complaints: list[str] = []
        self.real: list[tuple[Typed, list[str]]] = []
        self.lacks: set[str] = set()
        self._conf = home / ".config/containers"
        (self._conf / "registries.conf.d").mkdir(parents=True)
        (self._conf / "registries.conf").write_text(world.registries_conf)
        (home / "tmp").mkdir()
        (home / "bin").mkdir()
        self._files = world.files
        self._environment = self._surroundings()
        #: address[/repository] of the test -> host and repository in the pages
        self._names = {
            place: (name, "")
            for name, place in {**world.places, **world.files, "tokens.example.org": world.tokens}.items()
        }

    def __enter__(self) -> Reader:
        self._bash = self._stack.enter_context(talk.bash(self._environment, self._home))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def run(self, block: Block) -> None:
        """Do what the comments ask for, then type the block; what differs from the page is a complaint."""
        for what in block.of("needs"):
            if not self._has(what):
                self.lacks.add(what)
                return
        for text in block.of("sick"):
            self._make_sick(*(part.strip() for part in text.split("=")))
        for name in block.of("install"):
            self._bash.say(f"PATH={install(self._home, self._home / name)}:$PATH")
        for command in block.of("before"):
            self.type(Typed("$", command, None, block.line))
        for typed in block.typed:
            self.type(typed)

    def type(self, typed: Typed) -> None:
        """Type one command and compare."""
        if typed.prompt.startswith("file "):
            (self._home / typed.prompt.removeprefix("file ")).write_text(typed.text)
            return
        said = self._say(typed)
        if said is None:
            return
        lines = self._as_in_pages("\n".join(said.lines)).split("\n") if said.lines else []
        shown = typed.shown or []
        meant_to_fail = any(line.startswith(_FAILURES) for line in shown)
        if said.status and not meant_to_fail:
            self._complain(typed, f"ended with {said.status}", lines)
        elif typed.shown is not None and not agrees(shown, lines):
            self._complain(typed, "prints something else", lines)
        elif typed.shown is not None and ELLIPSIS in "".join(shown):
            self.real.append((typed, filled(shown, lines) or shown))

    def _as_in_pages(self, text: str) -> str:
        """What was printed with the names that stand in the pages for the home and the registries of the test."""
        text = text.replace(str(self._home), HOME)
        for place, (host, repository) in self._names.items():
            address, _, real = place.partition("/")
            text = text.replace(f"http://{address}", f"https://{host}").replace(address, host)
            text = text.replace(real, repository) if real else text
        return text

    def _say(self, typed: Typed) -> talk.Said | None:
        if typed.prompt == ">>>":
            return self._at_prompt(_SHELL).say(typed.text)
        if typed.prompt == "$" and typed.text.endswith("sregistry shell"):
            self._at_prompt(typed.text)
            return None
        if typed.prompt == "python":
            (self._home / "program.py").write_text(typed.text)
            return self._bash.say("python program.py")
        return self._bash.say(self._as_here(typed.text))

    def _as_here(self, text: str) -> str:
        """A command with the places of file servers in the place of their names."""
        for host, place in self._files.items():
            text = text.replace(f"https://{host}/", f"http://{place}/")
        return text

    def _at_prompt(self, command: str) -> talk.Talk:
        if self._prompt is None:
            self._prompt = self._stack.enter_context(talk.prompt(command, self._environment, self._home))
        return self._prompt

    def _complain(self, typed: Typed, what: str, lines: list[str]) -> None:
        shown = ["the page shows:", *typed.shown] if typed.shown is not None else []
        self.complaints.append("\n".join([f"line {typed.line}: {typed.text}: {what}", *shown, "it prints:", *lines]))

    def _has(self, what: str) -> bool:
        known = {"apptainer": self._apptainer is not None, "root": tools.IS_ROOT}
        return known[what]

    def _make_sick(self, prefix: str, scenario: str) -> None:
        """From now on the repository `prefix` is in a registry with a fault."""
        running = self._stack.enter_context(self._sick.serving(SCENARIOS[scenario]))
        file = self._conf / "registries.conf.d" / f"{prefix.replace('/', '-')}.conf"
        file.write_text(rule(prefix, f"{running.host}/{running.repository}"))
        host, _, repository = prefix.partition("/")
        self._names[f"{running.host}/{running.repository}"] = (host, repository)

    def _surroundings(self) -> Mapping[str, str]:
        python = Path(sys.executable).parent
        environment = {
            "PATH": f"{self._home / 'bin'}:{python}:{os.environ['PATH']}",
            "HOME": str(self._home),
            "USER": "ada",
            "TMPDIR": str(self._home / "tmp"),
            "LANG": "C.UTF-8",
        }
        if self._apptainer:
            script = self._home / "bin/apptainer"
            script.write_text(_apptainer_script(self._apptainer))
            script.chmod(0o755)
            environment["APPTAINER_SILENT"] = "1"
            if launch_options():
                environment["APPTAINER_USERNS"] = "1"
        return environment


def _apptainer_script(apptainer: Apptainer) -> str:
    """``apptainer``, which has a root of its own here, started from the folder one is in."""
    command, environment = apptainer.launch()
    variables = [f"{name}={shlex.quote(value)}" for name, value in environment.items() if name != "HOME"]
    enter = [shlex.quote(word) for word in command if not word.startswith("--wd=")]
    root = next(word for word in command if word.startswith("--root="))
    where = f'--wd={root.removeprefix("--root=")}"$PWD"'
    return f'#!/bin/sh\nexec env {" ".join(variables)} {enter[0]} {where} {" ".join(enter[1:])} "$@"\n'

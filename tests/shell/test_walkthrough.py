"""The walkthrough, typed word for word into a real terminal in each of the three shells, and from a script."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

from tests.docs.blocks import ELLIPSIS, Typed, blocks
from tests.support.terminal import Terminal

STEPS = [block.typed[0] for block in blocks(Path(__file__).with_name("walkthrough.md").read_text("utf-8"))]
PROMPTS = {"python": r">>> ?", "bpython": r">>> ?", "ipython": r"In \[\d+\]: ?"}
MODULES = {"python": "code", "bpython": "bpython", "ipython": "IPython"}


@pytest.mark.parametrize("at_gcr", ["with tokens"], indirect=True)
@pytest.mark.parametrize("shell", PROMPTS)
def test_in_a_terminal(shell: str, at_gcr: dict[str, str], tmp_path: Path) -> None:
    assert importlib.util.find_spec(MODULES[shell]), f"{shell} belongs to the development packages"
    environment = {**at_gcr, "SREGISTRY_SHELL": shell}
    with Terminal(["sregistry", "shell"], environment, tmp_path / "home", columns=200) as terminal:
        prompt = PROMPTS[shell]
        banner = terminal.wait_until(lambda screen: at_prompt(screen, prompt))
        assert "`client` is [client][docker]" in banner
        for number, step in enumerate(STEPS, 1):
            said = type_step(terminal, number, step, prompt)
            assert step.shown is None or shows(step, said), f"{step.text}\n{terminal.screen()}"
        assert "Traceback" not in terminal.screen()


@pytest.mark.parametrize("at_gcr", ["with tokens"], indirect=True)
@pytest.mark.parametrize("shell", PROMPTS)
def test_a_failure_is_explained(shell: str, at_gcr: dict[str, str], tmp_path: Path) -> None:
    environment = {**at_gcr, "SREGISTRY_SHELL": shell}
    with Terminal(["sregistry", "shell"], environment, tmp_path / "home", columns=100) as terminal:
        terminal.wait_until(lambda screen: at_prompt(screen, PROMPTS[shell]))
        terminal.type("client.manifest('docker://gcr.io/deepvariant-docker/deepvariant:lastest')")
        shown = terminal.wait_for(r"(?m)^  more ")
        assert re.search(r"(?m)^✗ .*lastest.* tag-unknown$", shown)
        assert "Traceback" not in shown
        terminal.settle()
        terminal.type("1 / 0")
        # Faults in what people type keep their traceback.
        assert "Traceback" in terminal.wait_for(r"ZeroDivisionError: ")


def test_from_a_script(at_gcr: dict[str, str]) -> None:
    script = "\n".join(step.text for step in STEPS)
    done = subprocess.run(
        ["sregistry", "shell"],
        input=script,
        capture_output=True,
        text=True,
        env=at_gcr,
        cwd=at_gcr["HOME"],
        timeout=240,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    printed = done.stdout.splitlines()
    shown = [step for step in STEPS if step.shown]
    assert len(printed) == len(shown)
    for step, line in zip(shown, printed, strict=True):
        assert shows(step, line), f"{step.text}\n{line}"


def type_step(terminal: Terminal, number: int, step: Typed, prompt: str) -> str:
    """Put a block of the walkthrough in, as a person does; return what stands on the screen from there on."""
    before = screen_prompts(terminal.screen(), prompt)

    def is_done(screen: str) -> bool:
        return screen_prompts(screen, prompt) > before and at_prompt(screen, prompt)

    if "\n" in step.text:
        # A block waits for an empty line, and IPython for Enter after everything that was pasted. One key at a time:
        # bpython does not bear keys while it executes.
        terminal.paste(step.text)
        terminal.settle()
        for _ in range(3):
            terminal.press("Enter")
            if is_done(terminal.settle()):
                break
    else:
        terminal.type(step.text)
    terminal.wait_until(is_done)
    terminal.type(end_of(number))
    screen = terminal.wait_until(lambda screen: end_of(number) in screen and at_prompt(screen, prompt))
    beginning = screen.find(end_of(number - 1)) + len(end_of(number - 1)) if number > 1 else 0
    return re.sub(rf"(?m)^{prompt}(?:{end_of(number)}.*)?$", "", screen[beginning:])


def screen_prompts(screen: str, prompt: str) -> int:
    return len(re.findall(rf"(?m)^{prompt}", screen))


def at_prompt(screen: str, prompt: str) -> bool:
    """Whether the last line is a prompt with nothing behind it."""
    return re.fullmatch(prompt, (screen.rstrip().splitlines() or [""])[-1]) is not None


def end_of(number: int) -> str:
    """A comment that is typed behind a block."""
    return f"# end of {number}."


def shows(step: Typed, said: str) -> bool:
    """Whether the end of what was said is what the document shows; where lines are broken is the shell's matter."""
    pattern = ".*".join(re.escape(squeezed(part)) for part in "".join(step.shown or []).split(ELLIPSIS))
    return re.search(pattern + r"\Z", squeezed(said)) is not None


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)

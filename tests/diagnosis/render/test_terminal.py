"""The rendered text of important failures, pinned; and what the layout does with long, odd and hostile text."""

import io
from typing import Any

import pytest

from sregistry.diagnosis import Cause, Diagnosis, Kind, Likelihood, Step, Who, explain
from sregistry.diagnosis.render import columns, render_terminal, terminal
from sregistry.errors import SregistryError
from tests.diagnosis.samples import sample


def diagnosis(**changes: Any) -> Diagnosis:
    parts: dict[str, Any] = {
        "code": "tag-unknown",
        "title": "A title",
        "kind": Kind.NOT_FOUND,
        "what": ("GET https://h/v2/",),
        "why": (Cause("It is so."),),
        "checked": (),
        "evidence": (),
        "who": Who.YOU,
        "steps": (Step("sregistry pull docker://h/x"),),
    }
    return Diagnosis(**{**parts, **changes})


def drawn(error: SregistryError, width: int = 80) -> str:
    return "\n" + terminal.render(explain(error), width=width)


def test_a_refused_connection() -> None:
    assert (
        drawn(sample("network-refused"))
        == """
✗ registry.example.org refused the connection on port 5000       network-refused

  what     GET https://registry.example.org/v2/
  why      Probably: Nothing listens there: the registry is not running, or its
           port is not 5000.
           Possibly: A firewall on the way rejects the connection.
  who      the registry's operator
  seen     address: 192.0.2.7:5000
           tried: 2 attempts in 1.1 s
  do       Check that the port is right and that the registry is up; 5000 was
           tried.
           curl -sv --max-time 10 https://registry.example.org:5000/v2/
               (from another machine: an answer there means that a firewall is
               in the way)
  more     sregistry doctor docker://registry.example.org/acme/tool:1.2
           sregistry explain network-refused
"""
    )


def test_a_name_with_capitals_points_at_them() -> None:
    assert (
        drawn(sample("name-uppercase"))
        == """
✗ The repository name 'Acme/Tool' has capital letters (A, T); only a tag may
  have them                                                       name-uppercase

  what     ghcr.io/Acme/Tool:1.2
                   ^^^^^^
  why      Registries allow capitals in tags only; the same name in lowercase is
           the one that exists.
  do       sregistry pull docker://ghcr.io/acme/tool:1.2
               (if this is the one you mean)
  more     sregistry explain name-uppercase
"""
    )


def test_a_stale_login_where_none_is_needed() -> None:
    assert (
        drawn(sample("auth-refused"))
        == """
✗ ghcr.io does not accept the saved login                           auth-refused

  what     GET
           https://ghcr.io/token?scope=repository:acme/tool:pull&service=ghcr.io
           → 403
           DENIED: "denied"
  why      The login in ~/.docker/config.json is expired, revoked or wrong.
           Checked: Without it, acme/tool:1.2 can be pulled anonymously.
  do       sregistry logout ghcr.io   (then pull again)
           sregistry login ghcr.io
               (with a personal access token (classic) that has read:packages)
  more     sregistry doctor docker://ghcr.io/acme/tool:1.2
           sregistry explain auth-refused
"""
    )


def test_a_misspelt_tag() -> None:
    assert (
        drawn(sample("tag-unknown"))
        == """
✗ The repository exists, the tag "lastest" does not                  tag-unknown

  what     GET https://registry.example.org/v2/acme/tool/manifests/lastest → 404
           MANIFEST_UNKNOWN: "Failed to fetch "lastest""
  why      11 tags are there; the nearest is "latest".
  do       sregistry pull docker://registry.example.org/acme/tool:latest
               (did you mean latest?)
  more     sregistry doctor docker://registry.example.org/acme/tool:lastest
           sregistry explain tag-unknown
"""
    )


def test_a_full_disk_names_the_folder_and_the_setting_that_moves_it() -> None:
    assert (
        drawn(sample("disk-full"))
        == """
✗ There is no space left in /tmp/sregistry: 4.1 kB free, 580 MB needed
                                                                       disk-full

  what     There is no space left to write /tmp/sregistry/pack-1.
  why      /tmp/sregistry (folder of temporary files) is in memory (tmpfs), so
           it is small whatever the disks hold.
  do       df -h /tmp/sregistry               (shows the space left)
           export SREGISTRY_TMPDIR=<folder>   (a folder with more space)
  more     sregistry explain disk-full
"""
    )


def test_a_layer_that_would_write_outside() -> None:
    assert (
        drawn(sample("layer-escape"))
        == """
✗ Layer 3 (sha256:8f1d4ee45c7b…) tries to write outside the image   layer-escape

  what     The path of an entry leads outside the image.
           Entry "../../../etc/cron.d/run".
  why      A path in it leads out of the image ("..").
           Probably: It was made on purpose to attack the machine that unpacks
           it, or by a broken tool.
  who      the image's author
  seen     layer:
           sha256:8f1d4ee45c7b7bb3b5a5e3f1a5b6f6a3e1c2d3b4a5968778695a4b3c2d1e0f10
  do       Do not trust this image; nothing of this layer was written.
           Report it to the image's author and the registry's operator.
  more     sregistry explain layer-escape
"""
    )


def test_a_bug_of_ours_is_short_and_apologises() -> None:
    assert (
        drawn(sample("bug"))
        == """
✗ Something went wrong in sregistry itself; we are sorry                     bug

  what     IndexError: list index out of range
  why      This was not expected to happen, so its cause is not known here.
  who      the authors of sregistry
  do       Please report it and attach sregistry-report-20261124T093000-4711.md;
           it holds no passwords or tokens.
           sregistry doctor docker://registry.example.org/acme/tool:1.2
               (shows how far a pull comes)
  more     sregistry explain bug
"""
    )


def test_sections_without_content_are_left_out() -> None:
    text = terminal.render(diagnosis(what=(), why=(), steps=()))
    assert [line.split()[0] for line in text.split("\n") if line.startswith("  ") and line[2] != " "] == ["more"]


def test_likelihood_is_said_in_words() -> None:
    causes = (Cause("Sure."), Cause("Fits.", Likelihood.LIKELY), Cause("Fits too.", Likelihood.POSSIBLE))
    text = terminal.render(diagnosis(why=causes, checked=("It can be pulled.",)))
    assert (
        "why      Sure.\n           Probably: Fits.\n           Possibly: Fits too.\n           Checked: It can" in text
    )


def test_wide_terminals_get_lines_of_at_most_100_columns_but_the_code_stays_near() -> None:
    assert terminal.render(diagnosis(), width=200) == terminal.render(diagnosis(), width=100)


def test_addresses_and_commands_are_never_broken() -> None:
    address = "https://registry.example.org/v2/" + "very-long-name/" * 12
    command = "sregistry pull docker://registry.example.org/" + "very-long-name/" * 12
    text = terminal.render(diagnosis(what=(f"GET {address} → 404",), steps=(Step(command, "again"),)))
    assert address in text
    assert command + "\n" in text


def test_a_number_stays_with_its_unit() -> None:
    text = terminal.render(diagnosis(title="x " * 37 + "10 s"))
    assert "10 s" in text
    assert "\u00a0" not in text


def test_a_long_title_is_wrapped_and_the_code_goes_below_where_it_does_not_fit() -> None:
    lines = terminal.render(diagnosis(title="word " * 15 + "x")).split("\n")
    assert all(len(line) <= 80 for line in lines)
    assert lines[1].endswith("tag-unknown")


def test_control_characters_of_a_registry_cannot_reach_the_terminal() -> None:
    text = terminal.render(diagnosis(what=('403 "\x1b[2J\x07\u202eevil\r"',)))
    assert not set("\x1b\x07\u202e\r") & set(text)
    assert '403 "�[2J��evil�"' in text


def test_bytes_that_are_no_text_can_be_written() -> None:
    terminal.render(diagnosis(what=("entry a\udcffb",))).encode("utf-8")


def test_ascii_is_enough() -> None:
    text = terminal.render(diagnosis(what=("GET x → 404 “naïve”…",)), unicode=False)
    assert text.startswith("x A title")
    assert 'GET x -> 404 "na\\xefve"...' in text


class Stream(io.StringIO):
    """A stream that claims to be a terminal of a certain encoding."""

    def __init__(self, tty: bool, encoding: str) -> None:
        super().__init__()
        self._tty = tty
        self._encoding = encoding

    def isatty(self) -> bool:
        return self._tty

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding


@pytest.mark.parametrize(
    "tty, environ, coloured",
    [(True, {}, True), (False, {}, False), (True, {"NO_COLOR": "1"}, False), (True, {"TERM": "dumb"}, False)],
)
def test_colour_is_for_terminals_that_want_it(tty: bool, environ: dict[str, str], coloured: bool) -> None:
    text = render_terminal(diagnosis(), stream=Stream(tty, "utf-8"), environ=environ)
    assert ("\x1b[" in text) is coloured


def test_colour_does_not_change_the_text() -> None:
    import re

    coloured = terminal.render(diagnosis(), colour=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == terminal.render(diagnosis())


def test_an_encoding_without_our_characters_gets_ascii() -> None:
    assert render_terminal(diagnosis(), stream=Stream(False, "ascii")).startswith("x ")
    assert render_terminal(diagnosis(), stream=Stream(False, "utf-8")).startswith("✗ ")


def widest(text: str) -> int:
    return max(map(len, text.split("\n")))


def test_the_width_of_a_terminal_is_that_of_the_environment_or_80() -> None:
    long = diagnosis(why=(Cause("word " * 40),))
    plain = {"NO_COLOR": "1"}
    assert widest(render_terminal(long, stream=Stream(True, "utf-8"), environ=plain)) <= 80
    assert 80 < widest(render_terminal(long, stream=Stream(True, "utf-8"), environ={**plain, "COLUMNS": "100"})) <= 100


def test_in_a_log_no_line_is_broken_so_that_sentences_can_be_searched_for() -> None:
    long = diagnosis(title="title " * 40, why=(Cause("word " * 40),), steps=(Step("command", "comment " * 40),))
    text = render_terminal(long, stream=Stream(False, "utf-8"), environ={"COLUMNS": "80"})
    assert len(text.split("\n")) == len(terminal.render(diagnosis(), width=None).split("\n"))
    assert ("word " * 40).strip() in text
    assert ("title " * 40).strip() + "   tag-unknown" in text


def test_wide_letters_take_two_columns() -> None:
    words = "没有这个镜像 请检查名称 " * 12
    for line in terminal.render(diagnosis(what=(words, words.replace(" ", ""))), width=80).split("\n"):
        assert columns.width(line) <= 80
    text = terminal.render(diagnosis(steps=(Step("sregistry pull 名", "first"), Step("sregistry pull x", "second"))))
    first, second = (line for line in text.split("\n") if "pull" in line)
    assert columns.width(first.partition("(")[0]) == columns.width(second.partition("(")[0])

"""What people type who come from other programs gets an answer that helps."""

from __future__ import annotations

import pytest

from sregistry.cli.habits import _OPTIONS, _VERBS
from sregistry.cli.verbs import VERBS, verb_first
from tests.support.pulling import User


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("tags ghcr.io/team/tool", "sregistry search REPOSITORY"),
        ("ls", "sregistry images"),
        ("delete tool", "sregistry rm NAME"),
        ("exec tool ls", "sregistry get --pull REF"),
        ("pul ubuntu", "Did you mean pull?"),
        ("pull --arch arm64 ubuntu", "--platform linux/ARCH"),
        ("pull --insecure ubuntu", "--plain-http"),
        ("pull --password secret ubuntu", "--password-stdin"),
        ("pull one.sif two three", "Is -o FILE meant?"),
        ("pull ubuntu tool.sif", "Is `-o tool.sif ubuntu` meant?"),
        ("pull tool.sif", "Is `-o tool.sif REF` meant?"),
        ("pull -F ubuntu", "--force replaces the file"),
        ("pull -k ubuntu", "--no-tls-verify accepts any certificate"),
        ("pull one.sif -o two.sif ubuntu", "Two files are named: one.sif and, with -o, two.sif."),
        ("pull --output=new/ ubuntu", "new/ is a folder; name the file in it, such as new/image.sif"),
        ("pull --output= ubuntu", "the name of the file is empty"),
        ("pull --output - ubuntu", "standard output"),
        ("pull ./image.tar", "Is `docker-archive:./image.tar` (of docker save or podman save) or"),
        ("pull image.tar.gz", "`oci-archive:image.tar.gz` meant?"),
        ("load -i image.tar", "sregistry pull docker-archive:FILE"),
    ],
)
def test_words_of_other_programs_are_answered(words: str, said: str, user: User) -> None:
    for name in ("image.tar", "image.tar.gz"):
        (user.home / name).touch()
    done = user.sregistry(*words.split())
    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert list(user.home.glob("-*")) == []


def test_what_is_said_of_an_option_is_said_only_where_it_is_true(user: User) -> None:
    assert b"--platform" not in user.sregistry("version", "--arch", "arm64").stderr


def test_no_word_is_answered_that_means_something_here() -> None:
    assert not set(_VERBS) & set(VERBS)
    assert all(name.startswith("-") for name in _OPTIONS)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("pull -q ubuntu", "pull -q ubuntu"),
        ("-q pull ubuntu", "pull -q ubuntu"),
        ("--platform linux/arm64 pull -o x ubuntu", "pull --platform linux/arm64 -o x ubuntu"),
        ("-h pull", "pull -h"),
        ("--version", "--version"),
        ("-V pull", "-V pull"),
        ("help pull", "pull --help"),
        ("help", "--help"),
        ("nonsense pull", "nonsense pull"),
        ("", ""),
    ],
)
def test_options_may_stand_before_the_verb(given: str, read: str) -> None:
    assert verb_first(given.split()) == read.split()


def test_help_of_a_verb(user: User) -> None:
    helped = user.sregistry("help", "pull")
    assert (helped.returncode, helped.stdout) == (0, user.sregistry("pull", "--help").stdout)
    assert b"sregistry pull -o tool.sif" in helped.stdout


def test_a_variable_that_is_misspelt_is_named_by_every_command(user: User) -> None:
    user.environment |= {"SREGISTRY_COMPRESION": "zstd", "SREGISTRY_DOCKERHUB_PASSWORD": "p"}
    said = user.sregistry("images").stderr.decode()
    assert "SREGISTRY_COMPRESION is no setting; is SREGISTRY_COMPRESSION meant?" in said
    assert "DOCKERHUB" not in said

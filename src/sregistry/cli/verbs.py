"""The table of verbs, and the help that lists them. Imports nothing: `sregistry --help` is as fast as Python."""

from __future__ import annotations

#: verb -> (section of the help, one line). The module is ``sregistry.cli.<verb>`` ("-" becomes "_").
VERBS: dict[str, tuple[str, str]] = {
    "pull": ("Get an image", "Pull an image into one SIF file"),
    "get": ("Get an image", "Print the path of an image"),
    "search": ("Get an image", "List the tags of a repository, or a registry's repositories"),
    "inspect": ("Get an image", "Show what an image says about itself"),
    "push": ("Share images", "Push an image into a registry"),
    "copy": ("Share images", "Copy images between registries and archives as they are"),
    "tag": ("Share images", "Give an image in a registry another tag"),
    "doctor": ("When something fails", "Walk the whole way of a pull, and explain what fails"),
    "explain": ("When something fails", "Print the page about the code of a failure"),
    "login": ("Logins", "Log in to a registry"),
    "logout": ("Logins", "Forget the logins for a registry"),
    "images": ("Keep images in order", "List the images"),
    "labels": ("Keep images in order", "List the labels of all images"),
    "add": ("Keep images in order", "Take a SIF file into the local registry"),
    "mv": ("Keep images in order", "Move the file of an image to another place"),
    "rename": ("Keep images in order", "Give an image another name"),
    "rm": ("Keep images in order", "Remove images"),
    "check": ("Keep images in order", "Verify files and database, and repair them"),
    "cache": ("Keep images in order", "List, clean or prune the cache of converted layers"),
    "import-database": ("Keep images in order", "Import the images of sregistry 0.2"),
    "shell": ("This program", "Open a Python prompt with a client in it"),
    "config": ("This program", "Show every setting and where its value came from"),
    "backend": ("This program", "Choose the active client, and keep the settings of clients"),
    "version": ("This program", "Show versions"),
    "completion": ("This program", "Print what makes bash, zsh or fish complete commands"),
}

_HEAD = """\
Usage: sregistry [OPTIONS] [COMMAND] [ARGS]...

  Containers from any registry to one SIF file that Apptainer and
  SingularityCE run.

  sregistry pull docker://ubuntu:24.04      one SIF, no root, no Docker
  sregistry doctor docker://ubuntu:24.04    why a pull fails, step by step

Options:
  -V, --version  Show the version and exit.
  -h, --help     Show this message and exit.
"""


def help_text() -> str:
    """What `sregistry --help` prints: the verbs by section, in the order of the table."""
    sections: dict[str, list[str]] = {}
    width = max(map(len, VERBS))
    for verb, (section, line) in VERBS.items():
        sections.setdefault(section, []).append(f"  {verb:<{width}}  {line}\n")
    return _HEAD + "".join(f"\n{section}:\n{''.join(lines)}" for section, lines in sections.items())


def verb_first(arguments: list[str]) -> list[str]:
    """The words of a command line with the verb in front: options may stand before it, too.

    ``help VERB`` is ``VERB --help``. What has no verb, or begins with one, is left as it is.
    """
    if arguments[:1] == ["help"]:
        return [*arguments[1:2], "--help"]
    place = next((place for place, word in enumerate(arguments) if word in VERBS), 0)
    before = arguments[:place]
    if not before or not before[0].startswith("-") or {"-V", "--version", "--"} & set(before):
        return arguments
    return [arguments[place], *before, *arguments[place + 1 :]]

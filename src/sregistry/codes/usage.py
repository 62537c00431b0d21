"""What a program has asked for in a way that cannot be: arguments, names that were removed."""

from __future__ import annotations

from sregistry.codes.code import Code, Page, Sample
from sregistry.codes.who import Who
from sregistry.kinds import Kind

CODES: tuple[Code, ...] = (
    Code(
        "argument-type",
        Kind.USAGE,
        Who.YOU,
        sample=Sample(
            "the argument output has to be a path, as text or Path; it is of type bytes",
            {"argument": "output", "expected": "a path, as text or Path", "type": "bytes", "value": "b'tool.sif'"},
        ),
        page=Page(
            meaning=(
                "A program handed a method of the [library](../python.md) an argument of a type that means "
                "nothing there: bytes or a number where\n"
                "a reference is expected, a path where a platform is."
            ),
            known=(
                "The argument, its type and what is expected are shown. Nothing has been done yet. In Python it "
                "is a\n"
                "`TypeError`, too."
            ),
            todo="Correct the call. Type checkers (mypy, pyright) see most of these before the program runs.",
        ),
    ),
    Code(
        "argument-value",
        Kind.USAGE,
        Who.YOU,
        sample=Sample(
            "the argument limit has to be 1 or more; it is -1",
            {"argument": "limit", "expected": "1 or more", "value": "-1"},
        ),
        page=Page(
            meaning=(
                "A program handed a method of the [library](../python.md) an argument that it cannot have: an "
                "empty path, a limit of -1, a kind of\n"
                "manifest that does not exist."
            ),
            known=(
                "The argument, its value and what is expected are shown. Nothing has been done yet. In Python it "
                "is a\n"
                "`ValueError`, too."
            ),
            todo="Correct the call.",
        ),
    ),
    Code(
        "removed-name",
        Kind.USAGE,
        Who.YOU,
        sample=Sample(
            "sregistry.main.hub was removed with sregistry 1: Singularity Hub closed in 2021",
            {
                "name": "sregistry.main.hub",
                "instead": "images of Docker and OCI registries are pulled by sregistry.Client",
            },
        ),
        page=Page(
            meaning=(
                "A program was written for sregistry 0.2 and uses a module, a function or an argument that is no "
                "more. In Python it is an\n"
                "`ImportError` or an `AttributeError`, too."
            ),
            known="The name is in a table of those that version 0.2 had.",
            todo="What takes its place is said; [From sregistry 0.2](../from-0.2.md) has all names on one page.",
        ),
    ),
)

"""Images of the local registry."""

from __future__ import annotations

from sregistry.codes.code import Code, Page, Sample
from sregistry.codes.examples import OTHER
from sregistry.codes.who import Who
from sregistry.kinds import Kind

CODES: tuple[Code, ...] = (
    Code(
        "store-image-unknown",
        Kind.STORE,
        Who.YOU,
        sample=Sample("there is no image acme/tol here", {"source": "acme/tol", "near": ["acme/tool:1.2"]}),
        page=Page(
            meaning="There is no image of that name in the store.",
            known="The database was asked; similar names are shown.",
            todo="Choose one of them, or pull it.",
        ),
    ),
    Code(
        "store-ambiguous",
        Kind.STORE,
        Who.YOU,
        sample=Sample(
            "tool fits 2 images",
            {
                "source": "tool",
                "count": 2,
                "images": [
                    {"uri": "acme/tool:1.2", "platform": "linux/amd64", "path": "/srv/images/acme/tool/1.2@8f1d.sif"},
                    {"uri": "other/tool:1.2", "platform": "linux/amd64", "path": "/srv/images/other/tool/1.2@0b5e.sif"},
                ],
            },
        ),
        page=Page(
            meaning="A name fits several images.",
            known="The database was asked; they are shown.",
            todo="Name one of them exactly.",
        ),
    ),
    Code(
        "store-platform-unknown",
        Kind.STORE,
        Who.YOU,
        sample=Sample(
            "the image acme/tool:1.2 is not here for linux/arm64",
            {"source": "acme/tool:1.2", "platform": "linux/arm64", "platforms": ["linux/amd64"]},
        ),
        page=Page(
            meaning="The image is here, but not for that platform.",
            known="The database was asked.",
            todo="Use the platform that is here, or pull the other one.",
        ),
    ),
    Code(
        "store-file-missing",
        Kind.STORE,
        Who.YOU,
        sample=Sample(
            "the file of the image acme/tool:1.2 is not there any more",
            {
                "path": "/srv/images/acme/tool/1.2@8f1d2c3b4a59.sif",
                "uri": f"acme/tool:1.2@{OTHER}",
                "reference": "ghcr.io/acme/tool:1.2",
                "source": "acme/tool:1.2",
            },
        ),
        page=Page(
            meaning="The database knows the image, but its file is gone.",
            known="The file was looked for.",
            todo="Pull it again; `sregistry check` finds all such entries.",
        ),
    ),
    Code(
        "store-name-taken",
        Kind.STORE,
        Who.YOU,
        sample=Sample("there is an image acme/tool:1.2 already", {"uri": "acme/tool:1.2"}),
        page=Page(
            meaning="There is an image of that name already.",
            known="The database was asked.",
            todo="Remove it, or choose another name.",
        ),
    ),
    Code(
        "store-place-managed",
        Kind.STORE,
        Who.YOU,
        sample=Sample(
            "/srv/images/mine.sif is in the folder of images, where files are kept by name",
            {"path": "/srv/images/mine.sif", "uri": "acme/tool:1.2"},
        ),
        page=Page(
            meaning="The file of an image was to be moved to a place inside the folder of images.",
            known="The place was compared with the setting `storage`.",
            todo="Use `sregistry rename` for another name, or another folder for the file.",
        ),
    ),
    Code(
        "store-place-not-text",
        Kind.STORE,
        Who.YOU,
        sample=Sample(
            "the name of the place has bytes that are no text, so the local registry cannot note it",
            {"path": "/srv/tool-\udcff.sif", "again": ["mv", "acme/tool:1.2", "<FILE>"]},
        ),
        page=Page(
            meaning="The file of an image was to be moved to a path with bytes that are not UTF-8.",
            known="The database, which notes where the file is, holds text only.",
            todo="Name a file and folders whose names are text; `sregistry pull --output` writes to any path.",
        ),
    ),
    Code(
        "store-import-format",
        Kind.STORE,
        Who.YOU,
        sample=Sample(
            "/home/ada/images.db is no database of sregistry 0.2",
            {"database": "/home/ada/images.db", "detail": "no such table: container"},
        ),
        page=Page(
            meaning="The file that was to be imported is not a database of sregistry 0.2.",
            known="Its table of containers was asked for.",
            todo="Name the `sregistry.db` of the old program.",
        ),
    ),
    Code(
        "store-name-malformed",
        Kind.STORE,
        Who.YOU,
        sample=Sample("'a b' is not a name of the form COLLECTION/NAME:TAG", {"source": "a b"}),
        page=Page(
            meaning="A text cannot be the name of an image in the store.",
            known="Names are `COLLECTION/NAME:TAG`.",
            todo="`sregistry images` lists all names.",
        ),
    ),
    Code(
        "store-query-malformed",
        Kind.STORE,
        Who.YOU,
        sample=Sample("'@@' cannot mean an image: the digest is empty", {"source": "@@"}),
        page=Page(
            meaning="A text cannot mean an image in the store.",
            known="Names, tags and digests are understood.",
            todo="`sregistry images` lists all names.",
        ),
    ),
)

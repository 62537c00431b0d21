"""Folders and archives of images on this machine: what is not there, or is not what its reference says."""

from __future__ import annotations

from sregistry.codes.code import Code, Page, Sample
from sregistry.codes.examples import LAYER
from sregistry.codes.who import Who
from sregistry.kinds import Kind

_FOLDER = {"layout": "/srv/images/tool", "scheme": "oci", "reference": "oci:/srv/images/tool"}
_ARCHIVE = {"layout": "/srv/images/tool.tar", "scheme": "oci-archive", "reference": "oci-archive:/srv/images/tool.tar"}
_SAVED = {
    "layout": "/srv/images/tool.tar",
    "scheme": "docker-archive",
    "reference": "docker-archive:/srv/images/tool.tar",
}

CODES: tuple[Code, ...] = (
    Code(
        "layout-no-such-path",
        Kind.NOT_FOUND,
        Who.YOU,
        sample=Sample(
            "there is nothing at /srv/images/tol",
            {
                "layout": "/srv/images/tol",
                "scheme": "oci",
                "reference": "oci:/srv/images/tol",
                "near": ["/srv/images/tool"],
            },
        ),
        page=Page(
            meaning="There is no folder, or no archive, at the path that the reference names.",
            known="The operating system was asked for it.",
            todo=(
                "Check the path: a relative one begins at the current folder, and the shell does not fill in `~` "
                "behind a colon. `oci:` and `oci://` are folders on this machine; an image in a registry is "
                "`docker://HOST/NAME:TAG`."
            ),
        ),
    ),
    Code(
        "layout-other",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample(
            "there is no oci-layout in /srv/images/tool.tar",
            {
                **_ARCHIVE,
                "missing": "oci-layout",
                "looks_like": "an archive of docker save",
                "suggestion": "docker-archive:/srv/images/tool.tar",
            },
        ),
        page=Page(
            meaning="What is at the path is not what the scheme names.",
            known=(
                "The file without which it cannot be that was looked for: `oci-layout` and `index.json` in an OCI "
                "layout, `manifest.json` in what `docker save` or skopeo's `dir:` writes. Where it is something else "
                "that can be read, its scheme is shown."
            ),
            todo=(
                "Use the scheme that is shown. What `docker export` writes is a file system without an image's "
                "settings: use `docker save`. An archive of Docker before 1.10 can be loaded and saved again."
            ),
        ),
    ),
    Code(
        "layout-version",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample(
            "the layout has the version '2.0.0', and only 1.0.0 is known",
            {**_FOLDER, "version": "2.0.0", "known": ["1.0.0"]},
        ),
        page=Page(
            meaning="The layout is of a version that is not known here.",
            known="The file that says the version was read: `oci-layout`, or `version` in a folder of skopeo's.",
            todo="Look for a newer sregistry, or have it written again by a program that writes the version shown.",
        ),
    ),
    Code(
        "layout-invalid",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample(
            "index.json is not valid: it is not JSON (Expecting value)",
            {**_FOLDER, "member": "index.json", "detail": "it is not JSON (Expecting value)"},
        ),
        page=Page(
            meaning="A document in the folder or archive cannot be used.",
            known="It was read by the rules of OCI and Docker; the first thing that is wrong is named.",
            todo="Copy or save the image again.",
        ),
    ),
    Code(
        "layout-archive-invalid",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample(
            "the archive ends in the middle of blobs/sha256/8f1d4ee45c7b",
            {
                **_ARCHIVE,
                "fault": "truncated",
                "member": "blobs/sha256/8f1d4ee45c7b",
                "actual_size": 31_000_000,
                "detail": "the archive ends in the middle of blobs/sha256/8f1d4ee45c7b",
            },
        ),
        page=Page(
            meaning="The archive is damaged or incomplete.",
            known="Its headers were read from the beginning to the end; nothing of it is used.",
            todo=(
                "Compare its size or checksum with that of its origin, and copy it, or save the image, again. A disk "
                "that was full leaves such archives."
            ),
        ),
    ),
    Code(
        "layout-escape",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample(
            "a/layer.tar is a link that leads out of the archive",
            {**_SAVED, "member": "a/layer.tar", "target": "../../etc/shadow"},
        ),
        page=Page(
            meaning="A name or a link in the archive leads out of it.",
            known="Nothing is unpacked, and nothing outside of the archive was read.",
            todo="No program writes this by mistake: do not use the archive, and ask where it came from.",
        ),
    ),
    Code(
        "layout-name-unknown",
        Kind.NOT_FOUND,
        Who.YOU,
        sample=Sample(
            "there is no image called 'acme/tool:1' in /srv/images/tool.tar",
            {**_SAVED, "identifier": "acme/tool:1", "known": ["acme/tool:1.2", "acme/tool:1.3"]},
        ),
        page=Page(
            meaning="The folder or archive has no image of that name.",
            known="The names in it were read; they are shown.",
            todo=(
                "Use one of the names. `sregistry search oci:DIR` lists them; `@0` is the first image of the list, "
                "also if it has no name."
            ),
        ),
    ),
    Code(
        "layout-several",
        Kind.USAGE,
        Who.YOU,
        sample=Sample(
            "there are 2 images in /srv/images/tool.tar, and none of them was named",
            {**_SAVED, "identifier": "", "known": ["acme/tool:1.2", "acme/tool:1.3"]},
        ),
        page=Page(
            meaning="There is more than one image, and the reference does not say which one is meant.",
            known="The names in it were read; they are shown.",
            todo="Put a colon and the name behind the path. `@0` is the first image of the list, `@1` the second.",
        ),
    ),
    Code(
        "layout-content-missing",
        Kind.NOT_FOUND,
        Who.YOU,
        sample=Sample(
            f"the layer {LAYER} is not in /srv/images/tool",
            {**_FOLDER, "what": "layer", "digest": LAYER, "member": f"blobs/sha256/{LAYER.partition(':')[2]}"},
        ),
        page=Page(
            meaning="A manifest, a config or a layer is listed and is not there.",
            known="The document that lists it was read, and the file was looked for.",
            todo=(
                "Copy or save the image again. Where the manifest of a platform is missing, the image was saved "
                "without that platform: `skopeo copy --all` and `sregistry copy` take all of them."
            ),
        ),
    ),
    Code(
        "layout-too-large",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample(
            "index.json has 200000000 bytes, more than the 4194304 allowed",
            {**_FOLDER, "actual_size": 200_000_000, "limit": 4 << 20, "setting": "max_manifest_size"},
        ),
        page=Page(
            meaning="A document, or the whole archive, is larger than a limit.",
            known="It was measured, or unpacked up to the limit that is shown.",
            todo="Check where it came from. The limit is a setting, and can be raised if you trust it.",
        ),
    ),
)

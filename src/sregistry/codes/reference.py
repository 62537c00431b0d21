"""Names of images that cannot be read."""

from __future__ import annotations

from sregistry.codes.code import Code, Page, Sample
from sregistry.codes.examples import LAYER, OTHER
from sregistry.codes.who import Who
from sregistry.kinds import Kind

#: Prose of several pages.
_READ = "The name was read by Docker's rules before any request was sent; the carets show the place."

CODES: tuple[Code, ...] = (
    Code(
        "name-uppercase",
        Kind.NAME,
        Who.YOU,
        sample=Sample(
            "the repository name 'Acme/Tool' has capital letters (A, T); only a tag may have them",
            {"source": "ghcr.io/Acme/Tool:1.2", "span": [8, 14], "suggestion": "docker://ghcr.io/acme/tool:1.2"},
        ),
        page=Page(
            meaning="The name of the repository has capital letters. Registries allow them in tags only.",
            known=_READ,
            todo=(
                "Use the name in lowercase, as proposed. Names copied from GitHub often have capitals that the "
                "registry does not."
            ),
        ),
    ),
    Code(
        "name-component",
        Kind.NAME,
        Who.YOU,
        sample=Sample(
            "'tool_' is not part of a repository name: letters and digits, in between single '.', '_', '__' or '-'",
            {"source": "ghcr.io/acme/tool_", "span": [13, 18], "suggestion": "docker://ghcr.io/acme/tool"},
        ),
        page=Page(
            meaning=(
                "A part of the repository name breaks the rules: lowercase letters and digits, separated by "
                "single `.`, `_`, `__` or `-`."
            ),
            known=_READ,
            todo=(
                "Correct the part that is shown. If the name is right, check that nothing was added to it by copying."
            ),
        ),
    ),
    Code(
        "name-host",
        Kind.NAME,
        Who.YOU,
        sample=Sample(
            "'my_host.org' is not a host name (\"_\" is not allowed in host names)",
            {"source": "my_host.org/tool", "span": [0, 11]},
        ),
        page=Page(
            meaning=(
                "What stands where the registry belongs cannot be a host name. The first part of a name is a host "
                "if it has a dot or a port, or is `localhost`."
            ),
            known=_READ,
            todo="Correct the host. An IPv6 address stands in square brackets.",
        ),
    ),
    Code(
        "name-port",
        Kind.NAME,
        Who.YOU,
        sample=Sample("'70000' is not a port", {"source": "localhost:70000/tool", "span": [9, 15]}),
        page=Page(
            meaning="What follows the colon after the host is not a port number between 1 and 65535.",
            known=_READ,
            todo="Correct the port, or leave out the colon.",
        ),
    ),
    Code(
        "name-missing",
        Kind.NAME,
        Who.YOU,
        sample=Sample("the registry is not followed by a repository", {"source": "ghcr.io/", "span": [0, 8]}),
        page=Page(
            meaning="The name has a registry and nothing after it.",
            known=_READ,
            todo="Add the repository, and the tag if it is not `latest`.",
        ),
    ),
    Code(
        "name-slashes",
        Kind.NAME,
        Who.YOU,
        sample=Sample(
            "there is a slash too many in the name",
            {"source": "ghcr.io/acme//tool", "span": [12, 13], "suggestion": "docker://ghcr.io/acme/tool"},
        ),
        page=Page(
            meaning="There is a slash too many: at the beginning, at the end, or two in a row.",
            known=_READ,
            todo="Use the name as proposed.",
        ),
    ),
    Code(
        "name-too-long",
        Kind.NAME,
        Who.YOU,
        sample=Sample(
            "the repository name has 300 characters; 255 are allowed", {"source": "a" * 300, "span": [0, 300]}
        ),
        page=Page(
            meaning="The repository name has more than 255 characters, which no registry accepts.",
            known=_READ,
            todo="Check that only the name was given, without other text around it.",
        ),
    ),
    Code(
        "name-is-id",
        Kind.NAME,
        Who.YOU,
        sample=Sample(
            "64 hex digits are the ID of an image, not a name that a registry knows",
            {"source": OTHER[7:], "span": [0, 64]},
        ),
        page=Page(
            meaning=(
                "64 hex digits were given. That is the ID of an image on one machine; registries know names, tags "
                "and digests of manifests."
            ),
            known=_READ,
            todo=(
                "On the machine that has the image, look up the name and digest it was pulled by. A digest is "
                "given as `NAME@sha256:…`."
            ),
        ),
    ),
    Code(
        "platform-malformed",
        Kind.NAME,
        Who.YOU,
        sample=Sample("'linux/' is not a platform (OS/ARCH or OS/ARCH/VARIANT)", {"source": "linux/"}),
        page=Page(
            meaning=(
                "The platform cannot be read. It is `OS/ARCHITECTURE` or `OS/ARCHITECTURE/VARIANT`, or an "
                "architecture alone."
            ),
            known="It was read before any request was sent.",
            todo="Write it as in `linux/amd64`, `linux/arm64` or `linux/arm/v7`.",
        ),
    ),
    Code(
        "reference-character",
        Kind.NAME,
        Who.YOU,
        sample=Sample(
            "'“' cannot be part of a name",
            {
                "source": "“ghcr.io/acme/tool”",
                "span": [0, 1],
                "suggestion": "docker://ghcr.io/acme/tool",
            },
        ),
        page=Page(
            meaning=(
                "The name has a character that no name can have, often a typographic quote or dash that came in "
                "by copying."
            ),
            known=_READ,
            todo="Type the character anew, or use the name as proposed.",
        ),
    ),
    Code(
        "reference-credentials",
        Kind.NAME,
        Who.YOU,
        sample=Sample(
            'a reference has no place for a user name or password in front of "@"; they are given by a login',
            {"source": "ada:***@ghcr.io/acme/tool", "span": [0, 8], "suggestion": "ghcr.io/acme/tool"},
        ),
        page=Page(
            meaning=(
                "A user name or password stands in front of the `@`. A reference has no place for them, and a "
                "command line can be read by others."
            ),
            known="The form `user:password@host` was recognised; the password itself is never shown.",
            todo="Log in once with `sregistry login HOST`, then pull without it.",
        ),
    ),
    Code(
        "reference-digest",
        Kind.NAME,
        Who.YOU,
        sample=Sample(
            "the digest has 63 hex digits; a sha256 digest has 64",
            {"source": f"ghcr.io/acme/tool@{OTHER[:-1]}", "span": [18, 88]},
        ),
        page=Page(
            meaning="What follows the `@` is not a digest, or a digest was written after a colon.",
            known=_READ,
            todo="A digest is `sha256:` and 64 lowercase hex digits. Copy it whole.",
        ),
    ),
    Code(
        "reference-empty",
        Kind.NAME,
        Who.YOU,
        sample=Sample("the name of the image is missing", {"source": "docker://", "span": [9, 9]}),
        page=Page(
            meaning="No name was given.",
            known=_READ,
            todo=(
                "Give the name of an image, such as `docker://ubuntu:24.04`. In a script, check that the variable "
                "is set."
            ),
        ),
    ),
    Code(
        "reference-fragment",
        Kind.NAME,
        Who.YOU,
        sample=Sample(
            'after "#" stands the digest that the file must have (sha256=HEX), or sif',
            {
                "source": "https://files.example.org/tool.sif#md5=…",
                "span": [35, 40],
                "suggestion": "https://files.example.org/tool.sif",
            },
        ),
        page=Page(
            meaning="What follows the `#` in the address of a file is not what can stand there.",
            known=_READ,
            todo=(
                "Write `#sha256=` (or `sha384`, `sha512`) and the hex digits of the file's digest, which is then "
                "verified; or leave it out. `#sif` says that an address is that of a SIF file, although it does not "
                "look like one."
            ),
        ),
    ),
    Code(
        "reference-hash",
        Kind.NAME,
        Who.YOU,
        sample=Sample(
            'registry and repository are separated by "/", not by "#"',
            {
                "source": "nvcr.io#nvidia/pytorch:24.05-py3",
                "span": [7, 8],
                "suggestion": "docker://nvcr.io/nvidia/pytorch:24.05-py3",
            },
        ),
        page=Page(
            meaning="Registry and repository are separated by `#`, as enroot writes it.",
            known=_READ,
            todo="Write a slash in its place, as proposed.",
        ),
    ),
    Code(
        "reference-placeholder",
        Kind.NAME,
        Who.YOU,
        sample=Sample(
            "'$' cannot be part of a name; a variable or a placeholder was not filled in",
            {"source": "ghcr.io/acme/tool:$VERSION", "span": [18, 19]},
        ),
        page=Page(
            meaning=(
                "The name has a `$`, braces or angle brackets: a variable or placeholder that nobody has filled in."
            ),
            known=_READ,
            todo="Fill it in. In single quotes a shell does not replace variables; in double quotes it does.",
        ),
    ),
    Code(
        "reference-scheme",
        Kind.NAME,
        Who.YOU,
        sample=Sample(
            "names that begin with 'shub' cannot be read here; known are docker://, oras://",
            {"source": "shub://vsoch/hello-world", "span": [0, 4], "scheme": "shub", "known": ["docker", "oras"]},
        ),
        page=Page(
            meaning="The name begins with a scheme that no client reads.",
            known="The part before `://` was compared with the list of clients.",
            todo=(
                "Use `docker://` (or no scheme) for images in a registry, `oras://` for SIF files in one;\n"
                "`oci:`, `oci-archive:`, `docker-archive:` "
                "and `dir:`\n"
                "for folders and archives on this machine. The others that people use name something else, and these\n"
                "commands fetch it:\n\n"
                "| a name with | is | fetched by |\n"
                "|---|---|---|\n"
                "| `library://` | an image of a library | `singularity pull image.sif library://…`; `apptainer "
                "pull --library https://library.sylabs.io image.sif library://…` |\n"
                "| `docker-daemon:` | an image that Docker has | `docker save -o image.tar NAME:TAG`, then "
                "`sregistry pull docker-archive:image.tar` |\n"
                "| `containers-storage:` | an image that Podman has | `skopeo copy containers-storage:NAME "
                "oci-archive:image.tar`, then `sregistry pull oci-archive:image.tar` |\n"
                "| `http://`, `https://` | a file on the web | read here, if it is an image file's address: see "
                "[how names are read](../references.md#files-on-the-web) |\n"
                "| `s3://`, `gs://` | an object in a bucket | `aws s3 cp s3://… image.sif`, `gcloud storage cp "
                "gs://… image.sif` |\n"
                "| `file://` | a file on this machine | `sregistry add FILE` |\n"
                "| `shub://` | an image of Singularity Hub, which no longer serves any | look for it in another "
                "registry |\n\n"
                "`sregistry add image.sif` puts such a file into the local registry."
            ),
        ),
    ),
    Code(
        "reference-scheme-inside",
        Kind.NAME,
        Who.YOU,
        sample=Sample(
            '"http://" does not belong into a reference; a name begins with the registry',
            {
                "source": "docker://http://localhost:5000/x",
                "span": [9, 16],
                "suggestion": "docker://localhost:5000/x",
                "inner": "http",
            },
        ),
        page=Page(
            meaning="There is a second scheme inside the name, such as `docker://http://…`.",
            known=_READ,
            todo="Leave out the inner scheme. To speak http, use `--plain-http`.",
        ),
    ),
    Code(
        "reference-slashes",
        Kind.NAME,
        Who.YOU,
        sample=Sample(
            'the name has to follow directly after "docker://"',
            {"source": "docker:///ubuntu", "span": [9, 10], "suggestion": "docker://ubuntu"},
        ),
        page=Page(
            meaning="Slashes stand between the scheme and the name, as in `docker:///ubuntu`.",
            known=_READ,
            todo="Write the name directly after `docker://`.",
        ),
    ),
    Code(
        "reference-tag",
        Kind.NAME,
        Who.YOU,
        sample=Sample(
            "the tag after the colon is empty",
            {"source": "ghcr.io/acme/tool:", "span": [17, 18], "suggestion": "docker://ghcr.io/acme/tool"},
        ),
        page=Page(
            meaning=(
                "The tag cannot be a tag: letters, digits, `_`, `.` and `-`, up to 128, not beginning with `.` or `-`."
            ),
            known=_READ,
            todo="Correct the tag, or use the name as proposed. A `+` of a version number is written `_` in tags.",
        ),
    ),
    Code(
        "reference-web-page",
        Kind.NAME,
        Who.YOU,
        sample=Sample(
            "this is the address of a page on Docker Hub that is not about one image",
            {"source": "https://hub.docker.com/search"},
        ),
        page=Page(
            meaning="The address of a web page was given, and no image can be read from it.",
            known="The sites of the large registries are known, and this page of theirs is not about one image.",
            todo="Open the page of the image, and give its address or the name that it shows.",
        ),
    ),
    Code(
        "reference-pinned",
        Kind.NAME,
        Who.YOU,
        sample=Sample(
            "what is pushed gets its digest from its content; name a tag instead",
            {"source": f"oras://ghcr.io/acme/tool@{LAYER}", "digest": LAYER},
        ),
        page=Page(
            meaning="A digest stands where something is to be written.",
            known="The digest of what is pushed follows from its content, so that it cannot be chosen.",
            todo="Name a tag; the digest is printed when it is there.",
        ),
    ),
)

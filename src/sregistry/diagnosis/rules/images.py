"""What the registry holds is no image for this machine, or no image at all."""

from __future__ import annotations

import difflib
from dataclasses import replace

from sregistry.diagnosis import commands, words
from sregistry.diagnosis.diagnosis import Cause, Step, Who
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.rule import Rules, Words, certain, do, likely, run, steps
from sregistry.digests import Digest, DigestError
from sregistry.references import DEFAULT_SCHEME, InvalidReference, Platform, RegistryReference
from sregistry.references.platform import Wanted

_OFFERED = 4
#: Those that Linux images are made for (Go's GOARCH).
_ARCHITECTURES = ("386", "amd64", "arm", "arm64", "loong64", "mips64le", "ppc64le", "riscv64", "s390x")


def _misspelt(wanted: str) -> tuple[Cause, ...]:
    """No image is for a machine that there is not."""
    system, _, rest = wanted.partition("/")
    architecture = rest.partition("/")[0]
    near = difflib.get_close_matches(architecture, _ARCHITECTURES, n=1) if architecture not in _ARCHITECTURES else []
    return (likely(f"{wanted} is misspelt: {system}/{near[0]} is a platform."),) if near else ()


def _no_platform(facts: Facts) -> Words:
    wanted, there = facts.text("platform"), facts.texts("platforms")
    if there and wanted.startswith("linux/") and not any(name.startswith("linux/") for name in there):
        return _not_linux(facts.replaced(actual=words.listing(there)))
    attested = facts.count("attestations")
    if facts.count("entries") == 0:
        return _empty_index()
    if facts.texts("os_features"):
        return _features(facts)
    nothing = (
        "Its index lists attestations only, and no image." if attested else "Its index lists no image with a platform."
    )
    return Words(
        title=f"The image is not available for {wanted or 'this platform'}",
        what=None if facts.text("url") else (),
        why=(
            certain(f"It is there for {words.listing(there)} only.") if there else certain(nothing),
            *_misspelt(wanted),
        ),
        who=Who.YOU if _misspelt(wanted) else None,
        steps=steps(
            *(run(commands.pull(facts, "--platform", name), _emulated(name, wanted)) for name in _for_linux(there)),
            do(f"{'Or ask' if there else 'Ask'} the image's author for {wanted or 'an image'}."),
        ),
    )


def _for_linux(platforms: list[str]) -> list[str]:
    """Those that can be run here, and so be asked for."""
    return [name for name in platforms if name.startswith("linux/")][:_OFFERED]


def _features(facts: Facts) -> Words:
    wanted, there = facts.text("platform"), facts.texts("platforms")
    needs = words.listing(facts.texts("os_features"))
    others = [name for name in there if name != wanted]
    return Words(
        title=f"The image for {wanted} is one that only some runtimes can read",
        why=(certain(f"The index says that it requires {needs}."),),
        steps=steps(
            do("Ask the image's author for an ordinary one; it is often under another tag."),
            *(run(commands.pull(facts, "--platform", name), _emulated(name, wanted)) for name in _for_linux(others)),
        ),
    )


def _empty_index() -> Words:
    return Words(
        title="The index is empty: it lists no image for any platform",
        what=(),
        why=(likely("The tool that made it found none of the images, or they were removed from it."),),
        steps=steps(do("Report it to the image's author: it has to be pushed again. Another tag may be good.")),
    )


def _emulated(there: str, wanted: str) -> str:
    """What it takes to run an image of another platform on a machine of the one that was wanted."""
    try:
        machine, offered = Platform.parse(wanted), Platform.parse(there)
    except InvalidReference:
        return ""
    if machine.alike(offered):
        return ""
    if Wanted.on(machine).takes(offered):
        return f"a machine of {machine} runs it as well"
    return "runs only on such a machine, or with emulation (qemu)"


def _not_linux(facts: Facts) -> Words:
    there = facts.text("actual") or facts.text("platform")
    return Words(
        title=f"This is not a Linux image: it is for {there}",
        why=(certain("Apptainer and Singularity run Linux images only."),),
        steps=steps(do("Look for a Linux image of the same program, or ask its author for one.")),
    )


def _other_platform(facts: Facts) -> Words:
    """A single manifest, not an index: its config says for what it is."""
    there, wanted = facts.text("actual") or words.listing(facts.texts("platforms")), facts.text("platform")
    return Words(
        title=f"The image is for {there}, not for {wanted}",
        why=(
            certain("It is a single image without an index, so there is no other platform to choose."),
            *_misspelt(wanted),
        ),
        who=Who.YOU if _misspelt(wanted) else None,
        steps=steps(
            run(commands.pull(facts, "--platform", there), _emulated(there, wanted)) if there else None,
            do(f"Or ask the image's author for {wanted}; some use another tag for each platform."),
        ),
    )


#: What an artifact is -> (its name, the command that fetches it).
_ARTIFACTS: dict[str, tuple[str, str]] = {
    "helm": ("a Helm chart", "helm pull oci://{name} --version {tag}"),
    "cosign": ("a signature made by cosign", ""),
    "notary": ("a Notary signature", ""),
    "attestation": ("an attestation about an image (provenance or SBOM), not the image itself", ""),
    "sbom": ("a software bill of materials (SBOM)", "oras pull {name}:{tag}"),
    "sif": ("a SIF file kept in a registry", ""),
    "wasm": ("a WebAssembly module", "oras pull {name}:{tag}"),
    "docker-plugin": ("a plugin of Docker", "docker plugin install {name}:{tag}"),
    "model": ("a machine-learning model", "oras pull {name}:{tag}"),
    "flux": ("a Flux configuration", "flux pull artifact oci://{name}:{tag} --output ."),
    "squashfs": ("an image whose layers are squashfs file systems", "singularity pull --oci docker://{name}:{tag}"),
    "stacker": ("an image of stacker, whose layers are squashfs file systems", ""),
    "erofs": ("an image whose layers are EROFS file systems", ""),
    "nydus": ("an image in Nydus' form, to be loaded piece by piece as it runs", ""),
    "overlaybd": ("an image in OverlayBD's form, to be loaded piece by piece as it runs", ""),
    "opa": ("an Open Policy Agent bundle", "oras pull {name}:{tag}"),
}
#: What is to be known about the command, where that is not clear.
_HINTS = {
    "sif": "docker:// takes images in layers; this file needs no conversion",
    "squashfs": "SingularityCE 4 keeps such an image as it is, in an OCI-SIF",
}
#: What is to be done where no command fetches something that can be run.
_OTHERWISE = {
    "stacker": "stacker's own tools read it (atomfs mounts it); `skopeo copy` fetches it as a folder.",
    "erofs": "containerd 2.1 and later runs it, with its EROFS snapshotter.",
    "nydus": "containerd runs it, with the Nydus snapshotter; most such images have an ordinary one under another tag.",
    "overlaybd": "containerd runs it, with its snapshotter; most such images have an ordinary one under another tag.",
}
#: How other programs are told to speak plain http.
_PLAIN = {"oras": "--plain-http", "helm": "--plain-http", "apptainer": "--no-https", "singularity": "--no-https"}
_OTHER = ("an artifact of another kind", "oras pull {name}:{tag}")
_ABOUT_AN_IMAGE = frozenset({"cosign", "notary", "attestation", "sbom"})


def _artifact(facts: Facts) -> Words:
    sort = facts.text("artifact")
    media_type = facts.text("artifact_type") or facts.text("media_type")
    what, command = _ARTIFACTS.get(sort, _OTHER)
    reference = facts.reference
    name = reference.name if reference else "<name>"
    tag = (reference.tag if reference else "") or "<tag>"
    hint = _HINTS.get(sort, "")
    if sort == "helm" and not tag[:1].isdigit():
        command, hint = _OTHER[1], "helm pull takes charts by a version, such as 1.2.3, only"
    return Words(
        title=f"This is {what}" + ("" if "image" in what else ", not a container image"),
        what=(),
        why=(_told_by(media_type),) if media_type else (),
        steps=steps(
            _by_scheme(facts, "oras", hint) if sort == "sif" else None,
            Step(_in_plain_http(facts, command.format(name=name, tag=tag)), hint) if command else None,
            do(_OTHERWISE[sort]) if sort in _OTHERWISE else None,
            do("Or ask the image's author for one whose layers are tar archives.") if sort in _OTHERWISE else None,
            *_signed(facts, sort),
        ),
        who=Who.YOU,
    )


def _told_by(text: str) -> Cause:
    """What told the kind: a media type has a slash after its main type, the name of an annotation has a host before."""
    word = "media type" if text.startswith(("application/", "text/", "appliciation/")) else "annotation"
    return certain(f"Its {word} is {text}.")


def _in_plain_http(facts: Facts, command: str) -> str:
    """`command` (``PROGRAM pull NAME``) with that program's option for plain http, if the user asked for plain http."""
    program, verb, rest = command.split(" ", 2)
    option = _PLAIN.get(program, "") if "--plain-http" in facts.texts("options") else ""
    return " ".join(part for part in (program, verb, option, rest) if part)


def _signed(facts: Facts, sort: str) -> tuple[Step | None, ...]:
    """The image that a signature or attestation is about."""
    if sort not in _ABOUT_AN_IMAGE:
        return ()
    reference = facts.reference
    subject = (
        _digest(facts.text("subject"))
        or (_in_tag(reference.tag) if reference and reference.tag else None)
        or _digest(facts.look.part("signed").text("digest"))
    )
    if subject and reference:
        return (
            Step(commands.pull(facts, name=replace(reference, tag=None, digest=subject).uri), "the image it is about"),
        )
    if sort == "cosign":
        return (do("Pull the image that it signs, by that image's own tag; `cosign verify` checks the signature."),)
    return (do("Pull the image that it is about, by that image's own tag."),)


def _in_tag(tag: str) -> Digest | None:
    """The digest that cosign writes into the tag of what is about an image, ``sha256-<hex>.sig``."""
    return _digest(tag.partition(".")[0].replace("-", ":", 1))


def _digest(text: str) -> Digest | None:
    try:
        return Digest.parse(text)
    except DigestError:
        return None


def _encrypted(facts: Facts) -> Words:
    return Words(
        title="The layers of this image are encrypted",
        why=(certain("Its author gives the key to some only; without it nothing can be read."),),
        steps=steps(
            do("Ask the image's author for an image that is not encrypted."),
            do("With the key, skopeo copy --decryption-key makes one that can be pulled."),
        ),
    )


def _no_layers(facts: Facts) -> Words:
    return Words(
        title="The image has no layers",
        what=(),
        why=(certain("Its manifest lists none, so there is nothing to run."),),
        steps=steps(do("Report it to the image's author. Another tag may be the one that is meant.")),
    )


def _config(facts: Facts) -> Words:
    field, expected, actual = facts.text("field"), facts.text("expected"), facts.text("actual")
    return Words(
        title="The image's configuration breaks the rules of its format",
        what=(facts.sentence,),
        why=(
            *((certain(f"{field} has to be {expected}; it is {actual}."),) if field and expected and actual else ()),
            likely("The image was built by a faulty tool."),
        ),
        steps=steps(do("Report it to the image's author: it has to be built again. Another tag may be good.")),
    )


def _mismatch(facts: Facts) -> Words:
    return Words(
        title="Manifest and configuration of the image do not fit together",
        what=(facts.sentence,),
        why=(
            certain("The number of layers differs, or their order cannot be told."),
            likely("The image was put together by a faulty tool."),
        ),
        steps=steps(do("Report it to the image's author: it has to be built and pushed again.")),
    )


def _in_layers(facts: Facts) -> Words:
    """A container image, which was asked for as a SIF file."""
    return Words(
        title="This is a container image in layers, not a SIF file",
        what=(),
        why=(_told_by(facts.text("media_type")),) if facts.has("media_type") else (),
        steps=steps(_by_scheme(facts, DEFAULT_SCHEME, "makes a SIF file of it")),
    )


def _several_files(facts: Facts) -> Words:
    reference = facts.reference
    name = f"{reference.name}:{reference.tag}" if isinstance(reference, RegistryReference) else "<NAME>"
    return Words(
        title=facts.headline,
        what=(),
        why=(certain(f"They are called {words.listing(facts.texts('files'))}."),) if facts.texts("files") else (),
        steps=steps(
            Step(_in_plain_http(facts, f"oras pull {name}"), "fetches all of them"),
            do("Ask who pushed them for a name for each."),
        ),
    )


def _by_scheme(facts: Facts, scheme: str, comment: str) -> Step | None:
    """The pull of the same name with another scheme."""
    reference = facts.reference
    if not isinstance(reference, RegistryReference):
        return None
    return run(commands.pull(facts, name=replace(reference, scheme=scheme).uri), comment)


RULES: Rules = {
    "image-in-layers": _in_layers,
    "image-several-files": _several_files,
    "image-no-platform": _no_platform,
    "image-other-platform": _other_platform,
    "image-not-linux": _not_linux,
    "image-artifact": _artifact,
    "image-encrypted": _encrypted,
    "image-no-layers": _no_layers,
    "image-config-invalid": _config,
    "image-config-mismatch": _mismatch,
}

"""A platform: operating system, architecture and variant, in Go's and Docker's spelling; and which ones will do.

Source: OCI Image Index Specification, property ``platform``; containerd/platforms, ``normalizeArch`` (spellings) and
``platformVector`` (what runs what).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sregistry.references.errors import InvalidReference

#: ``uname -m`` spellings and Docker aliases -> (architecture, variant).
_ALIASES: dict[str, tuple[str, str | None]] = {
    "x86_64": ("amd64", None),
    "x86-64": ("amd64", None),
    **dict.fromkeys(("i386", "i486", "i586", "i686"), ("386", None)),
    "aarch64": ("arm64", None),
    "armhf": ("arm", "v7"),
    "armv8l": ("arm", "v8"),
    "armv7l": ("arm", "v7"),
    "armel": ("arm", "v6"),
    "armv6l": ("arm", "v6"),
    **dict.fromkeys(("armv5tel", "armv5tejl"), ("arm", "v5")),
    "loongarch64": ("loong64", None),
}
_SYSTEMS = {"": "linux", "macos": "darwin"}
#: Architecture -> the variants that mean something there; any other is as good as none. Of architectures that are
#: not here every variant is kept.
_VARIANTS = {
    "386": frozenset[str](),
    "amd64": frozenset({"v1", "v2", "v3", "v4"}),
    "arm": frozenset({"v5", "v6", "v7", "v8"}),
    "arm64": frozenset({"v8", "v9", *(f"v{major}.{minor}" for major in (8, 9) for minor in range(1, 10))}),
}
#: Variants that every machine of the architecture has.
_PLAIN = frozenset({("arm64", "v8"), ("amd64", "v1")})


@dataclass(frozen=True, slots=True)
class Platform:
    """``os/architecture[/variant]``, normalised: ``linux/amd64``, ``linux/arm64``, ``linux/arm/v7``.

    arm64 has variant None for v8 and amd64 for v1 (the same thing); arm without a variant is v7, as Docker reads it.
    A variant that the architecture does not have (amd64 with v8) is none.
    """

    os: str
    architecture: str
    variant: str | None = None
    os_version: str | None = None

    @classmethod
    def make(cls, os: str, architecture: str, variant: str | None = None, os_version: str | None = None) -> Platform:
        """Return the normalised platform for the given spellings."""
        os, architecture = os.strip().lower(), architecture.strip().lower()
        architecture, implied = _ALIASES.get(architecture, (architecture, None))
        variant = _variant(architecture, (variant or "").strip().lower() or implied or "")
        return cls(_SYSTEMS.get(os, os), architecture, variant, os_version or None)

    @classmethod
    def parse(cls, text: str) -> Platform:
        """Read ``OS/ARCH[/VARIANT]`` or ``ARCH``; raise InvalidReference ``platform-malformed``."""
        parts = [part.strip() for part in text.split("/")]
        if not all(parts) or len(parts) > 3:
            raise InvalidReference(
                "platform-malformed", f"{text!r} is not a platform (OS/ARCH or OS/ARCH/VARIANT)", source=text
            )
        if len(parts) == 1:
            return cls.make("linux", parts[0])
        return cls.make(*parts)

    def alike(self, other: Platform) -> bool:
        """Whether operating system and architecture are the same, whatever the variant."""
        return (self.os, self.architecture) == (other.os, other.architecture)

    def __str__(self) -> str:
        words = [self.os, self.architecture] + ([self.variant] if self.variant else [])
        return "/".join(words)


def _variant(architecture: str, text: str) -> str | None:
    if text[:1].isdigit():
        text = "v" + text
    if architecture == "arm64":
        text = text.removesuffix(".0")
    known = _VARIANTS.get(architecture)
    if (known is not None and text not in known) or (architecture, text) in _PLAIN:
        text = ""
    return text or ("v7" if architecture == "arm" else None)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which platforms will do.

    Attributes:
        name: the platform as it is called in messages.
        platforms: those that will do, the best first.
        asked: a person named the platform; else it is that of this machine.
    """

    name: Platform
    platforms: tuple[Platform, ...]
    asked: bool

    @classmethod
    def by_name(cls, platform: Platform) -> Wanted:
        """What will do for one who asks for `platform`: it, and what was made for older processors of its kind."""
        return cls(platform, (platform, *_older(platform)), asked=True)

    @classmethod
    def on(cls, machine: Platform) -> Wanted:
        """What runs on `machine`, whose variant says what its processor can do.

        The plainest of amd64 comes first, so that a tag means the same image on every machine that has the choice;
        then what needs more, then the 32-bit relative.
        """
        older = tuple(_older(machine))
        if machine.architecture == "amd64":
            others = (*reversed(older), machine, Platform(machine.os, "386"))
            return cls(others[0], others, asked=False)
        if machine.architecture == "arm64":
            others = tuple(Platform(machine.os, "arm", variant) for variant in ("v8", "v7", "v6", "v5"))
            return cls(machine, (machine, *older, *others), asked=False)
        return cls(machine, (machine, *older), asked=False)

    def rank(self, offered: Platform) -> int | None:
        """How well `offered` fits: 0 is best; None if it does not."""
        for place, will_do in enumerate(self.platforms):
            if will_do.alike(offered) and will_do.variant == offered.variant and _same_version(will_do, offered):
                return place
        return None

    def order(self, text: str) -> int | None:
        """The `rank` of a platform in writing, those that only `takes` takes last; None if it does not fit."""
        try:
            offered = Platform.parse(text)
        except InvalidReference:
            return None
        rank = self.rank(offered)
        return len(self.platforms) if rank is None and self.takes(offered) else rank

    def takes(self, offered: Platform) -> bool:
        """Whether `offered` will do where there is nothing to choose from: the variant does not count."""
        return any(will_do.alike(offered) and _same_version(will_do, offered) for will_do in self.platforms)


def _same_version(wanted: Platform, offered: Platform) -> bool:
    """Whether a version of Windows fits: by its beginning, where both are told."""
    return not wanted.os_version or not offered.os_version or offered.os_version.startswith(wanted.os_version)


def _older(platform: Platform) -> Iterator[Platform]:
    """What a processor of this variant runs besides, the newest first."""
    for variant in _variants_below(platform.architecture, platform.variant):
        yield Platform(platform.os, platform.architecture, variant, platform.os_version)


def _variants_below(architecture: str, variant: str | None) -> Iterator[str | None]:
    if variant is None:
        return
    if architecture == "arm":
        yield from (f"v{number}" for number in range(int(variant[1]) - 1, 4, -1))
        return
    if architecture == "amd64":
        yield from (f"v{number}" for number in range(int(variant[1]) - 1, 1, -1))
    if architecture == "arm64":
        yield from _arm64_below(variant)
    yield None


def _arm64_below(variant: str) -> Iterator[str]:
    """Of v8.2: v8.1; of v9.1: v9, v8.6 … v8.1 (version 9 of Arm's architecture has all that 8.5 has)."""
    major, _, minor = variant[1:].partition(".")
    left = int(minor or 0)
    if major == "9":
        yield from (f"v9.{number}" if number else "v9" for number in range(left - 1, -1, -1))
        left += 6
    yield from (f"v8.{number}" for number in range(left - 1, 0, -1))

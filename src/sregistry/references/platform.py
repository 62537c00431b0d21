"""A platform: operating system, architecture and variant, in Go's and Docker's spelling.

Source: OCI Image Index Specification, property ``platform``; containerd's normalisation rules.
"""

from __future__ import annotations

from dataclasses import dataclass

from sregistry.references.errors import InvalidReference

#: ``uname -m`` spellings and Docker aliases -> (architecture, variant).
_ALIASES: dict[str, tuple[str, str | None]] = {
    "x86_64": ("amd64", None),
    "x86-64": ("amd64", None),
    "i386": ("386", None),
    "i686": ("386", None),
    "aarch64": ("arm64", None),
    "armhf": ("arm", "v7"),
    "armv7l": ("arm", "v7"),
    "armel": ("arm", "v6"),
    "armv6l": ("arm", "v6"),
    "loongarch64": ("loong64", None),
}
#: Variants that every machine of the architecture has.
_PLAIN = frozenset({("arm64", "v8"), ("amd64", "v1")})


@dataclass(frozen=True, slots=True)
class Platform:
    """``os/architecture[/variant]``, normalised: ``linux/amd64``, ``linux/arm64``, ``linux/arm/v7``.

    arm64 has variant None for v8 and amd64 for v1 (the same thing); arm without a variant is v7, as Docker reads it.
    """

    os: str
    architecture: str
    variant: str | None = None
    os_version: str | None = None

    @classmethod
    def make(cls, os: str, architecture: str, variant: str | None = None, os_version: str | None = None) -> Platform:
        """Return the normalised platform for the given spellings."""
        architecture, implied = _ALIASES.get(architecture.lower(), (architecture.lower(), None))
        variant = (variant or implied or "").lower() or None
        if variant and variant.isdigit():
            variant = "v" + variant
        if (architecture, variant) in _PLAIN:
            variant = None
        if architecture == "arm" and variant is None:
            variant = "v7"
        return cls(os.lower() or "linux", architecture, variant, os_version or None)

    @classmethod
    def parse(cls, text: str) -> Platform:
        """Read ``OS/ARCH[/VARIANT]`` or ``ARCH``; raise InvalidReference ``platform-malformed``."""
        parts = text.strip().split("/")
        if not all(parts) or len(parts) > 3:
            raise InvalidReference(
                "platform-malformed", f"{text!r} is not a platform (OS/ARCH or OS/ARCH/VARIANT)", source=text
            )
        if len(parts) == 1:
            return cls.make("linux", parts[0])
        return cls.make(*parts)

    def __str__(self) -> str:
        words = [self.os, self.architecture] + ([self.variant] if self.variant else [])
        return "/".join(words)

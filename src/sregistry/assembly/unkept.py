"""What of an image's config does not survive in a container of Apptainer, in sentences for people."""

from __future__ import annotations

from sregistry.assembly.config import ImageConfig
from sregistry.assembly.environment import Environment


def unkept(config: ImageConfig, environment: Environment, *, has_shell: bool) -> list[str]:
    """Return one sentence for each thing that behaves differently from Docker, most surprising first."""
    sentences = []
    if not has_shell:
        sentences.append("the image has no /bin/sh: `run` and `exec` work, `shell` and `instance start` do not")
    sentences += [f"the variable {name!r} is not passed on: {why}" for name, why in environment.dropped]
    if "HOME" in environment.variables:
        sentences.append(f"HOME is the calling user's, not the image's {environment.variables['HOME']!r}")
    if config.replaced:
        fields = ", ".join(config.replaced)
        sentences.append(f"text that is not Unicode was replaced, as Docker does, in {fields}")
    ignored = _ignored(config)
    if ignored:
        sentences.append(f"the runtime does not act on {', '.join(ignored)}")
    return sentences


def _ignored(config: ImageConfig) -> list[str]:
    """Instructions of the image that Apptainer keeps no place for."""
    ignored = []
    if config.user.partition(":")[0] not in ("", "root", "0"):
        ignored.append(f"USER {config.user} (you stay yourself)")
    if config.working_directory not in ("", "/"):
        ignored.append(f"WORKDIR {config.working_directory} (choose with --cwd)")
    if config.volumes:
        ignored.append(f"VOLUME {' '.join(config.volumes)} (read-only until bound with --bind)")
    if config.stop_signal:
        ignored.append(f"STOPSIGNAL {config.stop_signal}")
    if config.has_healthcheck:
        ignored.append("HEALTHCHECK")
    return ignored

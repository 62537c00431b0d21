"""The image's config: absent, spoilt, or at odds with the manifest."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

from tests.sick import registry
from tests.sick.answer import Answer, Ending, error, page, redirect, text
from tests.sick.repository import of_config
from tests.sick.request import Request
from tests.sick.scenario import IMPATIENT, SUCCEEDS, Expectation, Family, either, fails

FAMILY = Family("manifest")
_INVALID = "image-config-invalid"
_AUTHOR = r"author|push|report"


def _sends(
    name: str,
    spoil: Callable[[Answer], Answer],
    expect: Expectation,
    does: str,
    cause: str,
    times: int = 1 << 30,
    **more: Any,
) -> None:
    """What the healthy registry answers when the config is asked for, spoilt; the first `times` times."""

    def handle(request: Request) -> Answer | None:
        if not request.is_config or request.count("config") > times:
            return None
        return spoil(registry.blob(request))

    FAMILY.add(name, expect, does, cause, handle=handle, **more)


_sends(
    "config-unknown",
    lambda answer: error(404, "BLOB_UNKNOWN", "blob unknown to registry"),
    fails("blob-unknown", r"config", r"not have|missing|not found", _AUTHOR, never=(r"\bthe layer\b",)),
    "404 for the config",
    "the image was copied or cleaned up incompletely",
)
_sends(
    "config-denied",
    lambda answer: error(403, "DENIED", "access denied"),
    fails("auth-denied", r"gives the manifest, but refuses the config", r"denie", r"operator"),
    "403 for the config",
    "the storage behind the registry refuses",
)
_sends(
    "config-500",
    lambda answer: text(500, "oops"),
    fails("registry-error", r"\b500\b", r"again|later"),
    "500 for the config, every time",
    "the registry's storage is broken",
)
_sends("config-500-once", lambda answer: text(500, "oops"), SUCCEEDS, "500 for the config, once", "a hiccup", times=1)
_sends(
    "config-other-bytes",
    lambda answer: answer.having(body=answer.body.replace(b"linux", b"Linux")),
    fails("digest-mismatch", r"config", r"digest", r"match", r"again|proxy|registry"),
    "a config with one other byte",
    "corrupt storage, or a proxy",
)
_sends(
    "config-truncated",
    lambda answer: answer.having(body=answer.body[:50]),
    fails(
        "digest-mismatch size-short blob-wrong-size",
        r"config",
        r"digest|incomplete|size",
        r"again|proxy|registry",
        never=(r"\bthe layer\b",),
    ),
    "half a config",
    "corrupt storage, or a proxy",
)
_sends(
    "config-cut-once",
    lambda answer: answer.having(sent=50, ending=Ending.RESET),
    SUCCEEDS,
    "50 bytes of the config, then resets; once",
    "a hiccup",
    times=1,
)
_sends(
    "config-stalls",
    lambda answer: answer.having(sent=50, ending=Ending.HANG),
    fails("network-stalled", r"stop|stall", r"again|proxy|firewall"),
    "50 bytes of the config, then nothing more",
    "the storage hangs",
    settings=IMPATIENT,
)
_sends(
    "config-page",
    lambda answer: page(200, "Sign in", "Sign in."),
    fails("registry-web-page digest-mismatch", r"web page|HTML|digest", r"proxy|portal|again"),
    "a web page in place of the config",
    "a portal in front of the storage",
)
_sends(
    "config-gzip",
    lambda answer: answer.having(body=gzip.compress(answer.body)).adding(("Content-Encoding", "gzip")),
    either("blob-wrong-size", r"config", r"compress|encod|size"),
    "a compressed config that nobody asked for",
    "a proxy that compresses everything",
)
_sends(
    "config-endless",
    lambda answer: Answer(body=b" " * 65536, endless=True, announced=1 << 40),
    fails(
        "registry-answer-too-large blob-wrong-size size-long digest-mismatch",
        r"larger|more than|limit",
        never=(r"\bthe layer\b",),
    ),
    "sends a config without end",
    "an attack",
)


@FAMILY.scenario("config-redirected", SUCCEEDS, "keeps the config at another host", "object storage")
def redirected(request: Request) -> Answer | None:
    return redirect(f"{request.elsewhere}/store/{request.reference}") if request.is_config else None


def _edited(name: str, change: Callable[[dict[str, Any]], object], expect: Expectation, does: str) -> None:
    FAMILY.add(name, expect, does, "a broken tool pushed it", make=of_config(change))


def _set(**fields: Any) -> Callable[[dict[str, Any]], object]:
    return lambda config: config.update(fields)


def _run(**fields: Any) -> Callable[[dict[str, Any]], object]:
    return lambda config: config["config"].update(fields)


_BAD = fails(_INVALID, r"config", _AUTHOR)
_COUNT = fails(f"image-config-mismatch {_INVALID}", r"layer", r"config", _AUTHOR)

_edited("config-not-json", lambda config: b"this is a config\n", _BAD, "text that is not JSON")
_edited("config-empty", lambda config: b"", fails(f"{_INVALID} size-short", r"config", _AUTHOR), "an empty config")
_edited("config-null", lambda config: b"null", _BAD, "null")
_edited("config-list", lambda config: [], _BAD, "a list")
_edited(
    "config-empty-object",
    lambda config: {},
    either(f"{_INVALID} image-config-mismatch image-no-platform", r"config"),
    "{}",
)
_edited("config-deep", lambda config: b"[" * 100_000, _BAD, "100,000 nested lists")
_edited(
    "config-no-rootfs",
    lambda config: config.pop("rootfs") and None,
    either(f"image-config-mismatch {_INVALID}", r"rootfs|diff_ids|layer"),
    "no rootfs",
)
_edited(
    "config-rootfs-null",
    _set(rootfs=None),
    either(f"image-config-mismatch {_INVALID}", r"rootfs|diff_ids|layer"),
    "rootfs null",
)
_edited(
    "config-diff-ids-null",
    lambda config: config["rootfs"].update(diff_ids=None),
    either(f"image-config-mismatch {_INVALID}", r"diff_ids|layer"),
    "diff_ids null",
)
FAMILY.add(
    "config-environment-is-object",
    fails(_INVALID, r"config\.Env", r"list of strings", _AUTHOR),
    "an environment that is an object; what cannot be used is no reason to download layers",
    "a broken tool pushed it",
    make=of_config(_run(Env={"PATH": "/bin"})),
    requests=3,
)
_edited(
    "config-diff-ids-fewer", lambda config: config["rootfs"]["diff_ids"].pop() and None, _COUNT, "one diff_id too few"
)
_edited(
    "config-diff-ids-more",
    lambda config: config["rootfs"]["diff_ids"].append("sha256:" + "0" * 64),
    _COUNT,
    "one diff_id too many",
)
_edited(
    "config-diff-id-malformed",
    lambda config: config["rootfs"].update(diff_ids=["x", "y"]),
    fails(f"digest-malformed {_INVALID}", r"digest|diff_id"),
    "diff_ids that are no digests",
)
_edited(
    "config-diff-id-other",
    lambda config: config["rootfs"]["diff_ids"].__setitem__(1, "sha256:" + "0" * 64),
    fails("layer-diff-id-mismatch", r"config", r"match|other", _AUTHOR),
    "the diff_id of another layer",
)
_edited(
    "config-diff-ids-swapped",
    lambda config: config["rootfs"]["diff_ids"].reverse(),
    fails("layer-diff-id-mismatch", r"config", r"match|other", _AUTHOR),
    "the diff_ids in another order",
)
_edited("config-env-text", _run(Env="PATH=/bin"), _BAD, "Env is a text")
_edited("config-env-numbers", _run(Env=[1, 2]), _BAD, "Env holds numbers")
_edited("config-cmd-text", _run(Cmd="/bin/sh"), SUCCEEDS, "Cmd is a text, which Docker reads as a list of one")
_edited("config-labels-list", _run(Labels=["a=b"]), _BAD, "Labels is a list")
_edited(
    "config-nulls",
    _run(Env=None, Cmd=None, Entrypoint=None, Labels=None, Volumes=None, WorkingDir=None, User=None),
    SUCCEEDS,
    "null for every field",
)
_edited("config-inner-null", _set(config=None), SUCCEEDS, "no inner config")
_edited("config-history-odd", _set(history="none"), either(_INVALID, r"history"), "a history that is a text")
_edited("config-created-odd", _set(created="yesterday"), SUCCEEDS, "a date that is none")
_edited(
    "config-odd-environment",
    _run(Env=["A", "=b", "B-C=d", "E=`f` $g \" '", "É=é", "PATH=/bin"]),
    SUCCEEDS,
    "odd names in Env",
)
_edited(
    "config-architecture-absent",
    lambda config: config.pop("architecture") and None,
    either("image-no-platform image-other-platform", r"platform|architecture"),
    "no architecture",
)
_edited("config-unknown-fields", _set(extra={"a": [1, {"b": None}]}, moby={}), SUCCEEDS, "fields that nobody knows")

"""The table of rules, one module per family of causes; a code belongs to exactly one of them."""

from __future__ import annotations

from sregistry.diagnosis.rule import Rules
from sregistry.diagnosis.rules import (
    auth,
    blobs,
    bug,
    content,
    copies,
    database,
    deletions,
    disk,
    endpoints,
    formats,
    images,
    layers,
    layouts,
    limits,
    machine,
    manifest,
    missing,
    names,
    network,
    proxy,
    server,
    store,
    stored,
    tls,
    uploads,
    usage,
    web,
)
from sregistry.diagnosis.rules.bug import BUG, CALLING_PROGRAM, INTERRUPTED

__all__ = ["BUG", "CALLING_PROGRAM", "INTERRUPTED", "RULES"]

RULES: Rules = {
    **names.RULES,
    **network.RULES,
    **proxy.RULES,
    **tls.RULES,
    **auth.RULES,
    **missing.RULES,
    **limits.RULES,
    **server.RULES,
    **manifest.RULES,
    **images.RULES,
    **blobs.RULES,
    **content.RULES,
    **copies.RULES,
    **layers.RULES,
    **layouts.RULES,
    **disk.RULES,
    **endpoints.RULES,
    **machine.RULES,
    **store.RULES,
    **stored.RULES,
    **database.RULES,
    **uploads.RULES,
    **deletions.RULES,
    **formats.RULES,
    **usage.RULES,
    **web.RULES,
    **bug.RULES,
}

"""The table of rules, one module per family of causes; a code belongs to exactly one of them."""

from __future__ import annotations

from sregistry.diagnosis.rule import Rules
from sregistry.diagnosis.rules import bug, content, layers, names, network, proxy, tls, usage
from sregistry.diagnosis.rules.bug import BUG, INTERRUPTED

__all__ = ["BUG", "INTERRUPTED", "RULES"]

RULES: Rules = {
    **names.RULES,
    **network.RULES,
    **proxy.RULES,
    **tls.RULES,
    **content.RULES,
    **layers.RULES,
    **usage.RULES,
    **bug.RULES,
}

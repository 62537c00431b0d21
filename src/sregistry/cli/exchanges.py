"""``--debug``: each exchange with a registry as one line on stderr, bodies below where they explain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sregistry.printable import printable

if TYPE_CHECKING:
    from sregistry.http.transport import Exchange, OnExchange
    from sregistry.settings import Settings

_BODY = 2000


def exchange_printer(settings: Settings) -> OnExchange | None:
    """The listener that prints exchanges; None without ``debug``."""
    return _print if settings.debug else None


def _print(exchange: Exchange) -> None:
    outcome = exchange.error or str(exchange.status)
    kind = exchange.response_headers.get("content-type", "")
    way = f" via {exchange.proxy}" if exchange.proxy else ""
    line = (
        f"{exchange.method} {exchange.url} -> {outcome} {exchange.received} B in {exchange.seconds:.3f} s{way} {kind}"
    )
    click.echo(printable(line.rstrip()), err=True)
    if exchange.body and (exchange.status or 0) >= 400:
        for line in exchange.body[:_BODY].splitlines():
            click.echo(f"    | {printable(line)}", err=True)

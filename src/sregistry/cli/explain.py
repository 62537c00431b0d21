"""``sregistry explain``."""

from __future__ import annotations

import click

from sregistry.cli.options import codes


@click.command("explain")
@click.argument("code", required=False, shell_complete=codes)
def command(code: str | None) -> None:
    """Print the page about CODE, the word at the right of a failure's first line; without CODE the list of all.

    A page says what the code means, how sregistry knows, and what to do; it needs no network.
    """
    from sregistry.cli.markdown import show
    from sregistry.diagnosis.pages import INDEX, page

    text = page(code or INDEX)
    if text is None:
        import difflib

        from sregistry.codes import every

        near = difflib.get_close_matches(code or "", [known.name for known in every()], n=3)
        hint = f"Did you mean {' or '.join(near)}?" if near else "`sregistry explain` lists all."
        raise click.UsageError(f"There is no code {code!r}. {hint}")
    show(text)

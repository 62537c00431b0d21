"""``sregistry completion``."""

from __future__ import annotations

import click

#: What click listens to when the shell asks for completions; follows from the name of the program.
_VARIABLE = "_SREGISTRY_COMPLETE"


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print what makes SHELL complete the commands and options of sregistry.

    \b
    bash:  source <(sregistry completion bash)                      in ~/.bashrc
    zsh:   source <(sregistry completion zsh)                       in ~/.zshrc
    fish:  sregistry completion fish > ~/.config/fish/completions/sregistry.fish
    """  # noqa: D301 - click wants the character
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(ctx.find_root().command, {}, "sregistry", _VARIABLE).source())

"""``sregistry completion``."""

from __future__ import annotations

import click

#: What click listens to when the shell asks for completions; follows from the name of the program.
_VARIABLE = "_SREGISTRY_COMPLETE"
#: bash cuts words at ":" and "=", which references have in them: the words are taken from the line instead, and what
#: stands before the last place of a cut is taken off every completion again.
_BASH = """\
_sregistry_completion() {
    local line="${COMP_LINE:0:COMP_POINT}" type value current cut
    local -a words
    read -ra words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    current="${words[${#words[@]}-1]}"
    cut="${current%"${current##*[:=]}"}"
    cut="${cut#--*=}"
    COMPREPLY=()
    while IFS=',' read -r type value; do
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain)
                [[ $value == "$cut"* ]] && value="${value#"$cut"}"
                COMPREPLY+=("$value") ;;
        esac
    done < <(env COMP_WORDS="$line" COMP_CWORD=$((${#words[@]} - 1)) _SREGISTRY_COMPLETE=bash_complete "$1")
}
complete -o nosort -F _sregistry_completion sregistry
"""


#: What click's scripts lack: they would put a value in the place of the whole word ``--option=value``.
_AFTER_EQUALS = {
    "zsh": ("compadd -U", "[[ $PREFIX == --*=* ]] && compset -P 1 '*='; compadd -U -i \"$IPREFIX\""),
    "fish": ("echo $metadata[2]", "echo (string match -r -- '^--[^=]+=|' (commandline -t))$metadata[2]"),
}


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print what makes SHELL complete the commands, options, images and files of sregistry.

    \b
    bash:  source <(sregistry completion bash)                      in ~/.bashrc
    zsh:   source <(sregistry completion zsh)                       in ~/.zshrc
    fish:  sregistry completion fish > ~/.config/fish/completions/sregistry.fish
    """  # noqa: D301 - click wants the character
    from click.shell_completion import get_completion_class

    if shell == "bash":
        click.echo(_BASH, nl=False)
        return
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(ctx.find_root().command, {}, "sregistry", _VARIABLE).source().replace(*_AFTER_EQUALS[shell]))

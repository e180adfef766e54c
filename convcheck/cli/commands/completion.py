"""``convcheck completion``: the script that has a shell complete convcheck's command lines."""

from __future__ import annotations

import click
from click.shell_completion import ShellComplete, get_completion_class

from convcheck.cli.help import Command
from convcheck.cli.params import Choice

SHELLS = ("bash", "zsh", "fish")


@click.command(
    "completion",
    cls=Command,
    examples=(
        'eval "$(convcheck completion bash)"    a line of ~/.bashrc',
        'eval "$(convcheck completion zsh)"     a line of ~/.zshrc, after compinit',
        "convcheck completion fish > ~/.config/fish/completions/convcheck.fish",
    ),
    epilog="Exit codes: 0 printed, 2 no such shell.",
)
@click.argument("shell", type=Choice(SHELLS), metavar="|".join(SHELLS))
@click.pass_context
def command(context: click.Context, shell: str) -> int:
    """Print the script that completes commands, options and their values in this shell.

    Values are implementations and their options, causes, formats, dtypes, layouts and files.
    """
    found = get_completion_class(shell)
    assert found is not None
    root = context.find_root()
    name = str(root.info_name)
    completer = found(root.command, {}, name, f"_{name}_COMPLETE".upper())
    # The shell's own version is its user's affair: bash is not started to ask for it.
    click.echo(ShellComplete.source(completer))
    return 0

"""`nbdag completion`: what a shell needs to complete nbdag's commands."""

from __future__ import annotations

import click

from .terminal import say

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the completion script for a shell.

    For bash, put `eval "$(nbdag completion bash)"` into ~/.bashrc; for zsh, the same with zsh into
    ~/.zshrc; for fish, `nbdag completion fish > ~/.config/fish/completions/nbdag.fish`.
    """
    from click.shell_completion import get_completion_class

    from .app import app

    kind = get_completion_class(shell)
    if kind is None:
        msg = f"click knows no completion for {shell}."
        raise click.UsageError(msg)
    say(kind(app, {}, "nbdag", "_NBDAG_COMPLETE").source())

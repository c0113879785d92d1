"""`nbdag cache`: what is kept of earlier runs so that steps need not run again."""

from __future__ import annotations

from pathlib import Path

import click

from .arguments import folder_option
from .terminal import counted, say


@click.command()
@click.option("--clear", "clearing", is_flag=True, help="Remove all of it.")
@folder_option
@click.pass_context
def cache(ctx: click.Context, clearing: bool, folder: Path) -> None:
    """Show how much the cache of a folder's notebooks holds, or clear it.

    Runs and their values stay; NBDAG_CACHE_SIZE says how many bytes it may hold.
    """
    from nbdag.runs.cache import Store, clear, usage
    from nbdag.runs.history import cache_folders
    from nbdag.settings import cache_limit

    from .tables import size

    well = True
    for root in cache_folders(folder):
        store = Store(root)
        if not root.exists():
            continue
        held = usage(store)
        what = f"{counted(held.outcomes, 'step')}, {size(held.bytes)}"
        if not clearing:
            say(f"{root}: {what} of at most {size(cache_limit())}")
        elif clear(store):
            say(f"{root}: removed {what}")
        else:
            say(f"{root}: a run writes to it now; try again when it is over", err=True)
            well = False
    if not any(root.exists() for root in cache_folders(folder)):
        say("the cache is empty")
    ctx.exit(0 if well else 1)

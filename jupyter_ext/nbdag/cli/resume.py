"""`nbdag resume`: goes on with a run, or answers the gate of a step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .arguments import folder_option, run_argument
from .terminal import say

if TYPE_CHECKING:
    from nbdag.runs.events import Run


@click.command()
@run_argument
@click.argument("step", metavar="[STEP]", required=False)
@click.option("--no", "deny", is_flag=True, help="Do not let the step run: it fails.")
@folder_option
def resume(run: str, step: str | None, deny: bool, folder: Path) -> None:
    """Go on with a suspended run, or let STEP (or all that wait) through its gate."""
    from nbdag import reach
    from nbdag.runs.base import RunError
    from nbdag.runs.history import find_run

    found = find_run(run, folder)
    reach.refresh(found)
    state = found.state()
    problem = "" if state.phase.done else _nothing_waits(state, step, deny=deny)
    if problem:
        msg = f"Run {found.id}: {problem}."
        raise RunError(msg)
    reach.send(found, "deny" if deny else "resume", step)
    say(f"{'denied' if deny else 'resumed'}: {step or found.id}")


def _nothing_waits(state: Run, step: str | None, *, deny: bool) -> str:
    """Return why there is nothing to be answered, "" where there is."""
    waiting = [each.name for each in state.steps.values() if each.phase.value == "Suspended"]
    suspended = state.phase.value == "Suspended" and not deny
    if step is None:
        return "" if waiting or suspended else "nothing waits for an answer"
    if step in state.steps and step not in waiting:
        others = f"; those that do: {', '.join(waiting)}" if waiting else ""
        return f"step '{step}' does not wait for an answer{others}"
    return ""

"""`nbdag logs`: what the steps of a run printed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .arguments import folder_option, run_argument
from .terminal import bold, say

if TYPE_CHECKING:
    from nbdag.runs.history import RunFolder


@click.command()
@run_argument
@click.argument("step", metavar="[STEP]", required=False)
@click.option("-f", "--follow", is_flag=True, help="Print what comes, too, until the run is over.")
@folder_option
def logs(run: str, step: str | None, follow: bool, folder: Path) -> None:
    """Print what the steps of a run printed, or one of them.

    RUN is a run's id, the beginning of it or of its last part, or `last`.
    """
    from nbdag import reach
    from nbdag.runs.history import find_run

    found = find_run(run, folder)
    if follow and reach.is_unsettled(found):
        reach.attach(found)
    else:
        reach.refresh(found)
    names = [each.name for each in found.pipeline()]
    if step is not None and step not in names:
        msg = f"run {found.id} has no step '{step}'; its steps are: {', '.join(names)}."
        raise click.BadParameter(msg, param_hint="'STEP'")
    if follow:
        _follow(found, [step] if step else names)
        return
    for name in [step] if step else names:
        log = found.log(name)
        if log:
            if step is None:
                say(bold(f"── {name} "))
            say(log.removesuffix("\n"))


def _follow(run: RunFolder, names: Sequence[str]) -> None:
    """Print what each step prints; where there are several, each line after its step's name."""
    from .follow import changes

    width = max(map(len, names))
    heads = {name: "" if len(names) == 1 else f"{name:{width}} │ " for name in names}
    printed = dict.fromkeys(names, "")
    for state in changes(run):
        for name in names:
            done = name not in state.steps or state.steps[name].phase.done or state.phase.done
            log = run.log(name)
            # A step that is tried again writes its log anew.
            new = log.removeprefix(printed[name])
            whole = new if done else new[: new.rfind("\n") + 1]
            printed[name] = log[: len(log) - len(new) + len(whole)]
            for line in whole.splitlines():
                say(heads[name] + line)
        sys.stdout.flush()

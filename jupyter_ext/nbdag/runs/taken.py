"""Taken: steps that need not run, as an earlier run has done them; their files are linked."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbdag_converters.compilers.local import make_order
from nbdag_converters.model import Pipeline
from nbdag_converters.model.graph import predecessors, reachable, successors

from .base import RunError
from .events import Phase, Run
from .history import RunFolder, find_run, list_runs, plan_digest

_FILES = ("values.nbv", "outputs.jsonl", "report.json", "log.txt")
_SAID = ("metric", "decided")
_OWN = ("keep", "fingerprint", "before")
"""Parts of an order that make no difference to what a step leaves for others."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A step as run *run* left it: it took *seconds*, and its process said *messages*."""

    run: str
    seconds: float
    messages: tuple[Mapping[str, Any], ...] = ()


def check_unfinished(run: RunFolder) -> Run:
    """Return the state of a run that has ended, and has left something to be done.

    Raises
    ------
    RunError
        If it goes on, did well, or its plan isn't what it was.
    """
    state = run.state()
    if not state.phase.done:
        msg = f"Run {run.id} still goes on; stop it before you retry it."
        raise RunError(msg)
    if state.phase is Phase.SUCCEEDED:
        msg = f"Run {run.id} succeeded: there is nothing to retry."
        raise RunError(msg)
    check_intact(run)
    return state


def check_intact(run: RunFolder) -> None:
    """Make sure that the run's plan is what it was when it started.

    Raises
    ------
    RunError
        If something was changed, or it can't be known.
    """
    facts = run.facts()
    try:
        same = facts.get("digest") == plan_digest(run.path, facts.get("parameters"))
    except OSError:
        same = False
    if not same:
        msg = (
            f"The plan of run {run.id} was changed after it had started, or is of an older nbdag: "
            "its values can't be relied on. Run the notebook anew."
        )
        raise RunError(msg)


def done_steps(run: RunFolder, state: Run) -> tuple[str, ...]:
    """Return the steps that the run has done, and whose values are all there."""
    return tuple(
        name
        for name, step in state.steps.items()
        if step.phase is Phase.SUCCEEDED
        and all((run.steps / name / file).exists() for file in ("values.nbv", "report.json"))
    )


def take(names: Iterable[str], source: RunFolder, into: RunFolder) -> dict[str, Taken]:
    """Link what *source* has of the steps into the folder of another run, and return them."""
    events, state = source.events(), source.state()
    taken: dict[str, Taken] = {}
    for name in names:
        said = tuple(
            {**event.data, "event": event.kind, "step": name, "time": event.time}
            for event in events
            if event.step == name and event.kind in _SAID
        )
        step = state.steps[name]
        seconds = step.saved if step.cached else step.seconds
        (into.steps / name).mkdir(exist_ok=True)
        for file in _FILES:
            _link(source.steps / name / file, into.steps / name / file)
        taken[name] = Taken(source.id, seconds or 0.0, said)
    return taken


def _link(source: Path, target: Path) -> None:
    if source.exists():
        try:
            os.link(source, target)
        except OSError:  # another file system, or one without links
            shutil.copyfile(source, target)


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left to run of a pipeline, and the steps that are taken from a run."""

    pipeline: Pipeline
    source: RunFolder
    names: tuple[str, ...]


def rest_from(
    pipeline: Pipeline,
    orders: Mapping[str, Mapping[str, Any]],
    from_steps: Iterable[str],
    *,
    notebook: Path,
    recorded: str,
) -> Rest:
    """Return how to run *from_steps* and all after them with values of an earlier run.

    *recorded* is that run's id; `last` is the newest of the notebook that has all they need, as
    the notebook is now.

    Raises
    ------
    RunError
        If no run has it; the message says what is missing.
    """
    names = [step.name for step in pipeline.steps]
    pairs = [(edge.source, edge.target) for edge in pipeline.edges]
    after = reachable(from_steps, successors(names, pairs))
    needed = [name for name in names if name in reachable(after, predecessors(names, pairs))]
    needed = [name for name in needed if name not in after]
    problem = "There is no earlier run of this notebook"
    for run in _candidates(notebook, recorded):
        same = _unchanged(run, orders)
        missing = [name for name in needed if name not in same]
        if not missing:
            # What isn't needed and isn't as it was runs too, with all that comes after it.
            changed = [name for name in names if name not in same]
            again = {*after, *reachable(changed, successors(names, pairs))}
            done = [name for name in names if name not in again and same[name]]
            return Rest(pipeline, run, tuple(done))
        if not problem.startswith("Run"):
            problem = f"Run {run.id} has no values of step '{missing[0]}' as it is now"
    msg = f"{problem}; run the whole notebook, or from an earlier step."
    raise RunError(msg)


def _candidates(notebook: Path, recorded: str) -> tuple[RunFolder, ...]:
    if recorded == "last":
        return list_runs(notebook.parent, notebook=notebook.name)
    return (find_run(recorded, notebook.parent),)


def _unchanged(run: RunFolder, orders: Mapping[str, Mapping[str, Any]]) -> dict[str, bool]:
    """Return the steps that the run has done, and were what they are now; `False` if skipped.

    A step is skipped for its condition, which holds no more than it did.
    """
    try:
        check_intact(run)
        pipeline, state = run.pipeline(), run.state()
    except RunError:
        return {}
    parameters = run.facts().get("parameters", {})
    done = done_steps(run, state)
    found: dict[str, bool] = {}
    for step in pipeline.steps:
        name, now = step.name, state.steps.get(step.name)
        skipped = now is not None and now.phase is Phase.SKIPPED and now.problem == "condition"
        if name in orders and (skipped or name in done):
            was = make_order(pipeline, step, parameters=parameters)
            if _content(was) == _content(orders[name]):
                found[name] = not skipped
    return found


def _content(order: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in order.items() if key not in _OWN}

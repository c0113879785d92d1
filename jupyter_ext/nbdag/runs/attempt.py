"""Attempt: a step's process while it runs, and what its end means."""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from nbdag_converters.model import PipelineConfig, Retry, Step

from .events import Phase
from .parts import Part

Key: TypeAlias = tuple[str, str]
"""A step, and which part of its loop: `items`, an index, `gather`; "" for the whole step."""


@dataclass(slots=True, eq=False)
class Attempt:
    """One try of *step*, or of a *part* of its loop.

    `last` is the last `succeeded` or `failed` that its process said, `stopped` why it was killed,
    if so, `at` the cell that it runs, `pid` its process once that is there, and
    `timeout` how many seconds it had.
    """

    step: Step
    number: int
    order: Mapping[str, Any]
    part: Part | None = None
    pid: int | None = None
    stopped: str = ""
    at: int | None = None
    timeout: float = 0.0
    last: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def key(self) -> Key:
        """What tells it from all others that run."""
        return self.step.name, self.part.label if self.part else ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step ended, see `StepRun` for the fields."""

    phase: Phase
    problem: str = ""
    message: str = ""
    cell: int | None = None
    line: int | None = None

    def data(self) -> dict[str, Any]:
        """Return the data of a `finished` event."""
        if self.phase is Phase.SUCCEEDED:
            return {"phase": self.phase.value}
        place = {"cell": self.cell, "line": self.line}
        return {
            "phase": self.phase.value,
            "kind": self.problem,
            "message": self.message,
            **{name: number for name, number in place.items() if number is not None},
        }


def outcome_of(attempt: Attempt, status: int) -> Outcome:
    """Return what the end of a process with *status* means; a signal's number is negative."""
    said = attempt.last.get("event")
    if said == "succeeded":
        return Outcome(Phase.SUCCEEDED)
    if said == "failed":
        return told_outcome(attempt.step, attempt.last)
    if attempt.stopped == "timeout":
        message = f"took longer than its timeout of {time_text(attempt.timeout)}"
        return Outcome(Phase.FAILED, "timeout", message, attempt.at)
    if attempt.stopped:
        return Outcome(Phase.FAILED, "interrupted", attempt.stopped, attempt.at)
    return Outcome(Phase.FAILED, "killed", _end_text(status), attempt.at)


def told_outcome(step: Step, data: Mapping[str, Any]) -> Outcome:
    """Return what the `failed` event of *step*'s process means."""
    problem, message = str(data.get("kind", "cell")), str(data.get("message", ""))
    cell, line = data.get("cell"), data.get("line")
    if problem == "load" and cell is None:
        cell, line = _first_use(step, str(data.get("name") or ""))
        message += "\nMake it in this step, or put both cells into one step."
    return Outcome(Phase.FAILED, problem, message, cell, line)


def _first_use(step: Step, name: str) -> tuple[int | None, int | None]:
    """Return the cell and line that name a variable first; else the first cell."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    for cell in step.cells if name else ():
        for number, text in enumerate(cell.source.splitlines(), 1):
            if word.search(text):
                return cell.number, number
    return (step.cells[0].number, None) if step.cells else (None, None)


def _end_text(status: int) -> str:
    if status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        hint = ": the machine may have run out of memory" if name == "SIGKILL" else ""
        return f"its process was ended by {name}{hint}"
    return f"its process ended with status {status} before the step was done"


def time_text(seconds: float) -> str:
    """Return a time as it was set: `90 s`, `10 min`, `2 h`."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= size and not seconds % size:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


def is_worth_retrying(outcome: Outcome) -> bool:
    """Return whether it might go otherwise the next time: not where nbdag found the fault."""
    return outcome.phase is Phase.FAILED and outcome.problem in ("cell", "killed", "timeout")


def retry_of(step: Step, config: PipelineConfig) -> Retry | None:
    """Return how often *step* is tried again: what it says, else the default of all steps."""
    return step.config.retry or config.step_defaults.retry


def timeout_of(step: Step, config: PipelineConfig) -> float | None:
    """Return how many seconds an attempt may take, `None` for any time."""
    if step.config.timeout is not None:
        return step.config.timeout
    return config.step_defaults.timeout

"""States of a run, of its steps and of the iterations of their loops: what `events` fold to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from nbdag_converters.diagnostics import Diagnostic


class Phase(str, Enum):
    """Where a step or a run is. `Failed` is the notebook's doing, `Error` the machinery's."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    SKIPPED = "Skipped"
    ERROR = "Error"
    SUSPENDED = "Suspended"

    @property
    def done(self) -> bool:
        """Whether nothing follows this phase."""
        return self in _DONE

    @property
    def bad(self) -> bool:
        """Whether something went wrong."""
        return self in (Phase.FAILED, Phase.ERROR)


_DONE = {Phase.SUCCEEDED, Phase.FAILED, Phase.SKIPPED, Phase.ERROR}


@dataclass(frozen=True, slots=True)
class IterationRun:
    """An iteration of a step's loop, see `StepRun` for the fields; `index` counts from 0."""

    index: int
    phase: Phase = Phase.PENDING
    started: float | None = None
    finished: float | None = None
    attempt: int = 0
    problem: str = ""
    message: str = ""
    cell: int | None = None
    line: int | None = None

    @property
    def seconds(self) -> float | None:
        """How long it took; `None` while it isn't finished."""
        if self.started is None or self.finished is None:
            return None
        return max(self.finished - self.started, 0.0)


@dataclass(frozen=True, slots=True)
class StepRun:
    """A step in a run.

    `attempt` counts from 1, 0 before the first; `rss` is in bytes, `cpu` in seconds.
    `cell` and `line` are where it failed, `running` the cell that runs now, all counted from 1.
    `problem` is the kind of failure: `cell` (the notebook's own error), `guard`, `save`, `load`,
    `order`, `killed`, `interrupted`, `timeout`, `denied`, `cluster` (another one, which can't be
    reached or refuses it). Of a skipped step it is why: `condition`
    (its `if` took another branch; what comes after it runs), `above` (a step that it needs went
    wrong), `stopped` (the run was). `retry_at` is when it will be tried again. `cluster` is
    where it runs, "" for where the others do.
    `cached`: it did not run, as it would have left the same as in an earlier run, where it took
    `saved` seconds. Of a loop that fans out, `iterations` are those that were started, by index,
    and `total` says how many there are, once that is known.
    """

    name: str
    phase: Phase = Phase.PENDING
    started: float | None = None
    finished: float | None = None
    attempt: int = 0
    rss: int | None = None
    cpu: float | None = None
    running: int | None = None
    problem: str = ""
    message: str = ""
    cell: int | None = None
    line: int | None = None
    cached: bool = False
    saved: float | None = None
    retry_at: float | None = None
    cluster: str = ""
    total: int | None = None
    iterations: Mapping[int, IterationRun] = field(default_factory=dict[int, IterationRun])

    @property
    def progress(self) -> tuple[int, int] | None:
        """How many iterations are done, of how many; `None` for a step that is no such loop."""
        if self.total is None:
            return None
        return sum(one.phase.done for one in self.iterations.values()), self.total

    @property
    def seconds(self) -> float | None:
        """How long it took; `None` while it isn't finished or when it never ran."""
        if self.started is None or self.finished is None:
            return None
        return max(self.finished - self.started, 0.0)


@dataclass(frozen=True, slots=True)
class Run:
    """The state of a run. `steps` are in notebook order, `metrics` in that of their arrival.

    `unseen`: it is over, but what its steps reported could not be read, so the guard saw nothing.
    """

    id: str = ""
    notebook: str = ""
    phase: Phase = Phase.PENDING
    started: float | None = None
    finished: float | None = None
    message: str = ""
    steps: Mapping[str, StepRun] = field(default_factory=dict[str, StepRun])
    metrics: Mapping[str, Any] = field(default_factory=dict[str, Any])
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    diagnostics: tuple[Diagnostic, ...] = ()
    unseen: bool = False

    @property
    def seconds(self) -> float | None:
        """How long it took; `None` while it isn't finished."""
        if self.started is None or self.finished is None:
            return None
        return max(self.finished - self.started, 0.0)

    @property
    def settled(self) -> bool:
        """Whether it is over, and the guard has looked at all that its steps have reported."""
        return self.phase.done and not self.unseen

    @property
    def failures(self) -> tuple[StepRun, ...]:
        """The steps that went wrong, in notebook order."""
        return tuple(step for step in self.steps.values() if step.phase.bad)

"""Told: what the status of a run elsewhere stands for, beside events of steps.

The same status gives the same events, so that a run can be followed again from anywhere: what is
new are those that are not in its history. Between them stand the pods whose logs have to be read
first, as a step's own events are in there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from nbdag.runs.events import RunEvent
from nbdag.runs.parts import Part


@dataclass(frozen=True, slots=True)
class Pod:
    """An attempt of a step, or of a part of its loop, that has a log; `over` if it has ended."""

    node: str
    step: str
    part: Part | None
    over: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """All parts but the gathering, or, where `part` is `None`, the step itself, did well.

    What they have left can be looked at, before it is said that they did.
    """

    step: str
    time: float
    iterations: int | None = None


Told: TypeAlias = RunEvent | Pod | Judged

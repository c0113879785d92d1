"""RunPlan: all that is known of a run before it starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from nbdag_converters.model import Pipeline

from .cache import RunCache
from .history import RunFolder
from .taken import Taken

Ask: TypeAlias = Callable[[str, str], bool | None]
"""Asks a person whether a step, with the text of its gate, may run; `None` is no answer."""


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What is to be done: *orders* by step, at most *jobs* at once, in the folder *cwd*.

    `grace` is how many seconds a step has between SIGTERM and SIGKILL. `cache` has what steps left
    in earlier runs, and keeps what they leave in this one; `None` runs them all. `taken` are steps
    whose folder is there already, as an earlier run left it, with what their process said then.
    `ask` is called for each gate, in a thread of its own; where it is `None`, someone has to
    resume the step.
    """

    pipeline: Pipeline
    orders: Mapping[str, Mapping[str, Any]]
    folder: RunFolder
    cwd: Path
    jobs: int
    grace: float
    cache: RunCache | None = None
    taken: Mapping[str, Taken] = field(default_factory=dict[str, Taken])
    ask: Ask | None = None

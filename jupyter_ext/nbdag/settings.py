"""Settings of local runs: what the user says, then the environment, then what fits this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .runs.zygote import Zygote


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How a local run is done; none of it changes what the notebook computes.

    `targets` are steps: only these and what they need run; none means all. `from_steps` are steps:
    only these and what comes after them run, with values of the run `recorded` (its id, or the
    newest that has what they need). `isolate` gives each
    step a fresh interpreter in place of a fork of a warm one. `fingerprint` has each step report
    the hash, type and preview of all its variables. `grace` is how many seconds a step has between
    being asked to end and being killed. `keep` is how many bytes of variables that no later step
    needs each step saves; `None` is what the pipeline says. `cache`: a step that would leave the
    same as in an earlier run is not run again. `zygote` is a warm interpreter
    (`Zygote.start(python)`) that many runs use one after another; else each run has its own.
    """

    targets: tuple[str, ...] = ()
    from_steps: tuple[str, ...] = ()
    recorded: str = "last"
    isolate: bool = False
    fingerprint: bool = False
    grace: float = 3.0
    keep: int | None = None
    cache: bool = True
    zygote: Zygote | None = None


def default_jobs() -> int:
    """Return how many steps run at once: `NBDAG_JOBS`, else the cores this process may use."""
    said = os.environ.get("NBDAG_JOBS", "")
    if said.isdigit() and int(said) > 0:
        return int(said)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cache_limit() -> int:
    """Return how many bytes a notebook folder's cache may hold: `NBDAG_CACHE_SIZE`, else 5 GB."""
    said = os.environ.get("NBDAG_CACHE_SIZE", "")
    return int(said) if said.isdigit() else 5_000_000_000

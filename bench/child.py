"""Work in a forked process of its own, so that memory and caches of others don't count."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def in_child(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what *work* returns; it and its arguments can be pickled."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply(work, args, kwargs)


def reset_peak() -> None:
    """Forget the peak of this process's memory: it is what is used now (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")


def memory(file: str, key: str) -> float:
    """Return a number in MB of a file of this process: `status` VmHWM, `smaps_rollup` Anonymous."""
    lines = (Path("/proc/self") / file).read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{key}:")).split()[1]) / 1024

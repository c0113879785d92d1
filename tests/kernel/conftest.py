"""A warm interpreter for each worker, so that a notebook's run costs milliseconds; benches."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nbdag.runs.zygote import Zygote
from workbench import Bench

HEAVY = ("numpy", "pandas", "matplotlib.pyplot", "sklearn.linear_model", "sklearn.ensemble")


class Warm:
    """The worker's interpreter, another one where it has died: one bad test fails alone."""

    def __init__(self) -> None:
        self._zygote = self._start()

    def get(self) -> Zygote:
        """Return an interpreter that lives."""
        if self._zygote.dead:
            self._zygote.close()
            self._zygote = self._start()
        return self._zygote

    def close(self) -> None:
        """End the interpreter."""
        self._zygote.close()

    @staticmethod
    def _start() -> Zygote:
        zygote = Zygote.start(sys.executable)
        zygote.preload(HEAVY)
        return zygote


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """Return what keeps this worker's interpreter."""
    holder = Warm()
    yield holder
    holder.close()


@pytest.fixture
def zygote(warm: Warm) -> Zygote:
    """Return an interpreter to fork the steps of many runs from."""
    return warm.get()


@pytest.fixture
def bench(tmp_path: Path, zygote: Zygote) -> Bench:
    """Return a bench whose steps are forked from a warm interpreter."""
    return Bench(tmp_path, zygote)


@pytest.fixture(params=["zygote", "isolated"])
def both(request: pytest.FixtureRequest, bench: Bench) -> Bench:
    """Return a bench of each way to start steps."""
    if request.param == "isolated":
        bench.settings = replace(bench.settings, zygote=None, isolate=True)
    return bench

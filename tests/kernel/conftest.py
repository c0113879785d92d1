"""A warm interpreter for each worker, so that a notebook's run costs milliseconds."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from nbdag.runs.zygote import Zygote

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

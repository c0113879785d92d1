"""Fixtures of the runtime's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from orders import Executed, Zygote, make_order, running_zygote

Execute: TypeAlias = Callable[..., Executed]


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """Start one warm interpreter for all tests that do not end it."""
    with running_zygote() as warm:
        warm.send(preload=["numpy", "pandas", "sklearn.ensemble", "no_such_module"])
        yield warm


@pytest.fixture
def execute(zygote: Zygote, tmp_path: Path) -> Execute:
    """Return a function that executes cells as a step: `execute(["x = 1"], outputs=["x"])`."""

    def run(cells: Sequence[str], *, step: str = "step", **fields: Any) -> Executed:
        return zygote.run(tmp_path, make_order(step, cells, **fields))

    return run

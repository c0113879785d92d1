"""Memory that is told to be as it was in a file, by the system: Linux."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nbdag_converters.runtime import mapped
from nbdag_converters.runtime.container import Loader, Outputs
from nbdag_converters.runtime.order import Order


@pytest.fixture
def array(tmp_path: Path) -> Any:
    (tmp_path / "step").mkdir()
    order = Order(step="step", cells=[], outputs=["a"])
    values = {"a": np.arange(1_000_000.0)}
    Outputs(values, order).save(str(tmp_path / "step" / "values.nbv"))
    return Loader(str(tmp_path), {}).load({"a": "step"})["a"]


def where(array: Any) -> str:
    return mapped.origin(array.data.cast("B"))


def test_what_was_only_read_is_where_it_was(array: Any) -> None:
    origin = where(array)
    assert origin
    assert array.sum() == sum(range(1_000_000))
    assert where(array) == origin
    assert where(array[1000:]) not in {"", origin}


@pytest.mark.parametrize("index", [0, 500_000, -1])
def test_what_was_written_to_is_not(array: Any, index: int) -> None:
    array[index] = array[index]
    assert where(array) == ""


def test_pages_that_were_not_written_to_still_are(array: Any) -> None:
    array[0] = -1
    assert where(array[:10]) == ""
    assert where(array[100_000:])


def test_other_memory_never_is(array: Any) -> None:
    assert where(array.copy()) == ""
    assert where(np.zeros(1_000_000)) == ""


def test_nothing_is_where_the_system_does_not_tell(
    array: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mapped, "PRESENT", 0)
    monkeypatch.setattr(mapped, "SWAPPED", 0)
    assert where(array) == ""

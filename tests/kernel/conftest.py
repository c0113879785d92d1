"""A warm interpreter for each worker, so that a notebook's run costs milliseconds."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from nbdag.runs.zygote import Zygote


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """Return an interpreter to fork the steps of many runs from."""
    with Zygote.start(sys.executable) as warm:
        yield warm

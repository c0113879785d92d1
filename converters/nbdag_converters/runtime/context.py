"""Runs a coroutine so that the context variables that it sets stay set.

A loop runs a coroutine in a copy of the context, which is lost with it. In a kernel all cells run
in one task, so numpy's print options or decimal's precision hold for the cells below.
"""

from __future__ import annotations

import contextvars
from typing import Any, Coroutine, TypeVar

T = TypeVar("T")
_UNSET = object()


def run_in_context(loop: Any, work: Coroutine[Any, Any, T]) -> T:
    """Return what *work* returns, run by *loop*; what it sets is set here too."""

    async def kept() -> Any:
        return await work, contextvars.copy_context()

    result: T
    result, after = loop.run_until_complete(kept())
    for variable, value in after.items():
        if variable.get(_UNSET) is not value:
            variable.set(value)
    return result

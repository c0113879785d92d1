"""Runs cells where there is no IPython."""

from __future__ import annotations

import ast
import asyncio
import inspect
import sys
import traceback
from typing import Any, Optional

from . import sources
from .outputs import Recorder


class PlainCells:
    """Cells executed by Python alone; `main` is the module whose `__dict__` is their namespace."""

    def __init__(self, main: Any, recorder: Recorder) -> None:
        self.recorder, self.namespace = recorder, main.__dict__
        sys.modules["__main__"] = main
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)

    def run(self, number: int, source: str) -> Optional[BaseException]:
        """Run a cell; return what it raised."""
        try:
            self.repeat(number, 1, source)
        except BaseException as error:
            self.recorder.error(type(error).__name__, str(error), traceback.format_exc().split("\n"))
            return error
        return None

    def repeat(self, number: int, line: int, source: str) -> None:
        name = sources.show(number, source, line)
        tree = ast.parse("\n" * (line - 1) + source, name)
        self._evaluate(tree, name)

    def _evaluate(self, tree: Any, name: str) -> Any:
        mode = "exec" if isinstance(tree, ast.Module) else "eval"
        code = compile(tree, name, mode, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        value = eval(code, self.namespace)  # noqa: S307
        if code.co_flags & inspect.CO_COROUTINE:
            return self.loop.run_until_complete(value)
        return value

"""Runs cells where there is no IPython: Python, `await`, `!command` and simple magics."""

from __future__ import annotations

import ast
import builtins
import sys
import traceback
from typing import Any

from . import sources
from .loop import Loop
from .outputs import Recorder

FORMATS = {
    "_repr_html_": "text/html",
    "_repr_markdown_": "text/markdown",
    "_repr_latex_": "text/latex",
    "_repr_svg_": "image/svg+xml",
    "_repr_png_": "image/png",
    "_repr_jpeg_": "image/jpeg",
    "_repr_json_": "application/json",
}


class PlainCells:
    """Cells executed by Python alone; `main` is the module whose `__dict__` is their namespace."""

    def __init__(self, main: Any, recorder: Recorder) -> None:
        self.recorder, self.namespace = recorder, main.__dict__
        self.cell = 0
        self.transform: Any = None  # what is done with a cell's tree before it runs
        self.flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        sys.modules["__main__"] = main
        builtins.display = self.display  # type: ignore[attr-defined]
        self.loop = Loop()

    def run(self, number: int, source: str) -> BaseException | None:
        """Run a cell; return what it raised."""
        error: BaseException | None = self.loop.run(source, self._run(number, source))
        return error

    async def _run(self, number: int, source: str) -> BaseException | None:
        try:
            await self.execute(number, source)
        except BaseException as error:
            kind = type(error)
            # From the cell's own frame on; what is above is this package.
            trace = error.__traceback__
            while trace is not None and sources.cell_of(trace.tb_frame.f_code.co_filename) is None:
                trace = trace.tb_next
            lines = traceback.format_exception(kind, error, trace)
            self.recorder.error(kind.__name__, str(error), "".join(lines).rstrip().split("\n"))
            return error
        return None

    async def execute(self, number: int, source: str) -> None:
        """Run *source* as that cell, and show the value of a last expression without `;`."""
        self.cell = number
        name = sources.show(number, source)
        tree = self.parse(source, name)
        body = (self.transform(tree) if self.transform else tree).body
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        await self._evaluate(ast.Module(body, []), name, "exec")
        if last is not None:
            value = await self._evaluate(ast.Expression(last.value), name, "eval")
            if value is not None and not source.rstrip().endswith(";"):
                self.namespace["_"] = value
                self.recorder.result(bundle(value), {})

    def repeat(self, number: int, line: int, source: str) -> None:
        """Run a statement of another cell once more."""
        name = sources.show(number, source, line)
        self.cell = number
        tree = self.parse("\n" * (line - 1) + source, name)
        self.loop.run(source, self._evaluate(tree, name, "exec"))

    def parse(self, source: str, name: str) -> Any:
        """Return the tree of *source*, translated where Python alone can't read it."""
        try:
            return ast.parse(source, name)
        except SyntaxError:
            from . import magics  # few cells have any

            self.namespace.setdefault(magics.NAME, magics.Magics(self))
            return ast.parse(magics.translate(source), name)

    async def _evaluate(self, tree: Any, name: str, mode: str) -> Any:
        code = compile(tree, name, mode, self.flags, dont_inherit=True)
        self.flags |= code.co_flags & FUTURES
        value = eval(code, self.namespace)  # noqa: S307
        return await value if code.co_flags & COROUTINE else value

    def display(self, *values: Any, display_id: Any = None, **_: Any) -> None:
        """Show *values*."""
        for value in values:
            self.recorder.display(bundle(value), {}, display_id=display_id)


COROUTINE = 0x80  # a flag of code that awaits
FUTURES = 0x1FF0000  # flags of `from __future__ import …`, which later cells keep


def bundle(value: Any) -> Any:
    """Return *value* by MIME type."""
    data = {"text/plain": repr(value)}
    for method, kind in FORMATS.items():
        shown = getattr(type(value), method, None)
        made = shown(value) if shown else None
        if made is not None:
            data[kind] = made[0] if isinstance(made, tuple) else made
    return data

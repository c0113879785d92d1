"""Runs cells with Python alone: where there is no IPython, or as long as nothing asks for it.

Each statement is compiled by itself, as IPython does: equal constants of two are two objects.
"""

from __future__ import annotations

import ast
import builtins
import sys
from typing import Any, Callable

from . import sources
from .loop import Loop
from .outputs import Recorder


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
            self.tell(error)
            return error
        return None

    def tell(self, error: BaseException) -> None:
        """Show a traceback from the cell's own frame on; what is above is this package."""
        import traceback

        trace = error.__traceback__
        while trace is not None and not sources.is_cell(trace):
            trace = trace.tb_next
        lines = traceback.format_exception(type(error), error, trace)
        self.recorder.error(type(error).__name__, str(error), "".join(lines).rstrip().split("\n"))

    async def execute(self, number: int, source: str) -> None:
        """Run *source* as that cell, and show the value of a last expression without `;`."""
        self.cell = number
        name = sources.show(number, source)
        tree = self.parse(source, name)
        value = await self._run_tree(self.transform(tree) if self.transform else tree, name)
        if value is not None and not _is_quiet(source):
            self.show(value)

    async def evaluate(self, text: str) -> Any:
        """Run *text* in the cell that runs; return the value of a last expression."""
        name = sources.file_name(self.cell)
        return await self._run_tree(self.parse(text, name), name)

    async def _run_tree(self, tree: Any, name: str) -> Any:
        body = tree.body
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        for statement in body:
            await self._evaluate(ast.Module([statement], []), name, "exec")
        return await self._evaluate(ast.Expression(last.value), name, "eval") if last else None

    def show(self, value: Any) -> None:
        """Show the value of a cell's last expression."""
        self.namespace["_"] = value
        self._present(value, self.recorder.result)

    def _present(self, value: Any, record: Callable[[Any, Any], None]) -> None:
        from . import shown  # most cells show nothing

        data, about, sure = shown.bundle(value)
        if data:
            record(data, about)
        if not sure:
            self.recorder.stream("stderr", shown.NOTE)

    def end(self) -> None:
        """Take note that the last cell is over."""

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

    def display(self, *values: Any, **options: Any) -> None:
        """Show *values*."""
        if options:
            from .magics import needs_ipython

            raise needs_ipython("display(…, %s=…)" % next(iter(options)))
        for value in values:
            self._present(value, self.recorder.display)


COROUTINE = 0x80  # a flag of code that awaits
FUTURES = 0x1FF0000  # flags of `from __future__ import …`, which later cells keep


def _is_quiet(source: str) -> bool:
    """Return whether *source* ends with `;`, but for comments."""
    if ";" not in source:
        return False
    import io
    import tokenize

    last = ""
    try:
        for kind, text, *_ in tokenize.generate_tokens(io.StringIO(source).readline):
            if kind not in (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER):
                last = text
    except tokenize.TokenError:  # it has magics
        return source.rstrip().endswith(";")
    return last == ";"

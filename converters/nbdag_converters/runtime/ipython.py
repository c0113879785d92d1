"""Runs cells through IPython's shell as a Jupyter kernel does, without a kernel."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from . import sources
from .loop import Loop
from .outputs import Recorder


def make_shell() -> Any:
    """Return IPython's shell, or None where there is no IPython.

    It takes 0.1 s, so a zygote does it once.
    """
    try:
        import_module("IPython")
    except ImportError:
        return None
    from . import shell

    return shell.make_shell()


class IPythonCells:
    """Cells in *shell*; `main` is the module whose `__dict__` is their namespace."""

    def __init__(self, shell: Any, main: Any, recorder: Recorder, loop: Loop | None = None) -> None:
        self.shell, self.recorder = shell, recorder
        shell.recorder = recorder
        shell.user_module, shell.user_ns = main, main.__dict__
        sys.modules["__main__"] = main
        shell.init_user_ns()
        shell.sys_excepthook = sys.excepthook
        self.namespace = main.__dict__
        self.transform: Any = None  # what is done with a cell's tree before it runs
        self.loop = loop or Loop()

    def run(self, number: int, source: str) -> BaseException | None:
        """Run a cell; return what it raised."""
        shell = self.shell
        shell.compile.cell = number
        shell.ast_transformers = [_Transformer(self.transform)] if self.transform else []
        error: BaseException | None = self.loop.run(source, self._run(source))
        return error

    async def _run(self, source: str) -> BaseException | None:
        shell, trouble = self.shell, None
        result: Any = None
        try:
            code = shell.transform_cell(source)
        except Exception:
            code, trouble = source, sys.exc_info()
        try:
            result = await shell.run_cell_async(
                source, store_history=True, transformed_cell=code, preprocessing_exc_tuple=trouble
            )
        finally:
            self._finish(result)
        error: BaseException | None = result.error_before_exec or result.error_in_exec
        return error

    def _finish(self, result: Any) -> None:
        self.shell.events.trigger("post_execute")  # matplotlib shows its figures then
        self.shell.events.trigger("post_run_cell", result)

    def join(self) -> None:
        """Be there for a cell that runs already."""
        self.shell.builtin_trap.__enter__()
        self.shell.display_trap.__enter__()

    def leave(self) -> None:
        """End the cell that was joined."""
        try:
            self._finish(None)
        finally:
            self.shell.display_trap.__exit__(None, None, None)
            self.shell.builtin_trap.__exit__(None, None, None)

    def tell(self, error: BaseException) -> None:
        """Show the traceback of what the cell raises that was joined."""
        trace: Any = error.__traceback__
        while trace.tb_next and not sources.is_cell(trace.tb_next):
            trace = trace.tb_next
        self.shell.showtraceback((type(error), error, trace), running_compiled_code=True)

    def end(self) -> None:
        """Take note that the last cell is over."""

    def repeat(self, number: int, line: int, source: str) -> None:
        """Run a statement of another cell once more."""
        name = sources.show(number, source, line)
        shell = self.shell
        shell.compile.cell = number
        padding = "\n" * (line - 1)
        with shell.builtin_trap:
            try:
                tree = shell.compile.ast_parse(padding + source, name)
            except SyntaxError:
                tree = shell.compile.ast_parse(padding + shell.transform_cell(source), name)
            exec(shell.compile(shell.transform_ast(tree), name, "exec"), self.namespace)


class _Transformer:
    """A function on trees, as IPython wants it."""

    def __init__(self, visit: Any) -> None:
        self.visit = visit

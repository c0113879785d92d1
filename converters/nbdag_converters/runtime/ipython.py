"""Runs cells through IPython's shell as a Jupyter kernel does, without a kernel."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sys
import warnings
from typing import Any, Optional

from . import sources
from .namespace import guard_of
from .outputs import Recorder


def make_shell() -> Any:
    """Return IPython's shell, or None where there is no IPython. Takes 0.1 s, so a zygote does it once."""
    try:
        from IPython.core.compilerop import CachingCompiler
        from IPython.core.displayhook import DisplayHook
        from IPython.core.displaypub import DisplayPublisher
        from IPython.core.interactiveshell import InteractiveShell
        from traitlets.config import Config
    except ImportError:
        return None

    class Compiler(CachingCompiler):  # type: ignore[misc]
        """Names code by its cell."""

        cell = 0

        def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
            return sources.file_name(self.cell)

        def format_code_name(self, name: str) -> Any:
            cell = sources.cell_of(name)
            return ("cell", str(cell)) if cell is not None else None

    class Hook(DisplayHook):  # type: ignore[misc]
        """Records the value of a cell's last expression."""

        def write_output_prompt(self) -> None:
            pass

        def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
            self.shell.recorder.result(format_dict, md_dict)

        def log_output(self, format_dict: Any) -> None:
            pass

    class Publisher(DisplayPublisher):  # type: ignore[misc]
        """Records displays."""

        def publish(self, data: Any, metadata: Any = None, *_: Any, **options: Any) -> None:
            self.shell.recorder.display(
                data,
                metadata,
                display_id=(options.get("transient") or {}).get("display_id"),
                update=options.get("update", False),
            )

        def clear_output(self, wait: bool = False) -> None:  # noqa: FBT001, FBT002
            self.shell.recorder.clear(wait=wait)

    # Libraries know Jupyter by this name: pandas shows tables and rich shows HTML as in a notebook.
    class ZMQInteractiveShell(InteractiveShell):  # type: ignore[misc]
        """A shell without a terminal, history or kernel."""

        compiler_class = Compiler
        displayhook_class = Hook
        display_pub_class = Publisher
        recorder: Recorder

        def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
            self.recorder.error(str(etype.__name__), str(evalue), list(stb))

        def var_expand(self, cmd: str, depth: int = 0, **options: Any) -> str:
            """Expand `{x}` and `$x`; IPython leaves them alone where it does not find the name."""
            guard = guard_of(self.user_ns)
            for name in re.findall(r"[${][^}]*?\b([A-Za-z_]\w*)", cmd) if guard else ():
                if not dict.__contains__(self.user_ns, name) and name in guard.before:
                    guard.ask(name, depth=1)
            return str(super().var_expand(cmd, depth + 1, **options))

        def ask_exit(self) -> None:
            raise SystemExit

        def enable_gui(self, gui: Any = None) -> None:
            pass

    config = Config()
    config.HistoryManager.enabled = False  # its thread would not live on in a forked process
    config.IPKernelApp = Config(parent_appname="nbdag")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a home that can't be written to
        return ZMQInteractiveShell.instance(config=config)


class IPythonCells:
    """Cells in *shell*; `main` is the module whose `__dict__` is their namespace."""

    def __init__(self, shell: Any, main: Any, recorder: Recorder) -> None:
        self.shell, self.recorder = shell, recorder
        shell.recorder = recorder
        shell.user_module, shell.user_ns = main, main.__dict__
        sys.modules["__main__"] = main
        shell.init_user_ns()
        shell.sys_excepthook = sys.excepthook
        self.namespace = main.__dict__
        # Cells run while a loop runs, as in a kernel: `await`, tasks, and no `asyncio.run`.
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)

    def run(self, number: int, source: str) -> Optional[BaseException]:
        """Run a cell; return what it raised."""
        shell = self.shell
        shell.compile.cell = number
        return self.loop.run_until_complete(self._run(source))

    async def _run(self, source: str) -> Optional[BaseException]:
        shell, result, trouble = self.shell, None, None
        try:
            code = shell.transform_cell(source)
        except Exception:
            code, trouble = source, sys.exc_info()
        try:
            result = await shell.run_cell_async(
                source, store_history=True, transformed_cell=code, preprocessing_exc_tuple=trouble
            )
        finally:
            shell.events.trigger("post_execute")  # matplotlib shows its figures then
            shell.events.trigger("post_run_cell", result)
        error: Optional[BaseException] = result.error_before_exec or result.error_in_exec
        return error

    def repeat(self, number: int, line: int, source: str) -> None:
        """Run a statement of another cell once more."""
        name = sources.show(number, source, line)
        shell = self.shell
        shell.compile.cell = number
        padding = "\n" * (line - 1)
        with shell.builtin_trap, contextlib.ExitStack():
            try:
                tree = shell.compile.ast_parse(padding + source, name)
            except SyntaxError:
                tree = shell.compile.ast_parse(padding + shell.transform_cell(source), name)
            exec(shell.compile(shell.transform_ast(tree), name, "exec"), self.namespace)  # type: ignore[arg-type]


def prepare_environment() -> None:
    """Set what a kernel sets before the notebook's first cell."""
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    if "" not in sys.path:
        sys.path.insert(0, "")  # modules beside the notebook

"""IPython's shell as a Jupyter kernel has it, without a kernel. Needs IPython."""

from __future__ import annotations

import atexit
import importlib
import re
import warnings
from typing import Any

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from . import sources
from .namespace import guard_of


class Compiler(CachingCompiler):
    """Names code by its cell."""

    cell = 0

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:  # noqa: ARG002
        """Return the file name of the code of the cell that runs."""
        return sources.file_name(self.cell)

    def format_code_name(self, name: str) -> Any:
        """Return what tracebacks write for it."""
        cell = sources.cell_of(name)
        return ("cell", str(cell)) if cell is not None else None


class Hook(DisplayHook):
    """Records the value of a cell's last expression."""

    shell: Any

    def write_output_prompt(self) -> None:
        """Write none."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Record the value by MIME type."""
        self.shell.recorder.result(format_dict, md_dict)

    def log_output(self, format_dict: Any) -> None:
        """Keep no log."""


class Publisher(DisplayPublisher):
    """Records displays."""

    shell: Any

    def publish(self, data: Any, metadata: Any = None, *_: Any, **options: Any) -> None:
        """Record a display, or the update of one."""
        self.shell.recorder.display(
            data,
            metadata,
            display_id=(options.get("transient") or {}).get("display_id"),
            update=options.get("update", False),
        )

    def clear_output(self, wait: bool = False) -> None:  # noqa: FBT001, FBT002
        """Remove what the cell has displayed."""
        self.shell.recorder.clear(wait=wait)


# Libraries know Jupyter by this name: pandas shows tables and rich shows HTML as in a notebook.
class ZMQInteractiveShell(InteractiveShell):
    """A shell without a terminal, history or kernel; `recorder` gets what it displays."""

    compiler_class: Any = Compiler
    displayhook_class: Any = Hook
    display_pub_class: Any = Publisher
    recorder: Any = None

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        self.recorder.error(str(etype.__name__), str(evalue), list(stb))

    def var_expand(self, cmd: Any, depth: Any = 0, *options: Any, **more: Any) -> Any:
        """Expand `{x}` and `$x`; IPython leaves them alone where it does not find the name."""
        guard = guard_of(self.user_ns)
        for name in re.findall(r"[${][^}]*?\b([A-Za-z_]\w*)", cmd) if guard else ():
            if not dict.__contains__(self.user_ns, name) and name in guard.before:
                guard.ask(name, depth=1)
        expand: Any = super().var_expand
        return expand(cmd, depth + 1, *options, **more)

    def ask_exit(self) -> None:
        """End the step: `exit` and `quit` call this."""
        raise SystemExit

    def enable_gui(self, gui: Any = None) -> None:
        """Do nothing: there is no window."""


def make_shell() -> Any:
    """Return the shell of this process."""
    config: Any = Config()
    config.HistoryManager.enabled = False  # its thread would not live on in a forked process
    config.IPKernelApp = Config(parent_appname="nbdag")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a home that can't be written to
        shell: Any = ZMQInteractiveShell.instance(config=config)
    shell.set_hook("show_in_pager", _no_pager, 99)
    atexit.unregister(shell.atexit_operations)  # it collects garbage, for a process that ends
    _warm(shell)
    return shell


def _warm(shell: Any) -> None:
    """Have what each process would import and compile again for its first cell."""
    for name in ("IPython.core.logger", "bdb"):
        importlib.import_module(name)
    shell.transform_cell('"""text"""\nx = f"{1}"\n')


def _no_pager(*_: Any, **__: Any) -> None:
    """Show nothing for `x?`, which opens a pane."""

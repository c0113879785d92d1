"""IPython for a step that may do without: it comes with the first thing that asks for it.

To import it takes longer than all else before a step's code. A step doesn't see whether it is there
as long as its code is Python, shows no values, raises nothing, and imports only Python's own
modules. Code that could look for IPython, or for what it does to a process, gets it beforehand.
"""

from __future__ import annotations

import ast
import builtins
import re
import sys
import warnings
from typing import Any, Iterable

from .ipython import IPythonCells, make_shell
from .kernel import PATH
from .outputs import Recorder
from .plain import PlainCells
from .settings import PREFIX

LONGEST = 20_000  # characters of code that are looked at
_WORDS = """
IPython get_ipython display In Out exit quit _exit SystemExit help _ih _oh _dh
__IPYTHON__ __builtins__ __import__ __dict__ __globals__ __subclasses__ __traceback__
__loader__ __spec__ __future__ globals locals vars dir eval exec compile modules meta_path
path_hooks builtins ps1 ps2 displayhook excepthook last_exc last_value last_type last_traceback
_getframe settrace setprofile setrecursionlimit getrecursionlimit
await async asyncio threading _thread concurrent multiprocessing signal atexit sched
importlib imp inspect traceback gc pdb bdb code codeop runpy pkgutil pydoc doctest unittest
breakpoint warnings weakref tracemalloc faulthandler cProfile profile pstats trace timeit
argparse optparse getopt cmd curses tkinter turtle webbrowser readline locale socketserver
setattr delattr mock patch ctypes resource fork forkpty execv execve execvp spawnv posix_spawn
HOME XDG_CONFIG_HOME IPYTHONDIR
"""
SEES = frozenset(_WORDS.split())
"""Words of code that could tell whether IPython is there, or how its shell runs a cell."""
HISTORY = re.compile(r"_i+|_i?\d+")
ONE_LINE = re.compile(r"print\(|import |from |\w+(?:, *\w+)* *=[^=]")
"""How a cell of one line begins in which IPython looks for no magic without `%`."""


def may_do_without(order: Any) -> bool:
    """Return whether the step has no use for IPython as far as its code shows."""
    given = {*order.inputs, *(name for piece in order.slices for name in piece.inputs)}
    # Versions of IPython add to the filters of warnings, which are brought back after that.
    return not any(name.startswith(PREFIX) for name in given) and is_plain(_texts(order))


def _texts(order: Any) -> Iterable[str]:
    yield from (cell.source for cell in order.cells)
    yield from (piece.source for piece in order.slices)
    for decision in order.decides:
        yield from ("if (%s\n): pass" % test for test in decision.tests)


def is_plain(code: Iterable[str]) -> bool:
    """Return whether none of the texts *code* can tell whether IPython is there."""
    known = getattr(sys, "stdlib_module_names", None)  # None before Python 3.10
    return known is not None and all(map(_is_plain, code))


def _is_plain(source: str) -> bool:
    """Return whether *source* is Python that has no word of SEES, and changes no module."""
    if len(source) > LONGEST or source[:1].isspace():
        return False
    words = set(re.findall(r"\w+", source))
    if words & SEES or any(word[0] == "_" and HISTORY.fullmatch(word) for word in words):
        return False
    if "\n" not in source.strip() and not ONE_LINE.match(source):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a warning is shown where a cell is compiled
            tree = ast.parse(source)
            compile(tree, "", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError, Warning):
        return False
    return not any(isinstance(node, ast.Attribute) and _changes(node) for node in ast.walk(tree))


def _changes(node: ast.Attribute) -> bool:
    """Return whether an attribute is set that may be a module's, which IPython would import so."""
    owner = node.value
    while isinstance(owner, ast.Attribute):
        owner = owner.value
    is_own = isinstance(owner, ast.Name) and owner.id == "self"
    return not isinstance(node.ctx, ast.Load) and isinstance(owner, ast.Name) and not is_own


class LateCells(PlainCells):
    """Cells of Python alone until something asks for IPython, and of IPython from then on.

    It stands among Python's finders, as most modules that are not Python's own may ask.
    *unwatched* calls a function while nothing listens to what the step does.
    """

    def __init__(self, main: Any, recorder: Recorder, unwatched: Any) -> None:
        super().__init__(main, recorder)
        self.main, self.unwatched = main, unwatched
        self.cells: Any = None
        self.inside = self.asked = False
        builtins.get_ipython = self.get_ipython  # type: ignore[attr-defined]
        sys.meta_path.insert(0, self)

    def run(self, number: int, source: str) -> BaseException | None:
        """Run a cell; return what it raised."""
        error: BaseException | None
        if self.cells:
            self.cells.transform = self.transform
            error = self.cells.run(number, source)
            return error
        self.inside = True
        try:
            error = super().run(number, source)
        finally:
            self.inside = False
        if self.cells:
            self.cells.leave()
        return error

    def find_spec(self, name: str, path: Any = None, *_: Any) -> None:
        """Bring IPython before a module is imported that is not Python's own; find nothing."""
        if path is None and name not in sys.stdlib_module_names:
            self.ask()

    def ask(self) -> Any:
        """Return the cells of IPython, None where it can't be imported."""
        if not self.asked:
            self.asked = True
            self.end()
            self.unwatched(self._bring)
        return self.cells

    def _bring(self) -> None:
        folders = sys.path[:]
        sys.path[:] = PATH  # a module beside the notebook is none of IPython's
        try:
            shell = make_shell()
        finally:
            sys.path[:] = folders
        if shell:
            self.cells = IPythonCells(shell, self.main, self.recorder, self.loop)
            if self.inside:
                self.cells.join()

    def get_ipython(self) -> Any:
        """Return the shell."""
        return self.ask().shell

    def show(self, value: Any) -> None:
        """Show the value of a cell's last expression."""
        cells = self.ask()
        cells.shell.displayhook(value) if cells else super().show(value)

    def display(self, *values: Any, **options: Any) -> Any:
        """Show *values*."""
        if not self.ask():
            return super().display(*values, **options)
        from IPython.display import display

        return display(*values, **options)

    def tell(self, error: BaseException) -> None:
        """Show a traceback."""
        try:
            cells = self.ask()
        except MemoryError:  # as the cell has met one
            cells = None
        cells.tell(error) if cells else super().tell(error)

    def repeat(self, number: int, line: int, source: str) -> None:
        """Run a statement of another cell once more."""
        if self.cells:
            self.cells.repeat(number, line, source)
        else:
            super().repeat(number, line, source)

    def end(self) -> None:
        """Bring IPython for no import any more."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

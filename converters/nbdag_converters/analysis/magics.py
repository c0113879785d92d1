"""Calls of IPython's magics and of the shell, as its transformer writes them.

`%env A=1` is `get_ipython().run_line_magic('env', 'A=1')` by the time that it is analysed. What
each magic does stands in `nbdag_converters.magics`.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from nbdag_converters.magics.magic import Magic, cell_magic, line_magic

from .facts import FileUse
from .knowledge import hidden

if TYPE_CHECKING:
    from .visitor import Visitor

_SHELL = frozenset(["system", "getoutput", "sx", "system_raw", "system_piped", "getoutput_"])


def visit(visitor: Visitor, method: str, node: ast.Call) -> None:
    """Note what `get_ipython().<method>(…)` does."""
    magic = _magic(method, node)
    if magic is None:
        if method in ("run_cell", "ex", "push", "reset", "run_cell_async", "run_line_magic"):
            visitor.flag("unknown-magic", "reads-all", "binds-any")
        return
    world = visitor.world
    for name in magic.reads:
        if name in world.assigned or name in world.imports:
            visitor.read(name, node)
    for name in magic.assigns:
        visitor.bind(name, node)
    _EFFECTS.get(magic.effect, _nothing)(visitor, magic)


def _magic(method: str, node: ast.Call) -> Magic | None:
    texts = [
        a.value if isinstance(a, ast.Constant) and isinstance(a.value, str) else None
        for a in node.args
    ]
    first = texts[0] if texts else None
    if first is None:
        return None
    lines = (node.lineno, node.end_lineno or node.lineno)
    if method in _SHELL:
        return line_magic("!", first, lines)
    if method == "run_line_magic" and len(texts) > 1:
        return line_magic(first, texts[1] or "", lines)
    if method == "run_cell_magic" and len(texts) > 2:
        return cell_magic(first, texts[1] or "", texts[2] or "", lines)
    return None


def _nothing(visitor: Visitor, magic: Magic) -> None:
    del visitor, magic


def _setup(visitor: Visitor, magic: Magic) -> None:
    states = {"cd": "cwd", "pushd": "cwd", "popd": "cwd", "env": "environ", "set_env": "environ"}
    if magic.name == "env" and "=" not in magic.argument and " " not in magic.argument.strip():
        return  # only shows it
    visitor.effects.setup.append(states.get(magic.name, "ipython"))


def _look(visitor: Visitor, magic: Magic) -> None:
    del magic
    visitor.effects.files.append(FileUse("r", "*"))


def _process(visitor: Visitor, magic: Magic) -> None:
    text = magic.argument if magic.body is None else ""
    if text and hidden.QUIET_COMMANDS.match(text):
        return
    reads = text and hidden.READING_COMMANDS.match(text)
    visitor.effects.files.append(FileUse("r" if reads else "rw", "*"))


def _write(visitor: Visitor, magic: Magic) -> None:
    mode = "rw" if magic.argument.split()[:1] in (["-a"], ["--append"]) else "w"
    for path in magic.writes:
        known = path if not set(path) & set("{$") else "*"
        visitor.effects.files.append(FileUse(mode, known.removeprefix("./")))


def _unknown(visitor: Visitor, magic: Magic) -> None:
    del magic
    visitor.flag("unknown-magic", "reads-all", "binds-any")


_EFFECTS = {
    "setup": _setup,
    "pylab": _unknown,
    "look": _look,
    "process": _process,
    "write": _write,
    "refused": _unknown,
    "unknown": _unknown,
}

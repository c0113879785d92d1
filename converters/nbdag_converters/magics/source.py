"""PythonSource: a cell as Python, its magics, and what is wrong with it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.python import PYTHON_VERSION, SyntaxProblem, parse_python
from nbdag_converters.rules import Place, structure

from .arguments import after_options
from .calls import calls_of_ipython, magic_of, python_of, replaced
from .findings import findings_of
from .ipython import transform
from .known import LINE_MAGICS, known_magic
from .magic import Magic, cell_magic
from .timed import with_own_names

EMPTY = ast.Module([], [])


@dataclass(frozen=True, slots=True)
class PythonSource:
    """A cell's text as Python with the same lines, and its tree, which must not be changed.

    Where the cell is not Python, `diagnostics` has the error and the tree is empty.
    """

    text: str
    magics: tuple[Magic, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    tree: ast.Module = field(default=EMPTY, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Translated:
    """A text that should be Python, and the magics found on the way."""

    text: str
    magics: tuple[Magic, ...] = ()


@lru_cache(maxsize=4096)
def to_python(source: str, *, cell: int | None = None) -> PythonSource:
    """Return a cell's source as Python; *cell* is its number, for the findings."""
    plain = parse_python(source)
    if isinstance(plain, ast.Module) and "get_ipython" not in source:
        return PythonSource(source, tree=plain)
    try:
        translated = translate(source)
        parsed = parse_python(aligned(translated.text, source))
        if isinstance(parsed, SyntaxProblem) and is_automagic(source):
            translated = translate("%" + source.strip())
            parsed = parse_python(aligned(translated.text, source))
    except SyntaxError as error:
        translated = Translated(source)
        parsed = SyntaxProblem(error.msg or "invalid syntax", error.lineno, error.offset)
    diagnostics = findings_of(translated.magics, source=source, cell=cell)
    if isinstance(parsed, SyntaxProblem):
        finding = syntax_finding(parsed, source=source, text=translated.text, cell=cell)
        blank = "\n" * source.count("\n")
        return PythonSource(blank, translated.magics, (finding, *diagnostics))
    text = aligned(translated.text, source)
    return PythonSource(text, translated.magics, diagnostics, parsed)


def translate(source: str) -> Translated:
    """Return the text of a cell and its magics."""
    head = re.match(r"((?:[^\S\n]*\n)*)[^\S\n]*%%(?!\w+\?)([^\n]*)\n?", source)
    if head:
        name, _, argument = head[2].rstrip().partition(" ")
        return translate_cell_magic(name, argument, source[head.end() :], head[1].count("\n") + 1)
    transformed = transform(source)
    text = aligned(transformed.text, source)
    tree = parse_python(text)
    if isinstance(tree, SyntaxProblem):
        return Translated(text)
    magics: list[Magic] = []
    edits: list[tuple[ast.Call, str]] = []
    for call in calls_of_ipython(tree):
        magic = magic_of(call, transformed.extra)
        if magic is None:
            continue
        magics.append(magic)
        inner = translate_statement(python_of(call, magic), expression=not call.statement)
        if inner.text:
            timed = magic.effect == "timed"
            edits.append((call.node, with_own_names(inner.text) if timed else inner.text))
            shift = magic.line - 1
            magics.extend(moved(found, shift) for found in inner.magics)
    return Translated(replaced(text, edits), tuple(magics))


def translate_statement(statement: str, *, expression: bool) -> Translated:
    """Return the statement of a line magic as Python on one line, "" where it isn't any."""
    if not statement:
        return Translated("")
    try:
        inner = translate(statement)
        ast.parse(inner.text, mode="eval" if expression else "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Translated("")
    return inner if "\n" not in inner.text else Translated("")


def translate_cell_magic(name: str, argument: str, body: str, line: int) -> Translated:
    """Return the text of a cell whose line *line* has a cell magic."""
    end = line + len(body.rstrip("\n").split("\n")) if body.strip("\n") else line
    magic = cell_magic(name, argument, body, (line, end))
    above = "\n" * (line - 1)
    call = f"get_ipython().run_cell_magic({name!r}, {argument!r}, {body!r})"
    if known_magic(name, cell_magic=True).effect not in ("python", "timed"):
        setting = "".join(f"{name} = " for name in magic.assigns)
        below = "\n" * (body.count("\n") + 1) if body else ""
        return Translated(f"{above}{setting}{call}{below}", (magic,))
    inner = translate(body)
    first = "".join(f"{name} = " for name in magic.assigns)
    first += f"get_ipython().run_cell_magic({name!r}, {argument!r}, '')" if first else ""
    if magic.effect == "timed" and not first:
        first = translate_statement(setup_of_timeit(argument), expression=False).text
    magics = (magic, *(moved(found, line) for found in inner.magics))
    text = f"{above}{first}\n{inner.text}"
    return Translated(with_own_names(text) if magic.effect == "timed" else text, magics)


def setup_of_timeit(argument: str) -> str:
    """Return the statement that `%%timeit` runs once before its cell."""
    return after_options(argument, known_magic("timeit", cell_magic=True).options).strip()


def moved(magic: Magic, lines: int) -> Magic:
    """Return *magic* further down by *lines*."""
    return replace(magic, line=magic.line + lines, end_line=magic.end_line + lines)


def aligned(text: str, source: str) -> str:
    """Return *text* with as many line ends as *source*; blank lines at the end come and go.

    Raises
    ------
    SyntaxError
        If IPython took other characters for line ends, such as U+2028, and so made more lines.
    """
    surplus = text.count("\n") - source.count("\n")
    while surplus > 0 and text.endswith("\n"):
        text = text[:-1]
        surplus -= 1
    if surplus > 0:
        msg = "a character that only IPython takes for the end of a line"
        raise SyntaxError(msg)
    return text + "\n" * -surplus


def is_automagic(source: str) -> bool:
    """Return whether a one-line cell is a magic whose `%` was left out, as IPython allows."""
    line = source.strip()
    return "\n" not in line and line.partition(" ")[0] in LINE_MAGICS


def syntax_finding(
    problem: SyntaxProblem, *, source: str, text: str, cell: int | None
) -> Diagnostic:
    """Return the finding that a cell is not Python."""
    shown = line_of(source, problem.line)
    same = shown == line_of(text, problem.line)
    place = Place(
        cell=cell,
        line=problem.line,
        column=problem.column if same else None,
        end_column=problem.end_column if same else None,
        source=shown,
    )
    return structure.SYNTAX.at(place, problem=problem.message, version=PYTHON_VERSION)


def line_of(text: str, line: int | None) -> str:
    """Return a line of *text*, "" where there is none."""
    lines = text.split("\n")
    return lines[line - 1] if line is not None and 0 < line <= len(lines) else ""

"""Notebook: what nbdag needs of a notebook file, read without changing it.

The file is read as JSON and checked here, which is ten times faster than nbformat's validation
against its schema; nbformat itself is imported only for old formats and for `Notebook.node`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from .errors import NotebookError
from .rules import Place, Rule, did_you_mean, structure

if TYPE_CHECKING:
    from nbformat import NotebookNode

CellKind: TypeAlias = Literal["code", "markdown", "raw"]
KINDS: tuple[CellKind, ...] = ("code", "markdown", "raw")
UNNAMED = "notebook.ipynb"
# Kernels whose notebooks often don't say their language.
LANGUAGES_OF_KERNELS = {
    "ir": "R",
    "julia": "Julia",
    "bash": "Bash",
    "scala": "Scala",
    "deno": "TypeScript",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell; `number` counts all cells of the notebook from 1; lines end with newlines."""

    number: int
    id: str
    kind: CellKind
    source: str
    tags: tuple[str, ...] = ()

    def place(self, line: int | None = None, column: int | None = None) -> Place:
        """Return the Place of a finding in this cell, with its source line."""
        if line is None:
            return Place(cell=self.number)
        lines = self.source.split("\n")
        text = lines[line - 1] if 0 < line <= len(lines) else ""
        return Place(cell=self.number, line=line, column=column, source=text)


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook. `kernel` is its kernelspec's name, "" where it has none.

    `name` is the file's name without its folder. `metadata` and `content` (the notebook in
    format 4, as JSON) must not be changed; `node` makes a copy that may be.
    """

    name: str
    path: Path | None
    kernel: str
    language: str
    cells: tuple[Cell, ...]
    metadata: Mapping[str, Any] = field(hash=False)
    content: Mapping[str, Any] = field(compare=False, repr=False)

    @property
    def python(self) -> str:
        """The version of the kernel that it ran in last, as `3.11`; "" where it doesn't say."""
        info = self.metadata.get("language_info")
        text = (
            str(cast("dict[str, Any]", info).get("version", "")) if isinstance(info, dict) else ""
        )
        found = re.match(r"\d+\.\d+", text)
        return found[0] if found else ""

    @property
    def node(self) -> NotebookNode:
        """Return a new NotebookNode of the whole notebook, to write outputs or tags into."""
        import nbformat

        return cast("NotebookNode", nbformat.from_dict(cast("dict[str, Any]", self.content)))


def read_notebook(source: str | Path | Mapping[str, Any]) -> Notebook:
    """Return the notebook of a file, or of a NotebookNode, which stays as it is.

    Formats 1 to 3 are brought up to 4 in memory. Cells without an id get one from their
    position.

    Raises
    ------
    NotebookError
        If it can't be read, or its language isn't Python.
    """
    if isinstance(source, Mapping):
        return from_content(_copied(source), name=UNNAMED, path=None)
    path = Path(source)
    content = parse_json(read_text(path), name=path.name)
    return from_content(content, name=path.name, path=path.absolute())


def _copied(value: Any) -> Any:
    """Return plain dicts and lists with what *value* holds; only the texts are the same ones."""
    if isinstance(value, str):
        return value  # most are
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list):
        items: list[Any] = value
        return [_copied(item) for item in items]
    return value


def read_text(path: Path) -> str:
    """Return the text of a notebook file, without a byte order mark."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise failure(
            structure.UNREADABLE,
            name=str(path),
            problem="there is no such file",
            advice=alike(path),
        ) from None
    except IsADirectoryError:
        advice = (
            "Name a notebook in it: " + ", ".join(notebooks_in(path)[:5] or ["it has none"]) + "."
        )
        raise failure(
            structure.UNREADABLE, name=str(path), problem="it is a folder", advice=advice
        ) from None
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or str(error)
        raise failure(
            structure.UNREADABLE,
            name=str(path),
            problem=problem.lower(),
            advice="Check the path and its permissions.",
        ) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        guess = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin1"
        problem = f"byte {error.start + 1} is 0x{data[error.start]:02x}"
        raise failure(structure.NOT_UTF8, name=path.name, problem=problem, guess=guess) from None


def alike(path: Path) -> str:
    """Return advice about a file that isn't there: the notebook beside it with a like name."""
    import difflib

    close = difflib.get_close_matches(path.name, notebooks_in(path.parent), 1)
    return did_you_mean(str(path.parent / close[0]) if close else None, otherwise="Check the path.")


def notebooks_in(folder: Path) -> list[str]:
    """Return the names of the notebooks in a folder, sorted."""
    try:
        return sorted(entry.name for entry in folder.iterdir() if entry.suffix == ".ipynb")
    except OSError:
        return []


def parse_json(text: str, *, name: str) -> dict[str, Any]:
    """Return the object that *text* holds."""
    try:
        content: object = json.loads(text)
    except json.JSONDecodeError as error:
        lines = text.split("\n")
        line = lines[error.lineno - 1] if error.lineno <= len(lines) else ""
        problem = error.msg[:1].lower() + error.msg[1:] if text.strip() else "the file is empty"
        place = Place(line=error.lineno, column=error.colno, source=line if len(line) < 200 else "")
        raise NotebookError((structure.NOT_JSON.at(place, name=name, problem=problem),)) from None
    except (RecursionError, ValueError) as error:
        problem = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise failure(structure.NOT_JSON, name=name, problem=problem) from None
    if not isinstance(content, dict):
        raise malformed(name, "it holds no JSON object")
    return cast("dict[str, Any]", content)


def from_content(content: dict[str, Any], *, name: str, path: Path | None) -> Notebook:
    """Return the notebook of its JSON object, of any format."""
    version = content.get("nbformat")
    if not isinstance(version, int) or isinstance(version, bool):
        raise malformed(name, "`nbformat` is missing or no number")
    if version > 4 or version < 1:
        raise failure(
            structure.UNKNOWN_FORMAT,
            name=name,
            version=version,
            problem="this nbdag doesn't know",
            advice="Install the newest nbdag, or save the notebook in format 4.",
        )
    if version < 4:
        content = upgraded(content, name=name)
    metadata = content.get("metadata", {})
    if not isinstance(metadata, dict):
        raise malformed(name, "`metadata` is no object")
    cells = content.get("cells")
    if not isinstance(cells, list):
        raise malformed(name, "`cells` is missing or no list")
    kernel, language = kernel_of(cast("dict[str, Any]", metadata))
    if not re.match(r"(?i)i?python", language):
        raise failure(structure.NOT_PYTHON, name=name, kernel=kernel or language, language=language)
    return Notebook(
        name=name,
        path=path,
        kernel=kernel,
        language=language,
        cells=read_cells(cells, name=name),
        metadata=cast("dict[str, Any]", metadata),
        content=content,
    )


def upgraded(content: dict[str, Any], *, name: str) -> dict[str, Any]:
    """Return the notebook in format 4."""
    import warnings

    import nbformat

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return dict(nbformat.convert(nbformat.from_dict(content), 4))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise failure(
            structure.UNKNOWN_FORMAT,
            name=name,
            version=content["nbformat"],
            problem=f"can't be brought up to format 4 ({type(error).__name__}: {error})",
            advice="Open it in Jupyter and save it again.",
        ) from None


def kernel_of(metadata: Mapping[str, Any]) -> tuple[str, str]:
    """Return the kernelspec's name and its language, which is python where nothing says."""
    spec = metadata.get("kernelspec")
    info = metadata.get("language_info")
    spec = cast("dict[str, Any]", spec) if isinstance(spec, dict) else {}
    info = cast("dict[str, Any]", info) if isinstance(info, dict) else {}
    kernel = spec.get("name")
    kernel = kernel if isinstance(kernel, str) else ""
    for said in (spec.get("language"), info.get("name")):
        if isinstance(said, str) and said:
            return kernel, said
    family = re.split(r"[-_.\d]", kernel.lower(), maxsplit=1)[0]
    return kernel, LANGUAGES_OF_KERNELS.get(family, "python")


def read_cells(cells: list[Any], *, name: str) -> tuple[Cell, ...]:
    """Return the cells of a notebook of format 4."""
    seen: set[str] = set()
    found: list[Cell] = []
    for number, cell in enumerate(cells, start=1):
        made = read_cell(cell, number, name=name)
        if made.id in seen or not made.id:
            made = Cell(number, f"cell-{number}", made.kind, made.source, made.tags)
        seen.add(made.id)
        found.append(made)
    return tuple(found)


def read_cell(cell: object, number: int, *, name: str) -> Cell:
    """Return one cell; its id is "" where it has none."""
    if not isinstance(cell, dict):
        raise malformed(name, "the cell is no object", cell=number)
    data = cast("dict[str, Any]", cell)
    kind = data.get("cell_type")
    if kind not in KINDS:
        raise malformed(
            name, f"the cell's type is {kind!r}, not code, markdown or raw", cell=number
        )
    source = data.get("source", "")
    if isinstance(source, list):
        lines = source
        source = "".join(lines) if all(isinstance(line, str) for line in lines) else None
    if not isinstance(source, str):
        raise malformed(name, "the cell's source is no text", cell=number)
    metadata = data.get("metadata", {})
    tags: object = (
        cast("dict[str, Any]", metadata).get("tags", []) if isinstance(metadata, dict) else None
    )
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise malformed(name, "the cell's tags are no list of texts", cell=number)
    identity = data.get("id")
    return Cell(
        number=number,
        id=identity if isinstance(identity, str) else "",
        kind=kind,
        source=re.sub(r"\r\n?", "\n", source),
        tags=tuple(dict.fromkeys(cast("list[str]", tags))),
    )


def failure(rule: Rule, /, **values: object) -> NotebookError:
    """Return the error that holds one finding about the whole file."""
    return NotebookError((rule.at(**values),))


def malformed(name: str, problem: str, *, cell: int | None = None) -> NotebookError:
    """Return the error that says why the file is no notebook."""
    return NotebookError(
        (structure.NOT_A_NOTEBOOK.at(Place(cell=cell), name=name, problem=problem),)
    )

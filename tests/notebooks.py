"""Notebooks for tests: made from Python, or read from the case files in `tests/cases`.

A case file holds many notebooks in a form that is quick to read and to write:

```
metadata: {"kubeflow_notebook": {}}     above the first case: holds for all cases of the file

## default-argument                     a case; its name is unique in its file
expects: equal
l = []
---                                     the next cell
def f(x, into=l):
    into.append(x)
--- step:use, prev:other                tags of the cell that follows
f(1)
--- markdown                            a Markdown cell
=== data/x.csv                          a file beside the notebook
a,b
```

A case without a single tag has one step a cell: `cell_1`, `cell_2`, … What it expects is one of
`equal` (unless said), `error CODE` (the notebook can't be right as a DAG and we say so), and
`fails TYPE` (the notebook itself raises, so the DAG must raise the same in the same cell).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

CASES = Path(__file__).parent / "cases"
KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}

_CASE = re.compile(r"## (?P<name>[a-z0-9][a-z0-9_-]*)")
_PART = re.compile(r"(?P<mark>---|===)(?: (?P<rest>\S.*)?)?")
_HEADER = re.compile(r"(?P<key>expects|metadata|parameters|why): (?P<value>.+)")


@dataclass(frozen=True, slots=True)
class Source:
    """A cell to be made: its text and tags. `kind` is `code` or `markdown`."""

    text: str
    tags: tuple[str, ...] = ()
    kind: str = "code"


@dataclass(frozen=True, slots=True)
class Case:
    """A notebook and what verifying it has to give; `expects` is explained above."""

    group: str
    name: str
    cells: tuple[Source, ...]
    expects: str = "equal"
    why: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    files: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> str:
        """Return `aliases/default-argument`, which names the case in a test's report."""
        return f"{self.group}/{self.name}"

    def write(self, folder: Path) -> Path:
        """Write the notebook and its files into *folder*, and return the notebook's path."""
        for name, text in self.files:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return write_notebook(folder / f"{self.name}.ipynb", self.cells, metadata=self.metadata)


def make_notebook(
    cells: Iterable[Source | str], *, metadata: Mapping[str, Any] | None = None
) -> NotebookNode:
    """Return a notebook of format 4.5; where no cell has a tag, each code cell is a step."""
    sources = [Source(cell) if isinstance(cell, str) else cell for cell in cells]
    tagged = any(source.tags for source in sources)
    nodes: list[NotebookNode] = []
    for number, source in enumerate(sources, 1):
        node: NotebookNode
        if source.kind == "markdown":
            node = new_markdown_cell(source.text, id=f"cell-{number}")
        else:
            node = new_code_cell(source.text, id=f"cell-{number}")
        tags = source.tags if tagged or source.kind != "code" else (f"step:cell_{number}",)
        if tags:
            node.metadata["tags"] = list(tags)
        nodes.append(node)
    notebook: NotebookNode = new_notebook(
        cells=nodes, metadata={"kernelspec": KERNELSPEC, **(metadata or {})}
    )
    return notebook


def write_notebook(
    path: Path, cells: Iterable[Source | str], *, metadata: Mapping[str, Any] | None = None
) -> Path:
    """Write what `make_notebook` makes, and return *path*."""
    nbformat.write(make_notebook(cells, metadata=metadata), path)
    return path


def read_cases(folder: Path = CASES) -> tuple[Case, ...]:
    """Return the cases of all files in *folder*, by file name, then in the file's order."""
    return tuple(
        case
        for path in sorted(folder.glob("*.txt"))
        for case in parse_cases(path.read_text(encoding="utf-8"), group=path.stem)
    )


def parse_cases(text: str, *, group: str) -> tuple[Case, ...]:
    """Return the cases written in *text*.

    Raises
    ------
    ValueError
        If a name comes twice.
    """
    head, *blocks = _split(text.splitlines())
    defaults = dict(_headers(head[1]))
    cases = [_parse_case(name, lines, defaults, group) for name, lines in blocks]
    names = [case.name for case in cases]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        msg = f"{group}: there is more than one case named {', '.join(twice)}"
        raise ValueError(msg)
    return tuple(cases)


def _split(lines: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield each case's name and lines; first the file's head, whose name is empty."""
    name, block = "", list[str]()
    for line in lines:
        match = _CASE.fullmatch(line)
        if match:
            yield name, block
            name, block = match["name"], []
        else:
            block.append(line)
    yield name, block


def _headers(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        match = _HEADER.fullmatch(line)
        if not match:
            return
        yield match["key"], match["value"]


def _parse_case(name: str, lines: list[str], defaults: Mapping[str, str], group: str) -> Case:
    own = list(_headers(lines))
    headers = {**defaults, **dict(own)}
    cells: list[Source] = []
    files: list[tuple[str, str]] = []
    for mark, rest, text in _parts(lines[len(own) :]):
        if mark == "===":
            files.append((rest, text + "\n"))
        elif text or cells:
            kind = "markdown" if rest == "markdown" else "code"
            tags = tuple(tag.strip() for tag in rest.split(",") if tag.strip() and kind == "code")
            cells.append(Source(text, tags, kind))
    return Case(
        group=group,
        name=name,
        cells=tuple(cells),
        expects=headers.get("expects", "equal"),
        why=headers.get("why", ""),
        metadata=json.loads(headers.get("metadata", "{}")),
        parameters=json.loads(headers.get("parameters", "{}")),
        files=tuple(files),
    )


def _parts(lines: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Yield each cell or file: its mark, the rest of the mark's line, its text."""
    mark, rest, body = "---", "", list[str]()
    for line in lines:
        match = _PART.fullmatch(line)
        if match:
            yield mark, rest, "\n".join(body).strip("\n")
            mark, rest, body = match["mark"], match["rest"] or "", []
        else:
            body.append(line)
    yield mark, rest, "\n".join(body).strip("\n")

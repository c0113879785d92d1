"""The law, with a cache: run, edit a cell, run again = run afresh without a cache."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbdag.runs import local
from nbdag.runs.events import Run
from nbdag.settings import RunSettings
from nbdag_converters import build
from nbdag_converters.errors import NotebookError
from nbdag_converters.model import Pipeline
from notebooks import Source, write_notebook
from programs import REPEATABLE, layouts, programs

if TYPE_CHECKING:
    from nbdag.runs.zygote import Zygote

pytestmark = pytest.mark.kernel

DIALECTS = {
    "data": ("data",),
    "all": ("data", "function", "state"),
    "control": ("data", "function", "control"),
}


@st.composite
def edits(draw: st.DrawFn, cells: list[Source]) -> list[Source]:
    """Return the cells with one changed, removed, commented, or moved by a title."""
    # The first cells make what others read: most edits are there, and most change a value.
    number = min(draw(st.integers(0, len(cells) - 1)), draw(st.integers(0, len(cells) - 1)))
    other = draw(st.integers(0, len(cells) - 1))
    kind = draw(st.sampled_from((*["number"] * 5, "remove", "title", "copy", "comment", "none")))
    cell = cells[number]
    before, after = cells[:number], cells[number + 1 :]
    match kind:
        case "number":
            text = re.sub(r"\b\d\b", lambda found: str((int(found[0]) + 1) % 10), cell.text)
            return [*before, replace(cell, text=text), *after]
        case "remove":
            return [*before, *after] or cells
        case "title":
            return [*before, Source("# Title", kind="markdown"), cell, *after]
        case "copy":
            return [*before, replace(cell, text=f"{cell.text}\n{cells[other].text}"), *after]
        case "comment":
            return [*before, replace(cell, text=f"# why\n{cell.text}"), *after]
        case _:
            return cells


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_run_after_an_edit_gives_what_a_fresh_run_gives(
    dialect: str, tmp_path: Path, zygote: Zygote
) -> None:
    used: list[int] = []

    @settings(REPEATABLE, max_examples=40)
    @given(st.data())
    def law(data: st.DataObject) -> None:
        cells = data.draw(layouts(data.draw(programs(DIALECTS[dialect]))))
        changed = data.draw(edits(cells))
        cached, fresh = _Place(tmp_path / "cached"), _Place(tmp_path / "fresh")
        cached.run(cells, zygote, cache=True)
        fresh.run(cells, zygote, cache=False)
        found = cached.run(changed, zygote, cache=True)
        expected = fresh.run(changed, zygote, cache=False)
        assert found == expected, _shown(cells, changed)
        used.append(cached.hits)

    law()
    # Or the law would say nothing.
    assert sum(used) >= len(used)


class _Place:
    """A folder in which a notebook is run, again and again."""

    def __init__(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        self.folder = folder
        self.hits = 0

    def run(self, cells: list[Source], zygote: Zygote, *, cache: bool) -> Mapping[str, Any]:
        """Return all that a run leaves that can be seen."""
        path = write_notebook(self.folder / "law.ipynb", cells)
        try:
            pipeline = build(path).pipeline
        except NotebookError as error:
            return {"refused": str(error)}
        own = RunSettings(fingerprint=True, zygote=zygote, cache=cache)
        handle = local.start(pipeline, notebook=path, jobs=1, settings=own)
        run = handle.wait()
        self.hits = sum(step.cached for step in run.steps.values())
        return {**_steps(handle, pipeline, run), "files": self._files()}

    def _files(self) -> dict[str, bytes]:
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and ".nbdag" not in path.parts
        }


def _steps(handle: local.LocalRun, pipeline: Pipeline, run: Run) -> dict[str, Any]:
    """Return how each step ended, its variables' fingerprints and what it displayed."""
    return {
        name: (
            step.phase.value,
            step.message,
            step.cell,
            step.line,
            {
                name: (value["hash"], value["type"])
                for name, value in handle.folder.report(name).get("values", {}).items()
            },
            [json.dumps(line, sort_keys=True) for line in handle.folder.outputs(name)],
        )
        for name, step in run.steps.items()
    }


def _shown(before: list[Source], after: list[Source]) -> str:
    return "\n=== after ===\n".join(
        "\n".join(f"--- {', '.join(cell.tags)}\n{cell.text}" for cell in cells)
        for cells in (before, after)
    )

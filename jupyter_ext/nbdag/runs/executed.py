"""The executed notebook: the notebook as it was run, with what its cells displayed in the run."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from nbdag_converters.model import Pipeline, Step
from nbdag_converters.notebook import read_notebook

from .base import RunError
from .events import RunEvent
from .files import write_atomic
from .history import RunFolder

if TYPE_CHECKING:
    from nbformat import NotebookNode


def write_executed(run: RunFolder, path: Path) -> None:
    """Write the executed notebook to *path*, whole or not at all.

    Raises
    ------
    RunError
        If the run's notebook can't be read, or *path* can't be written.
    """
    import nbformat

    text: str = nbformat.writes(executed_notebook(run))
    try:
        write_atomic(path, (text.rstrip("\n") + "\n").encode(errors="surrogatepass"))
    except OSError as error:
        msg = f"The executed notebook can't be written to {path}: {error.strerror}."
        raise RunError(msg) from None


def executed_notebook(run: RunFolder) -> NotebookNode:
    """Return the notebook of *run* with the outputs of the cells that ran.

    These are numbered from 1 in notebook order, as if run from top to bottom; other cells have
    neither number nor outputs. The metadata `nbdag_run` says which run it is.
    """
    source = run.path / "notebook.ipynb"
    if not source.exists():
        msg = f"Run {run.id} has no copy of its notebook."
        raise RunError(msg)
    node = read_notebook(source).node
    pipeline, state = run.pipeline(), run.state()
    ran = cells_that_ran(pipeline, run.events())
    outputs = _outputs_by_cell(run, pipeline.steps)
    count = 0
    for number, cell in enumerate(node.cells, 1):
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        if number in ran:
            count += 1
            cell.execution_count = count
            cell.outputs = [_numbered(output, count) for output in outputs.get(number, ())]
    node.metadata["nbdag_run"] = {
        "id": run.id,
        "phase": state.phase.value,
        "parameters": copy.deepcopy(dict(state.parameters)),
    }
    return node


def outputs_of_cells(run: RunFolder, step: str | None = None) -> list[dict[str, Any]]:
    """Return what the cells that ran displayed: `{"number", "id", "source", "outputs"}` for each.

    With *step* it is what that step displayed. A cell that is no step's counts where statements of
    it were repeated and displayed something.

    Raises
    ------
    RunError
        If the run can't be read.
    """
    pipeline = run.pipeline()
    steps = [each for each in pipeline if step in (None, each.name)]
    own = {cell.number for each in steps for cell in each.cells}
    of_steps = {cell.number for each in pipeline for cell in each.cells}
    shown = _outputs_by_cell(run, steps)
    wanted = (own & cells_that_ran(pipeline, run.events())) | (shown.keys() - of_steps)
    cells = read_notebook(run.path / "notebook.ipynb").cells
    return [
        {
            "number": cell.number,
            "id": cell.id,
            "source": cell.source,
            "outputs": shown.get(cell.number, []),
        }
        for cell in cells
        if cell.number in wanted
    ]


def cells_that_ran(pipeline: Pipeline, events: Iterable[RunEvent]) -> frozenset[int]:
    """Return the numbers of cells that ran in a step or of which a step repeated statements.

    Those of a step whose outcome is of an earlier run count too.
    """
    started: set[str] = set()
    ran: set[int] = set()
    cached: set[str] = set()
    for event in events:
        cell = event.data.get("cell")
        if event.kind == "cell-started" and type(cell) is int:
            ran.add(cell)
            started.add(event.step)
        elif event.data.get("cached"):
            cached.add(event.step)
    ran |= {cell.number for step in pipeline if step.name in cached for cell in step.cells}
    started |= cached
    repeated = {piece.cell for step in pipeline if step.name in started for piece in step.slices}
    inside = {cell.number for step in pipeline for cell in step.cells}
    # A slice may come from a cell of a step that itself failed before it.
    return frozenset(ran | (repeated - inside))


def _outputs_by_cell(run: RunFolder, steps: Iterable[Step]) -> dict[int, list[Mapping[str, Any]]]:
    import nbformat

    found: dict[int, list[Mapping[str, Any]]] = {}
    for step in steps:
        for line in run.outputs(step.name):
            output = {key: value for key, value in line["output"].items() if key != "transient"}
            found.setdefault(line["cell"], []).append(
                cast("NotebookNode", nbformat.from_dict(output))
            )
    return found


def _numbered(output: Mapping[str, Any], count: int) -> Mapping[str, Any]:
    if output.get("output_type") != "execute_result":
        return output
    numbered = copy.copy(output)
    numbered["execution_count"] = count  # type: ignore[index]
    return numbered

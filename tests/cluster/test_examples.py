"""The examples on the cluster: they leave what the notebook and its run here leave."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

import nbdag
from cluster.desk import Desk, phases
from cluster.left import differences
from nbdag.runs.events import Phase
from nbdag.verdict import outputs_seen

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.ipynb"))


# The image has IPython and what the examples import; the other one has Python alone.
RUNS = [*((name, "NBDAG_STEP_IMAGE") for name in NAMES), ("hello_world", "NBDAG_PYTHON_IMAGE")]


@pytest.mark.parametrize(("name", "variable"), RUNS)
def test_an_example_leaves_what_it_leaves_here(
    name: str, variable: str, desk: Desk, tmp_path: Path
) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "work")
    path = tmp_path / "work" / f"{name}.ipynb"
    desk = replace(
        desk, options=replace(desk.options, fingerprint=True, image=os.environ[variable])
    )
    there = desk.submit_file(path)
    here = nbdag.read(path).run().wait()
    assert there.wait().phase is Phase.SUCCEEDED, there.state
    assert phases(there) == phases(here)
    assert there.metrics == here.metrics
    shutil.rmtree(tmp_path / "work/work", ignore_errors=True)  # what the run here wrote
    wrong = differences(path, there, tmp_path / "left")
    assert not wrong, "\n".join(f"{row.kind} {row.name}: {row.details}" for row in wrong)
    there.report(tmp_path / "report.html")
    assert shown(there, tmp_path) == shown(here, tmp_path)


def shown(run: nbdag.Run, folder: Path) -> dict[str, str]:
    """Return what the cells of the executed notebook show, by the cell's id."""
    notebook = nbformat.read(run.save(folder / f"{run.id}.ipynb"), as_version=4)
    cells = [cell for cell in notebook.cells if cell.get("outputs")]
    assert cells
    return {cell.id: outputs_seen(cell.outputs).digest for cell in cells}

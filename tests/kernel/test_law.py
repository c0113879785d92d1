"""The law: for any notebook, the DAG's run equals the notebook's run, or there is a clear error."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbdag.verify import verify
from nbdag_converters import build
from nbdag_converters.errors import NotebookError
from nbdag_converters.model import Pipeline
from notebooks import Source, write_notebook
from programs import REPEATABLE, layouts, programs, scattered
from schedules import JOBS, shuffled

if TYPE_CHECKING:
    from nbdag.runs.zygote import Zygote

pytestmark = pytest.mark.kernel

DIALECTS = {
    "data": ("data",),
    "functions": ("data", "function"),
    "state": ("data", "state"),
    "all": ("data", "function", "state"),
    "functions and state": ("function", "state", "data"),
    "control": ("data", "function", "control"),
}
SCATTERED = int(os.environ.get("NBDAG_SCATTERED", "30"))
REFUSED_AT_MOST = 0.04
CONTROLLED_AT_LEAST = 0.3
"""The share of the notebooks of `control` that have a condition, and of those with a fan-out."""


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_dag_of_any_notebook_gives_what_the_notebook_gives(
    dialect: str, tmp_path: Path, zygote: Zygote
) -> None:
    verdicts: list[bool] = []
    pipelines: list[Pipeline] = []

    @settings(REPEATABLE, max_examples=60, report_multiple_bugs=False)
    @given(st.data())
    def law(data: st.DataObject) -> None:
        sources = data.draw(layouts(data.draw(programs(DIALECTS[dialect]))))
        folder = tmp_path / str(len(verdicts))
        folder.mkdir()
        path = write_notebook(folder / "law.ipynb", sources)
        with shuffled(_shown(sources)):
            verdict = verify(path, jobs=JOBS, zygote=zygote)
        verdicts.append(verdict.refused)
        assert verdict.equal or verdict.refused, f"{verdict}\n\n{_shown(sources)}"
        with contextlib.suppress(NotebookError):
            pipelines.append(build(path).pipeline)
        if verdict.refused:
            assert all(diagnostic.cell for diagnostic in verdict.diagnostics)

    law()
    assert sum(verdicts) <= REFUSED_AT_MOST * len(verdicts)
    if "control" in DIALECTS[dialect]:  # or the law would say nothing of it
        conditions = [p for p in pipelines if any(step.condition for step in p)]
        loops = [p for p in pipelines if any(step.loop for step in p)]
        assert min(len(conditions), len(loops)) >= CONTROLLED_AT_LEAST * len(verdicts)


@pytest.mark.slow
@pytest.mark.parametrize("dialect", list(DIALECTS))
def test_it_holds_for_steps_whose_cells_are_apart(
    dialect: str, tmp_path: Path, zygote: Zygote
) -> None:
    ran: list[bool] = []

    @settings(REPEATABLE, max_examples=SCATTERED, report_multiple_bugs=False)
    @given(st.data())
    def law(data: st.DataObject) -> None:
        sources = data.draw(scattered(data.draw(programs(DIALECTS[dialect]))))
        folder = tmp_path / str(len(ran))
        folder.mkdir()
        path = write_notebook(folder / "law.ipynb", sources)
        with shuffled(_shown(sources)):
            verdict = verify(path, jobs=JOBS, zygote=zygote)
        ran.append(not verdict.refused)
        assert verdict.equal or verdict.refused, f"{verdict}\n\n{_shown(sources)}"

    law()
    assert sum(ran) >= len(ran) / 5  # the others have no order, or want two versions of a name


def _shown(sources: list[Source]) -> str:
    """Return the notebook as a case file has it, to be kept as a case."""
    parts = (f"--- {', '.join(source.tags)}\n{source.text}" for source in sources)
    return "\n".join(parts)

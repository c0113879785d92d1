"""The law: for any notebook, the DAG's run equals the notebook's run, or there is a clear error."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbdag.verify import verify
from notebooks import Source, write_notebook
from programs import REPEATABLE, layouts, programs

if TYPE_CHECKING:
    from nbdag.runs.zygote import Zygote

pytestmark = pytest.mark.kernel

DIALECTS = {
    "data": ("data",),
    "functions": ("data", "function"),
    "state": ("data", "state"),
    "all": ("data", "function", "state"),
    "functions and state": ("function", "state", "data"),
}
REFUSED_AT_MOST = 0.04


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_dag_of_any_notebook_gives_what_the_notebook_gives(
    dialect: str, tmp_path: Path, zygote: Zygote
) -> None:
    verdicts: list[bool] = []

    @settings(REPEATABLE, max_examples=60, report_multiple_bugs=False)
    @given(st.data())
    def law(data: st.DataObject) -> None:
        cells = data.draw(layouts(data.draw(programs(DIALECTS[dialect]))))
        sources = [Source(text, (f"step:{step}",) if step else ()) for step, text in cells]
        folder = tmp_path / str(len(verdicts))
        folder.mkdir()
        verdict = verify(write_notebook(folder / "law.ipynb", sources), zygote=zygote)
        verdicts.append(verdict.refused)
        assert verdict.equal or verdict.refused, f"{verdict}\n\n{_shown(sources)}"
        if verdict.refused:
            assert all(diagnostic.cell for diagnostic in verdict.diagnostics)

    law()
    assert sum(verdicts) <= REFUSED_AT_MOST * len(verdicts)


def _shown(sources: list[Source]) -> str:
    """Return the notebook as a case file has it, to be kept as a case."""
    parts = (f"--- {', '.join(source.tags)}\n{source.text}" for source in sources)
    return "\n".join(parts)

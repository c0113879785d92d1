"""Each notebook of `tests/cases`: its DAG gives what it gives, or says clearly that it can't."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nbdag.verdict import Verdict
from nbdag.verify import verify
from notebooks import Case, read_cases
from schedules import JOBS, latest_first

if TYPE_CHECKING:
    from nbdag.runs.zygote import Zygote

pytestmark = pytest.mark.kernel

CASES = read_cases()
COLLECTIONS = ("cells", "kale")
"""Collections of notebooks that were written to be hard for any tool, not for this one."""


def problem_with(case: Case, verdict: Verdict) -> str:
    """Return how *verdict* is not what the case expects, "" where it is."""
    wanted, _, detail = case.expects.partition(" ")
    if wanted == "error":
        code = detail.split(" ")[0]
        # What only a run can see is reported by the guard, with codes of its own.
        codes = [diagnostic.code for diagnostic in verdict.diagnostics]
        told = any(found.startswith((code, "NB25")) for found in codes)
        return "" if told else f"expected error {code}, got {codes or verdict}"
    if wanted == "fails" and verdict.refused:
        return "" if all(d.cell for d in verdict.diagnostics) else f"names no cell: {verdict}"
    if not verdict.equal:
        return str(verdict)
    stops = [row.details for row in verdict.rows if row.kind == "error"]
    if wanted == "fails" and not any(detail in told for told in stops):
        return f"expected the notebook to fail with {detail}, got {stops}"
    return f"the notebook fails: {stops}" if stops and wanted == "equal" else ""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_dag_gives_what_its_notebook_gives(case: Case, tmp_path: Path, zygote: Zygote) -> None:
    path = case.write(tmp_path)
    with latest_first():  # an edge that is missing doesn't go unseen
        verdict = verify(path, parameters=case.parameters, jobs=JOBS, zygote=zygote)
    assert not problem_with(case, verdict)


@pytest.mark.parametrize("group", COLLECTIONS)
def test_of_a_collection_at_most_four_in_a_hundred_are_refused(group: str) -> None:
    expected = [case.expects for case in CASES if case.group == group]
    refused = sum(text.startswith("error") for text in expected)
    assert refused <= 0.04 * len(expected)

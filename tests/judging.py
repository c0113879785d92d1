"""Pipelines and reports made by hand, for the guard to judge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbdag.runs.judge import Judge
from nbdag_converters.guard import inspect, judge
from nbdag_converters.model import Edge, Input, Pipeline, Slice, Step, StepCell


@dataclass(frozen=True)
class Made:
    """A step to be made: `inputs` as `x:load`, `cells` as number or number and source."""

    name: str
    source: str = ""
    inputs: str = ""
    changes: str = ""
    before: str = ""
    slices: Sequence[Slice] = ()
    cells: Sequence[int] = ()
    after: str = ""
    report: Mapping[str, Any] = field(default_factory=dict[str, Any])


def pipeline_of(made: Sequence[Made]) -> Pipeline:
    steps = [
        Step(
            name=one.name,
            title=one.name,
            cells=tuple(
                StepCell(cell, f"c{cell}", one.source) for cell in one.cells or (10 * number,)
            ),
            inputs=versions(one.inputs),
            changes=tuple(one.changes.split()),
            before=tuple(one.before.split()),
            slices=tuple(one.slices),
        )
        for number, one in enumerate(made, 1)
    ]
    edges = [
        Edge(source, one.name)
        for one in made
        for source in dict.fromkeys(
            [version.step for version in versions(one.inputs)] + one.after.split()
        )
    ]
    return Pipeline("p", "p.ipynb", "", tuple(steps), tuple(edges))


def versions(text: str) -> tuple[Input, ...]:
    pairs = (pair.split(":") for pair in text.split())
    return tuple(Input(name, step) for name, step in pairs)


def judged(*made: Made) -> list[tuple[str, int | None]]:
    """Return code and cell of all that is found; the same is found as reports come one by one."""
    pipeline, reports = pipeline_of(made), {one.name: full_report(one) for one in made}
    for names in (list(reports), list(reversed(reports)), sorted(reports)):
        assert found_one_by_one(pipeline, reports, names) == found_anew(pipeline, reports, names)
    return [(found.code, found.cell) for found in judge(pipeline, reports)]


Keys = set[tuple[str, str, str]]


def found_one_by_one(
    pipeline: Pipeline, reports: Mapping[str, Mapping[str, Any]], names: Iterable[str]
) -> Keys:
    told = Judge(pipeline)
    return {found.key for name in names for found in told.add(name, reports[name])}


def found_anew(
    pipeline: Pipeline, reports: Mapping[str, Mapping[str, Any]], names: Sequence[str]
) -> Keys:
    """Return what is found where all is looked at again with each report."""
    return {
        found.key
        for count in range(1, len(names) + 1)
        for found in inspect(pipeline, {name: reports[name] for name in names[:count]})
    }


def full_report(one: Made) -> dict[str, Any]:
    loaded = {version.name: version.step for version in versions(one.inputs)}
    return {"loaded": loaded, **one.report}


def constant(name: str, cell: int, *, kind: Any = "constant", inputs: str = "") -> Slice:
    return Slice(kind, cell, 1, f"{name} = {{}}", (name,), versions(inputs))


LOAD = Made("load", "x = []", changes="x", report={"bound": ["x"]})

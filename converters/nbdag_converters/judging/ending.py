"""Ending: what the guard of Kubeflow looks at when a run ends, apart from all other steps.

Steps tagged `on-exit` are given nothing of other steps, and so is their guard: nobody can tell it
what those have written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.guard.report import parse_report
from nbdag_converters.model import Pipeline, Step
from nbdag_converters.rules import Place, targets

Reports: TypeAlias = Mapping[str, Sequence[Mapping[str, Any]]]


def of_stage(pipeline: Pipeline, told: Mapping[str, Sequence[Any]]) -> Reports:
    """Return the reports of the steps of one stage, by name: those at the end, or all others.

    *told* has them by the steps' numbers. Which stage it is can be seen, as neither is told of the
    other.

    Raises
    ------
    KeyError
        If that of a step is missing.
    """
    numbers = {name: str(number) for number, name in enumerate(s.name for s in pipeline.steps)}
    last = any(step.config.on_exit and numbers[step.name] in told for step in pipeline.steps)
    steps = [step for step in pipeline.steps if step.config.on_exit is last]
    return {step.name: told[numbers[step.name]] for step in steps}


def unknown_files(pipeline: Pipeline, reports: Reports) -> Iterator[Diagnostic]:
    """Yield the files that a step at the end uses, and of which it hasn't what the notebook has.

    What the code says that it reads must not have been written by other steps. What else it has
    read, and no step at the end has made, may be anybody's.
    """
    ending = [step for step in pipeline.steps if step.config.on_exit]
    told = {step.name for step in ending} & reports.keys()
    found = {name: [parse_report(one) for one in reports[name]] for name in reports}
    written = {path: name for name, all_ in found.items() for one in all_ for path in one.writes}
    for step in ending:
        expected = (*step.reads_files, *(name for name in pipeline.files if name.endswith(".py")))
        if not told:
            for path in sorted(written):
                if any(_within(path, name) or _within(name, path) for name in expected):
                    yield _finding(step, path, f"step '{written[path]}' has written")
        for path in sorted({path for one in found.get(step.name, ()) for path in one.reads}):
            if path not in written and not any(_within(path, name) for name in expected):
                yield _finding(step, path, "a step above may have written")


def _finding(step: Step, path: str, writer: str) -> Diagnostic:
    place = Place(cell=step.cells[0].number if step.cells else None)
    return targets.EXIT_FILE.at(place, step=step.name, file=path, writer=writer)


def _within(path: str, folder: str) -> bool:
    return folder in (path, ".") or path.startswith(f"{folder}/")

"""Problems of dataflow → Diagnostics, with the cell and the source line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from .analysis import Program, SourceCell, Statement, analyse
from .analysis.facts import LIKELY
from .dataflow import Flow, Problem
from .diagnostics import Diagnostic
from .magics import to_python
from .model import Pipeline
from .notebook import Notebook
from .rules import Place, control
from .rules import dataflow as rules
from .steadiness import Varying
from .steps import Draft


class Reporter:
    """Turns problems of dataflow into Diagnostics with their source lines."""

    def __init__(
        self,
        notebook: Notebook,
        statements: Sequence[Statement],
        drafted: Draft,
        sources: Sequence[SourceCell],
    ) -> None:
        self.cells = {cell.number: cell for cell in notebook.cells}
        self.statements = statements
        self.skipped = _skipped(drafted, sources)

    def place(self, statement: Statement, name: str = "") -> Place:
        """Return where *statement* reads *name*, or where it begins."""
        line, column, end = statement.reads.get(name, (statement.line, 0, 0))
        base = self.cells[statement.cell].place(line)
        if not column or base.source[column - 1 : end - 1] != name:
            return base
        return replace(base, column=column, end_column=end)

    def problems(self, problems: Sequence[Problem]) -> list[Diagnostic]:
        """Return one Diagnostic a problem, each once."""
        found: dict[Diagnostic, None] = {}
        for problem in problems:
            rule = {
                "interleaved": rules.INTERLEAVED,
                "moved-on": rules.MOVED_ON,
                "mixed-setup": rules.MIXED_SETUP,
            }.get(problem.code)
            place = self.place(problem.statement, problem.name)
            if rule is not None:
                diagnostic = rule.at(
                    place, name=problem.name, step=problem.step, other=problem.other
                )
            else:
                diagnostic = self._unset(problem, place)
            found.setdefault(diagnostic)
        return list(found)

    def _unset(self, problem: Problem, place: Place) -> Diagnostic:
        for cell, statements in self.skipped.items():
            if any(problem.name in s.binds for s in statements):
                return rules.SKIPPED.at(place, step=problem.step, name=problem.name, other=cell)
        later = next(
            (
                s.cell
                for s in self.statements
                if problem.name in s.binds and s.cell > problem.statement.cell
            ),
            None,
        )
        certain = _always_reads(problem.statement)
        if later is not None and certain:
            return rules.SET_LATER.at(place, step=problem.step, name=problem.name, other=later)
        return rules.UNSET.at(place, step=problem.step, name=problem.name)

    def uncached(
        self, pipeline: Pipeline, varies: Mapping[str, tuple[Varying, ...]]
    ) -> list[Diagnostic]:
        """Return which steps a cache has to run again each time, unless a tag says what to do."""
        return [
            rules.UNCACHED.at(
                self.place(item.statement), step=step.name, why=item.why, suggestion="cache:enabled"
            )
            for step in pipeline
            if step.config.cache is None
            for item in varies.get(step.name, ())
        ]

    def flags(self) -> list[Diagnostic]:
        """Return what is to be said about code that can't be seen through."""
        found: list[Diagnostic] = []
        for statement in self.statements:
            if "history" in statement.flags:
                found.append(rules.HISTORY.at(self.place(statement), name=_history_name(statement)))
            if "binds-any" in statement.flags:
                found.append(
                    rules.ANY_NAME.at(
                        self.place(statement), what="uses and sets", also=" and before those below"
                    )
                )
            elif "reads-all" in statement.flags:
                found.append(rules.ANY_NAME.at(self.place(statement), what="uses", also=""))
        return found

    def inside(self, program: Program, steps: Mapping[int, str]) -> list[Diagnostic]:
        """Return what is to be said of `if`s that are no conditions of the DAG."""
        return [
            control.IF_INSIDE.at(self.place(statement), step=steps[statement.cell], why=why)
            for statement, why in program.unopened
        ]

    def changed_by_skipped(self) -> list[Diagnostic]:
        """Return an error for each name that a skipped cell changes and a later cell reads."""
        found: list[Diagnostic] = []
        for cell, statements in self.skipped.items():
            changed = {n for s in statements for n, level in s.changes.items() if level >= LIKELY}
            for name in sorted(changed):
                later = (s for s in self.statements if s.cell > cell and name in s.reads)
                reader = next(later, None)
                if reader is not None:
                    place = self.place(reader, name)
                    found.append(rules.SKIPPED.at(place, step="", name=name, other=cell))
        return found

    def unseeded(self, flow: Flow) -> list[Diagnostic]:
        """Return a note for each step that draws from a generator that nothing seeds."""
        seeded = {name.removeprefix("@random.") for name in flow.seeded}
        return [
            rules.UNSEEDED.at(Place(), step=name, name=generator)
            for name, step in flow.steps.items()
            for generator in step.random
            if generator not in seeded
        ]


def _skipped(drafted: Draft, sources: Sequence[SourceCell]) -> dict[int, list[Statement]]:
    """Return the statements of each skipped cell, as they are among the others'."""
    skipped = {item.cell.number: item.cell for item in drafted.cells if item.role == "skip"}
    if not skipped:
        return {}
    found: dict[int, list[Statement]] = {number: [] for number in skipped}
    more = [
        SourceCell(number, cell.source, python.text, python.tree)
        for number, cell in skipped.items()
        for python in [to_python(cell.source, cell=number)]
    ]
    for statement in analyse(sorted([*sources, *more], key=lambda cell: cell.number)).statements:
        if statement.cell in found:
            found[statement.cell].append(statement)
    return found


def _always_reads(statement: Statement) -> bool:
    return type(statement.node).__name__ in ("Assign", "AnnAssign", "AugAssign", "Expr", "For")


def _history_name(statement: Statement) -> str:
    return next((n for n in statement.reads if n.startswith(("_", "In", "Out"))), "Out")

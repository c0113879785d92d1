"""The stages in order: notebook → draft → statements → versions and edges → Pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .analysis import Program, SourceCell, Statement, analyse
from .analysis.names import BUILTINS
from .dataflow import Flow, Placed, Problem, flow
from .dataflow.placed import EdgeFlow, StepFlow
from .diagnostics import Diagnostic
from .errors import CycleError, NotebookError
from .localfiles import local_files, requirements
from .magics import to_python
from .model import Edge, Input, Pipeline, Reason, Slice, Step, StepCell
from .model.graph import topological_order
from .model.pipeline import SliceKind
from .notebook import Notebook, read_notebook
from .placement import SETUP_STEP, cells_of, place, steps_in_order
from .rules import Place
from .rules import dataflow as rules
from .steps import Draft, StepDraft, draft

_SLICE_KINDS: dict[str, SliceKind] = {
    "import": "import",
    "star": "import",
    "definition": "definition",
    "constant": "constant",
}


@dataclass(frozen=True, slots=True)
class Built:
    """A Pipeline, the notebook that it is of, and what there is to say about it (no errors)."""

    pipeline: Pipeline
    notebook: Notebook
    diagnostics: tuple[Diagnostic, ...]


def build(source: str | Path | Mapping[str, Any] | Notebook) -> Built:
    """Return the Pipeline of a notebook.

    Raises
    ------
    NotebookError
        If it can't become one; its diagnostics name the cells. CycleError is one.
    """
    notebook = source if isinstance(source, Notebook) else read_notebook(source)
    drafted = draft(notebook)
    diagnostics = list(drafted.diagnostics)
    cells = _source_cells(drafted, diagnostics)
    _refuse(diagnostics)
    program = analyse(cells)
    placed = place(drafted, program)
    names = steps_in_order(drafted, placed)
    found = flow(placed, names, program)
    report = _Reporter(notebook, placed, drafted)
    diagnostics += report.problems(found.problems)
    diagnostics += report.flags()
    _refuse(diagnostics)
    pipeline = _pipeline(drafted, placed, names, found, program)
    return Built(_in_order(pipeline, diagnostics), notebook, tuple(diagnostics))


def _refuse(diagnostics: Sequence[Diagnostic]) -> None:
    if any(d.severity == "error" for d in diagnostics):
        raise NotebookError(tuple(diagnostics))


def _source_cells(drafted: Draft, diagnostics: list[Diagnostic]) -> list[SourceCell]:
    cells: list[SourceCell] = []
    for item in drafted.cells:
        if item.role == "skip":
            continue
        cell = item.cell
        python = to_python(cell.source, cell=cell.number)
        diagnostics += [d for d in python.diagnostics if d not in diagnostics]
        cells.append(SourceCell(cell.number, cell.source, python.text, python.tree))
    return cells


class _Reporter:
    """Turns problems of dataflow into Diagnostics with their source lines."""

    def __init__(self, notebook: Notebook, placed: Sequence[Placed], drafted: Draft) -> None:
        self.cells = {cell.number: cell for cell in notebook.cells}
        self.placed = placed
        self.skipped = [c.cell for c in drafted.cells if c.role == "skip"]

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
        for cell in self.skipped:
            tree = to_python(cell.source).tree
            bound = {n for s in analyse([SourceCell(0, "", "", tree)]).statements for n in s.binds}
            if problem.name in bound:
                return rules.SKIPPED.at(
                    place, step=problem.step, name=problem.name, other=cell.number
                )
        later = next(
            (
                p.statement.cell
                for p in self.placed
                if problem.name in p.statement.binds and p.statement.cell > problem.statement.cell
            ),
            None,
        )
        certain = _always_reads(problem.statement)
        if later is not None and certain:
            return rules.SET_LATER.at(place, step=problem.step, name=problem.name, other=later)
        return rules.UNSET.at(place, step=problem.step, name=problem.name)

    def flags(self) -> list[Diagnostic]:
        """Return what is to be said about code that can't be seen through."""
        found: list[Diagnostic] = []
        for item in self.placed:
            statement = item.statement
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


def _always_reads(statement: Statement) -> bool:
    return type(statement.node).__name__ in ("Assign", "AnnAssign", "AugAssign", "Expr", "For")


def _history_name(statement: Statement) -> str:
    return next((n for n in statement.reads if n.startswith(("_", "In", "Out"))), "Out")


def _pipeline(
    drafted: Draft,
    placed: Sequence[Placed],
    names: Sequence[str],
    found: Flow,
    program: Program,
) -> Pipeline:
    notebook = drafted.notebook
    statements = {item.statement.index: item.statement for item in placed}
    cells = cells_of(drafted, placed)
    drafts = {step.name: step for step in drafted.steps}
    steps: list[Step] = []
    edges = dict(found.edges)
    for name in names:
        step_draft = drafts.get(name) or StepDraft(SETUP_STEP, SETUP_STEP, ())
        own = tuple(StepCell(c.cell.number, c.cell.id, c.cell.source) for c in cells.get(name, ()))
        steps.append(_step(step_draft, own, found.steps[name], statements))
        for source in step_draft.after:
            edge = edges.setdefault((source, name), EdgeFlow())
            edge.reasons.setdefault(("declared", own[0].number if own else 0, 1), {})
    folder = notebook.path.parent if notebook.path is not None else None
    return Pipeline(
        name=drafted.config.name or Path(notebook.name).stem,
        notebook=notebook.name,
        kernel=notebook.kernel,
        steps=tuple(steps),
        edges=tuple(_edge(pair, edge) for pair, edge in sorted_edges(edges, names)),
        parameters=drafted.parameters,
        files=local_files(program, folder),
        requirements=requirements(program, folder),
        config=drafted.config,
    )


def sorted_edges(
    edges: Mapping[tuple[str, str], EdgeFlow], names: Sequence[str]
) -> list[tuple[tuple[str, str], EdgeFlow]]:
    """Return the edges by target, then source, in the order of the steps."""
    position = {name: index for index, name in enumerate(names)}
    return sorted(edges.items(), key=lambda item: (position[item[0][1]], position[item[0][0]]))


def _edge(pair: tuple[str, str], edge: EdgeFlow) -> Edge:
    return Edge(pair[0], pair[1], tuple(edge.names), tuple(edge.files), edge.as_reasons())


def _step(
    step: StepDraft,
    cells: tuple[StepCell, ...],
    found: StepFlow,
    statements: Mapping[int, Statement],
) -> Step:
    slices = tuple(
        _slice(statements[index], inputs) for index, inputs in sorted(found.slices.items())
    )
    made: dict[str, int] = {}
    for index in sorted(found.slices):
        statement = statements[index]
        made |= dict.fromkeys((*statement.binds, *statement.may_bind), index)
    valid = {name for name, index in made.items() if found.known.get(name) == index}
    given = valid | set(found.inputs) | set(found.parameters)
    before = [n for n in found.known if n not in given and (n not in BUILTINS or n != "_")]
    before += [n for n in made if n not in given and n not in before]
    return Step(
        name=step.name,
        title=step.title,
        cells=cells,
        slices=slices,
        inputs=_inputs(found.inputs),
        outputs=tuple(found.outputs),
        changes=tuple(found.changes),
        before=tuple(before),
        parameters=tuple(found.parameters),
        metrics=step.metrics,
        reads_files=tuple(found.reads_files),
        writes_files=tuple(found.writes_files),
        random=tuple(found.random),
        config=step.config,
    )


def _inputs(found: Mapping[str, tuple[str, ...]]) -> tuple[Input, ...]:
    return tuple(Input(name, steps[0], steps[1:]) for name, steps in found.items() if steps)


def _slice(statement: Statement, inputs: Mapping[str, tuple[str, ...]]) -> Slice:
    return Slice(
        kind=_SLICE_KINDS.get(statement.kind, "setup"),
        cell=statement.cell,
        line=statement.line,
        source=statement.source,
        binds=(*statement.binds, *statement.may_bind),
        inputs=_inputs(inputs),
    )


def _in_order(pipeline: Pipeline, diagnostics: Sequence[Diagnostic]) -> Pipeline:
    """Return the pipeline with its steps in an order in which they can run."""
    names = [step.name for step in pipeline.steps]
    pairs = [(edge.source, edge.target) for edge in pipeline.edges]
    try:
        order = topological_order(names, pairs)
    except ValueError as error:
        raise _cycle(pipeline, error.args[0], diagnostics) from None
    return replace(pipeline, steps=tuple(pipeline.step(name) for name in order))


def _cycle(
    pipeline: Pipeline, names: tuple[str, ...], diagnostics: Sequence[Diagnostic]
) -> CycleError:
    edges = {(e.source, e.target): e for e in pipeline.edges}
    told: list[str] = []
    first: Reason | None = None
    for source, target in zip(names, names[1:], strict=False):
        edge = edges[source, target]
        reason = edge.reasons[0]
        first = first or reason
        what = " and ".join(f"'{n}'" for n in (*edge.names, *edge.files)) or "a `prev:` tag"
        told.append(f"{target} (cell {reason.cell}) needs {what} of {source}")
    found = rules.CYCLE.at(
        Place(cell=first.cell if first else None, line=first.line if first else None),
        names=" → ".join(names),
        reasons="; ".join(told),
    )
    return CycleError((*diagnostics, found), names)

"""What was found out about each step → the frozen Pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from .analysis import Program, Statement
from .conditions import Branching, condition_of, decision_of
from .dataflow import Flow, Placed
from .dataflow.placed import EdgeFlow, StepFlow
from .diagnostics import Diagnostic
from .errors import CycleError
from .localfiles import local_files, requirements
from .model import Edge, Input, Loop, Pipeline, Reason, Slice, Step, StepCell
from .model.graph import topological_order
from .model.pipeline import SliceKind
from .placement import SETUP_STEP, cells_of
from .rules import Place
from .rules import dataflow as rules
from .steadiness import Varying
from .steps import Draft, StepDraft

_SLICE_KINDS: dict[str, SliceKind] = {
    "import": "import",
    "star": "import",
    "definition": "definition",
    "constant": "constant",
}


@dataclass(frozen=True, slots=True)
class Parts:
    """All that the stages before have found: what the Pipeline is put together from."""

    draft: Draft
    program: Program
    placed: tuple[Placed, ...]
    names: tuple[str, ...]
    branching: Branching
    flow: Flow
    loops: Mapping[str, Loop]
    varies: Mapping[str, tuple[Varying, ...]]


def assemble(parts: Parts, diagnostics: Sequence[Diagnostic]) -> Pipeline:
    """Return the Pipeline, its steps in an order in which they can run.

    Raises
    ------
    CycleError
        If there is none; *diagnostics* go with it.
    """
    return _in_order(_pipeline(parts), diagnostics)


def _pipeline(parts: Parts) -> Pipeline:
    draft, notebook = parts.draft, parts.draft.notebook
    statements = {item.statement.index: item.statement for item in parts.placed}
    cells = cells_of(draft, parts.placed)
    drafts = {step.name: step for step in (*draft.steps, *parts.branching.drafts)}
    cell_steps = {b.step: c.name for c in parts.branching.choices for b in c.branches}
    idle = {c.own_step for c in parts.branching.choices if not parts.flow.steps[c.own_step].decides}
    conditional = {branch.step for choice in parts.branching.choices for branch in choice.branches}
    steps: list[Step] = []
    known = _Known(statements, conditional, parts.loops, parts.varies, {})
    edges = dict(parts.flow.edges)
    for name in [name for name in parts.names if name not in idle]:
        step = drafts.get(name) or StepDraft(SETUP_STEP, SETUP_STEP, ())
        own = tuple(
            StepCell(c.cell.number, c.cell.id, c.cell.source)
            for c in cells.get(cell_steps.get(name, name), ())
        )
        steps.append(_step(step, own, parts.flow.steps[name], known))
        for source in (s for after in step.after for s in parts.branching.names(after)):
            if source not in idle and source in parts.flow.steps:
                edge = edges.setdefault((source, name), EdgeFlow())
                edge.reasons.setdefault(("declared", own[0].number if own else 0, 1), {})
    folder = notebook.path.parent if notebook.path is not None else None
    return Pipeline(
        name=draft.config.name or Path(notebook.name).stem,
        notebook=notebook.name,
        kernel=notebook.kernel,
        steps=tuple(steps),
        edges=tuple(_edge(pair, edge) for pair, edge in _sorted_edges(edges, parts.names)),
        parameters=draft.parameters,
        files=local_files(parts.program, folder),
        requirements=requirements(parts.program, folder),
        config=draft.config,
    )


def _sorted_edges(
    edges: Mapping[tuple[str, str], EdgeFlow], names: Sequence[str]
) -> list[tuple[tuple[str, str], EdgeFlow]]:
    position = {name: index for index, name in enumerate(names)}
    return sorted(edges.items(), key=lambda item: (position[item[0][1]], position[item[0][0]]))


def _edge(pair: tuple[str, str], edge: EdgeFlow) -> Edge:
    return Edge(pair[0], pair[1], tuple(edge.names), tuple(edge.files), edge.as_reasons())


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known beside the dataflow of steps. `conditional` are those that may not run."""

    statements: Mapping[int, Statement]
    conditional: set[str]
    loops: Mapping[str, Loop]
    varies: Mapping[str, tuple[Varying, ...]]
    slices: dict[int, Slice]  # those made already that read nothing: many steps have them


def _step(step: StepDraft, cells: tuple[StepCell, ...], found: StepFlow, known: _Known) -> Step:
    conditional = known.conditional
    slices: list[Slice] = []
    made: dict[str, int] = {}
    for index, inputs in sorted(found.slices.items()):
        statement = known.statements[index]
        made_once = None if inputs else known.slices.get(index)
        piece = made_once or _slice(statement, inputs, known)
        slices.append(piece)
        for name in piece.binds:
            made[name] = index
    valid = {n for n, index in made.items() if index in (found.known.get(n), found.wanted.get(n))}
    given = valid | set(found.inputs) | set(found.parameters)
    before = [n for n in found.known if n not in given]
    before += [n for n in made if n not in given and n not in before]
    return Step(
        name=step.name,
        title=step.title,
        cells=cells,
        slices=tuple(slices),
        inputs=_inputs(found.inputs, conditional),
        outputs=tuple(found.outputs),
        changes=tuple(found.changes),
        before=tuple(before),
        parameters=tuple(found.parameters),
        metrics=step.metrics,
        reads_files=tuple(found.reads_files),
        writes_files=tuple(found.writes_files),
        random=tuple(found.random),
        decides=tuple(map(decision_of, found.decides)),
        condition=condition_of(*found.condition) if found.condition else None,
        config=step.config,
        loop=known.loops.get(step.name),
        varies=tuple([item.why for item in known.varies.get(step.name, ())]),
    )


def _inputs(found: Mapping[str, tuple[str, ...]], conditional: set[str]) -> tuple[Input, ...]:
    return tuple(
        Input(name, steps[0], steps[1:], optional=conditional.issuperset(steps))
        for name, steps in found.items()
        if steps
    )


def _slice(statement: Statement, inputs: Mapping[str, tuple[str, ...]], known: _Known) -> Slice:
    made = Slice(
        kind=_SLICE_KINDS.get(statement.kind, "setup"),
        cell=statement.cell,
        line=statement.line,
        source=statement.source,
        binds=(*statement.binds, *statement.may_bind),
        inputs=_inputs(inputs, known.conditional),
    )
    if not inputs:
        known.slices[statement.index] = made
    return made


def _in_order(pipeline: Pipeline, diagnostics: Sequence[Diagnostic]) -> Pipeline:
    """Return the pipeline with its steps in an order in which they can run."""
    names = [step.name for step in pipeline.steps]
    pairs = [(edge.source, edge.target) for edge in pipeline.edges]
    try:
        order = topological_order(names, pairs)
    except ValueError as error:
        raise _cycle(pipeline, error.args[0], diagnostics) from None
    by_name = {step.name: step for step in pipeline.steps}
    return replace(pipeline, steps=tuple(by_name[name] for name in order))


def _cycle(
    pipeline: Pipeline, names: tuple[str, ...], diagnostics: Sequence[Diagnostic]
) -> CycleError:
    edges = {(e.source, e.target): e for e in pipeline.edges}
    told: list[str] = []
    first: Reason | None = None
    for source, target in pairwise(names):
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

"""What `nbdag check --explain` says: the parts of steps, why edges are, what may be parallel."""

from __future__ import annotations

from collections.abc import Iterator

import click

from nbdag_converters.drawing.edges import cargo, cell_span, condition, phrase, shown_name
from nbdag_converters.drawing.widths import columns, shorten
from nbdag_converters.model import Edge, Input, Pipeline, Step
from nbdag_converters.model.graph import reachable, successors

from .terminal import bold, counted, faint

_LONGEST_SOURCE = 60


def explained(pipeline: Pipeline) -> str:
    """Return the whole explanation; it ends with a blank line."""
    into: dict[str, list[Edge]] = {step.name: [] for step in pipeline}
    for edge in pipeline.edges:
        into[edge.target].append(edge)
    lines = [line for step in pipeline for line in (*_step(step, into[step.name]), "")]
    return "\n".join([*lines, *_parallel(pipeline), ""])


def _step(step: Step, edges: list[Edge]) -> Iterator[str]:
    """Yield the lines of one step and of the edges that lead to it."""
    title = f" {step.title}" if step.title != step.name else ""
    cells = cell_span(tuple(cell.number for cell in step.cells))
    yield f"{click.style(step.name, fg='cyan', bold=True)}{title} {faint(f'({cells})')}"
    if step.condition:
        yield f"  runs {condition(step)}, which {step.condition.step} decides"
    if step.loop:
        most = f", at most {step.loop.most} at once" if step.loop.most else ""
        yield f"  iterations of the loop in cell {step.loop.cell} run in parallel{most}"
    if not edges:
        yield "  waits for nothing"
    for edge in edges:
        yield f"  after {bold(edge.source)}: {', '.join(cargo(edge)) or 'the order alone'}"
        yield from (faint(f"      {phrase(reason)}") for reason in edge.reasons)
    yield from _slices(step)
    for word, names in (
        ("parameters", step.parameters),
        ("takes", tuple(map(_version, step.inputs))),
        ("gives", tuple(map(shown_name, step.outputs))),
        ("metrics", step.metrics),
        ("reads files", step.reads_files),
        ("writes files", step.writes_files),
        ("draws from", step.random),
    ):
        if names:
            yield f"  {word}: {', '.join(names)}"


def _version(taken: Input) -> str:
    steps = ", else of ".join((taken.step, *taken.otherwise))
    return f"{shown_name(taken.name)} of {steps}"


def _slices(step: Step) -> Iterator[str]:
    """Yield what the step runs again from other cells."""
    if not step.slices:
        return
    yield f"  runs again {counted(len(step.slices), 'statement')} of other cells:"
    for found in step.slices:
        first, _, more = found.source.strip().partition("\n")
        shown = shorten(first + (" …" if more else ""), _LONGEST_SOURCE, columns)
        place = f"cell {found.cell}, line {found.line}"
        yield f"      {shown}  {faint(f'{found.kind}, {place}')}"


def _parallel(pipeline: Pipeline) -> Iterator[str]:
    """Yield which steps may run at once, and which only an unknown keeps apart."""
    names = [step.name for step in pipeline]
    following = successors(names, [(edge.source, edge.target) for edge in pipeline.edges])
    after = {name: reachable([name], following) for name in names}
    free = {
        name: [
            other
            for other in names[number + 1 :]
            if other not in after[name] and name not in after[other]
        ]
        for number, name in enumerate(names)
    }
    yield bold("In parallel")
    for name, others in free.items():
        if others:
            yield f"  {name} with {', '.join(others)}"
    if not any(free.values()):
        yield "  nothing: each step needs one before it"
    for edge in pipeline.edges:
        if edge.reasons and all(reason.rule == "order" for reason in edge.reasons):
            yield f"  {edge.target} not with {edge.source}: {phrase(edge.reasons[0])}"

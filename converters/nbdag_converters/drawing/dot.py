"""The DAG in Graphviz's DOT."""

from __future__ import annotations

from collections.abc import Mapping

from nbdag_converters.model.pipeline import Pipeline

from .edges import cargo, condition, drawn_edges
from .states import StepState


def dot(pipeline: Pipeline, states: Mapping[str, StepState] | None = None) -> str:
    """Return the digraph, steps in notebook order; it ends with a newline."""
    known = states or {}
    steps = {step.name: step for step in pipeline}
    lines = [
        f"digraph {_quoted(pipeline.name)} {{",
        '    node [shape=box, style=rounded, fontname="Helvetica,Arial,sans-serif"];',
        '    edge [color="#8c959f", fontname="Helvetica,Arial,sans-serif", fontsize=10];',
    ]
    for step in pipeline:
        label = step.title
        if step.name in known:
            state = known[step.name]
            label = f"{label}\n{state.icon} {state.label}"
        lines.append(f"    {_quoted(step.name)} [label={_quoted(label)}];")
    for edge in drawn_edges(pipeline):
        step = steps[edge.target]
        decided = condition(step) if step.condition and step.condition.step == edge.source else ""
        label = "\n".join(filter(None, (decided, ", ".join(cargo(edge)))))
        details = [f"label={_quoted(label)}"] if label else []
        details += [] if cargo(edge) else ["style=dashed"]
        pair = f"{_quoted(edge.source)} -> {_quoted(edge.target)}"
        lines.append(f"    {pair} [{', '.join(details)}];")
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'

"""The DAG as a Mermaid flowchart: GitHub, GitLab and JupyterLab draw it in Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nbdag_converters.model.pipeline import Edge, Pipeline, Step

from .edges import cargo, condition, drawn_edges
from .states import Phase, StepState

_WORDS = frozenset(
    [
        "call",
        "class",
        "classDef",
        "click",
        "default",
        "direction",
        "end",
        "flowchart",
        "graph",
        "href",
        "interpolate",
        "linkStyle",
        "style",
        "subgraph",
    ]
)
_ENTITIES = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;"}
_CLASSES: dict[Phase, str] = {
    "pending": "stroke:#8c959f",
    "running": "stroke:#0969da,stroke-width:2px",
    "succeeded": "stroke:#1a7f37,stroke-width:2px",
    "cached": "stroke:#1a7f37",
    "skipped": "stroke:#8c959f,stroke-dasharray:4 3",
    "failed": "stroke:#cf222e,stroke-width:3px",
    "waiting": "stroke:#9a6700,stroke-width:2px",
}
_MOST_NAMES = 3


def mermaid(pipeline: Pipeline, states: Mapping[str, StepState] | None = None) -> str:
    """Return the flowchart, steps in notebook order; it ends with a newline."""
    known = states or {}
    steps = {step.name: step for step in pipeline}
    lines = ["flowchart TD"]
    lines += [f"    {_id(step.name)}{_box(step, known.get(step.name))}" for step in pipeline]
    lines += [f"    {_line(edge, steps[edge.target])}" for edge in drawn_edges(pipeline)]
    looks: dict[Phase, list[str]] = {}
    for step in pipeline:
        if step.name in known:
            looks.setdefault(known[step.name].look, []).append(_id(step.name))
    for look, names in looks.items():
        lines += [f"    classDef {look} {_CLASSES[look]}", f"    class {','.join(names)} {look}"]
    return "\n".join(lines) + "\n"


def _id(name: str) -> str:
    """Return an identifier; Mermaid's own words get a `_`, and so do names that end with one."""
    return name + "_" if name in _WORDS or name.endswith("_") else name


def _box(step: Step, state: StepState | None) -> str:
    """Return the node's shape around its text: one with two frames where iterations run apart."""
    text = f'"{_label(step, state)}"'
    return f"[[{text}]]" if step.loop else f"[{text}]"


def _label(step: Step, state: StepState | None) -> str:
    """Return the text of a node; one that begins like a list Mermaid would refuse to draw."""
    if state:
        return f"{state.icon} {_escape(step.title)}<br/>{_escape(state.label)}"
    text = re.sub(r"^(\d+)([.)])", lambda m: f"{m[1]}#{ord(m[2])};", _escape(step.title))
    return re.sub(r"^[-+*]", lambda m: f"#{ord(m[0])};", text)


def _line(edge: Edge, step: Step) -> str:
    """Return an edge to *step* with its names, and the condition if it is decided there."""
    what = cargo(edge)
    source, target = _id(edge.source), _id(edge.target)
    more = f" +{len(what) - _MOST_NAMES}" if len(what) > _MOST_NAMES else ""
    label = _escape(", ".join(what[:_MOST_NAMES])) + more
    if step.condition and step.condition.step == edge.source:
        label = "<br/>".join(filter(None, (_escape(condition(step)), label)))
    arrow = "-->" if what else "-.->"
    return f'{source} {arrow}|"{label}"| {target}' if label else f"{source} {arrow} {target}"


def _escape(shown: str) -> str:
    return "".join(_ENTITIES.get(char, char) for char in " ".join(shown.split()))

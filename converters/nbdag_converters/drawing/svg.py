"""The DAG as one SVG: for notebooks, GitHub, documentation and reports.

It holds no script and refers to nothing outside. Colours are CSS variables: JupyterLab's own where
they are there, else those of a light or a dark page; where there is no CSS, attributes say light.
Each state has a shape and a colour of its own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from html import escape as escape_markup

from nbdag_converters.model.pipeline import Edge, Pipeline, Step

from .edges import cargo, cell_span, condition, drawn_edges, phrase
from .icons import icon
from .layout import Box, Layout, Point, layout
from .states import StepState
from .style import STEP_COLOURS, style
from .widths import pixels, shorten

_WIDTH, _HEIGHT, _MARGIN = 180.0, 44.0, 7.0
_LEFT = 14.0  # where a node's text begins
_TITLE, _SECOND, _SMALL = 13.0, 11.0, 10.0  # font sizes
_LONGEST_TEST = 104.0
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def svg(pipeline: Pipeline, states: Mapping[str, StepState] | None = None) -> str:
    """Return the drawing; *states*, by the name of the step, may lack some."""
    edges = drawn_edges(pipeline)
    sizes = {step.name: (_WIDTH, _HEIGHT) for step in pipeline.steps}
    found = layout(sizes, [(edge.source, edge.target) for edge in edges])
    known = states or {}
    live = {name for name, state in known.items() if state.look == "running"}
    dim = {name for name, state in known.items() if state.look == "skipped"}
    lines = [_edge(edge, found, live=live, dim=dim) for edge in edges]
    nodes = [
        _node(step, found.boxes[step.name], known.get(step.name), number)
        for number, step in enumerate(pipeline.steps)
    ]
    head = (_text("title", _title(pipeline)), _text("desc", _description(pipeline, edges, known)))
    tests = [
        _condition(step, found.paths[step.condition.step, step.name])
        for step in pipeline.steps
        if step.condition and (step.condition.step, step.name) in found.paths
    ]
    return _document(found, head, [*lines, *nodes, *tests])


def _document(found: Layout[str], head: tuple[str, str], parts: list[str]) -> str:
    """Return the SVG around its parts; its id is made from them, so that no two styles meet."""
    body = "\n".join(parts)
    name = "nbdag-" + hashlib.sha256((head[1] + body).encode()).hexdigest()[:8]
    width, height = found.width + 2 * _MARGIN, found.height + 2 * _MARGIN
    box = f"{-_MARGIN:g} {-_MARGIN:g} {width:g} {height:g}"
    title = head[0].replace("<title", f'<title id="{name}-title"')
    description = head[1].replace("<desc", f'<desc id="{name}-desc"')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{name}" class="nbdag" role="img" '
        f'aria-labelledby="{name}-title {name}-desc" viewBox="{box}" '
        f'width="{width:g}" height="{height:g}" style="max-width:100%;height:auto" '
        "font-family=\"system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, "
        f'sans-serif">\n{title}\n{description}\n'
        f"<style>{style(name)}</style>\n"
        f'<clipPath id="{name}-clip"><rect width="{_WIDTH:g}" height="{_HEIGHT:g}" rx="8"/>'
        f"</clipPath>\n{body.replace('#clip', f'#{name}-clip')}\n</svg>\n"
    )


def _title(pipeline: Pipeline) -> str:
    return f"Pipeline {pipeline.name}"


def _description(
    pipeline: Pipeline, edges: tuple[Edge, ...], states: Mapping[str, StepState]
) -> str:
    """Return the drawing in words, for those who can't see it."""
    steps = [
        f"{step.title} ({states[step.name].label})" if step.name in states else step.title
        for step in pipeline.steps
    ]
    count = f"{len(steps)} step{'' if len(steps) == 1 else 's'}: " if steps else "No steps"
    ways = [f"{edge.source} before {edge.target}" for edge in edges]
    return f"{count}{', '.join(steps)}. {'; '.join(ways)}{'.' if ways else ''}".strip()


def _node(step: Step, box: Box, state: StepState | None, number: int) -> str:
    look = state.look if state else "plain"
    title = shorten(step.title, _WIDTH - _LEFT - 12, lambda text: pixels(text, _TITLE) * 1.06)
    dash = ' stroke-dasharray="4 3"' if look == "skipped" else ""
    colour = STEP_COLOURS[number % len(STEP_COLOURS)]
    rect = f'width="{_WIDTH - 1:g}" height="{_HEIGHT - 1:g}" x=".5" y=".5" rx="7.5"'
    return (
        f'<g class="step {look}" transform="translate({box.x:g} {box.y:g})">'
        f"{_text('title', _about(step, state))}{_cards(step, rect)}"
        f'<rect class="box" {rect} fill="#ffffff"/>'
        f'<g clip-path="url(#clip)"><rect width="5" height="{_HEIGHT:g}" fill="{colour}"/>'
        f'<text class="name" x="{_LEFT:g}" y="18.5" font-size="{_TITLE:g}" font-weight="600" '
        f'fill="#1f2328">{_escape(title)}</text>{_second_line(step, state)}</g>'
        f'<rect class="rim" {rect} fill="none" stroke="#d0d7de"{dash}/></g>'
    )


def _cards(step: Step, rect: str) -> str:
    """Return the cards behind a node whose iterations run apart."""
    if step.loop is None:
        return ""
    card = f'<rect class="box rim" {rect} fill="#ffffff" stroke="#d0d7de"'
    return f'{card} transform="translate(6 6)"/>{card} transform="translate(3 3)"/>'


def _condition(step: Step, path: tuple[Point, ...]) -> str:
    """Return the small label on the edge that decides whether the step runs."""
    (from_x, from_y), (to_x, to_y) = path[-2:]
    full = condition(step)
    shown = shorten(full, _LONGEST_TEST, lambda text: pixels(text, _SMALL))
    width = pixels(shown, _SMALL) + 12
    x, y = (from_x + to_x - width) / 2, (from_y + to_y) / 2 - 8
    return (
        f'<g class="test" transform="translate({x:.1f} {y:.1f})">{_text("title", full)}'
        f'<rect class="box rim" width="{width:.1f}" height="16" rx="8" fill="#ffffff" '
        f'stroke="#d0d7de"/><text class="state" x="{width / 2:.1f}" y="11.5" '
        f'font-size="{_SMALL:g}" text-anchor="middle" fill="#59636e">{_escape(shown)}</text></g>'
    )


def _second_line(step: Step, state: StepState | None) -> str:
    """Return the state in icon and words; without one, the step's name and cells."""
    left, mark = _LEFT, ""
    if state is not None:
        mark = icon(state.look, left + 5.5, 31.0)
        left += 17
    limit = _WIDTH - left - 10
    words = _state_words(state) if state else _place_words(step, limit)
    shown = shorten(words, limit, _second_width)
    return (
        f'{mark}<text class="state" x="{left:g}" y="35" font-size="{_SECOND:g}" '
        f'fill="#59636e">{_escape(shown)}</text>'
    )


def _state_words(state: StepState) -> str:
    if state.detail and state.look in {"failed", "waiting", "skipped"}:
        return f"{state.look} · {state.detail}"
    return state.label


def _place_words(step: Step, limit: float) -> str:
    """Return where the step is in the notebook, as exactly as there is room."""
    span = cell_span(tuple(cell.number for cell in step.cells)) if step.cells else "a decision"
    if step.title == step.name:
        return span
    exact = f"{step.name} · {span}"
    return exact if _second_width(exact) <= limit else f"{step.name} · {len(step.cells)} cells"


def _second_width(text: str) -> float:
    return pixels(text, _SECOND)


def _about(step: Step, state: StepState | None) -> str:
    """Return a node's tooltip."""
    lines = [step.title if step.title == step.name else f"{step.title} ({step.name})"]
    lines.append(cell_span(tuple(cell.number for cell in step.cells)))
    if step.condition:
        lines.append(f"runs {condition(step)}")
    if step.loop:
        lines.append("iterations run in parallel")
    if state:
        lines.append(state.label)
        if state.detail:
            lines.append(state.detail)
    return "\n".join(lines)


def _edge(edge: Edge, found: Layout[str], *, live: set[str], dim: set[str]) -> str:
    kinds = ["edge"]
    if not (edge.names or edge.files):
        kinds.append("order")
    if edge.target in live:
        kinds.append("live")
    if edge.target in dim or edge.source in dim:
        kinds.append("dim")
    path = curve(found.paths[edge.source, edge.target])
    x, y = found.paths[edge.source, edge.target][-1]
    what = ", ".join(cargo(edge)) or "order only"
    lines = [f"{edge.source} → {edge.target}: {what}", *map(phrase, edge.reasons)]
    tip = f"M{x - 3.5:g} {y - 5.5:g}L{x:g} {y - 1:g}L{x + 3.5:g} {y - 5.5:g}"
    dash = ' stroke-dasharray="3 4"' if "order" in kinds else ""
    return (
        f'<g class="{" ".join(kinds)}" fill="none" stroke="#8c959f" stroke-width="1.4">'
        f"{_text('title', chr(10).join(lines))}"
        f'<path class="reach" d="{path}" stroke-width="12" stroke-opacity="0"/>'
        f'<path class="line" d="{path}"{dash}/>'
        f'<path class="tip" d="{tip}" stroke-linecap="round" stroke-linejoin="round"/></g>'
    )


def curve(points: tuple[Point, ...]) -> str:
    """Return the path data of a calm curve through the points, vertical at each of them."""
    x, y = points[0]
    parts = [f"M{x:g} {y:g}"]
    for to_x, to_y in points[1:]:
        if abs(to_x - x) < 0.5:
            parts.append(f"L{to_x:g} {to_y:g}")
        else:
            middle = (y + to_y) / 2
            parts.append(f"C{x:g} {middle:g} {to_x:g} {middle:g} {to_x:g} {to_y:g}")
        x, y = to_x, to_y
    return "".join(parts)


def _text(element: str, text: str) -> str:
    return f"<{element}>{_escape(text)}</{element}>"


def _escape(text: str) -> str:
    """Return text that is safe in an element; characters that XML can't hold are replaced."""
    return escape_markup(_ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text), quote=False)

"""Which edges a drawing shows, and what it says about them."""

from __future__ import annotations

from nbdag_converters.model.graph import transitive_reduction
from nbdag_converters.model.pipeline import Edge, Pipeline, Reason, Rule, Step

_RULES: dict[Rule, str] = {
    "read": "reads {}",
    "change": "changes {} in place",
    "alias": "needs {} from one place, as they share an object",
    "late": "calls a function that reads {}",
    "unset": "may leave {} as it was",
    "file": "uses {}",
    "random": "draws from {}",
    "display": "uses the last displayed value ({})",
    "condition": "runs or not as {} says",
    "declared": "a tag says so",
    "order": "keeps the notebook's order, as {} can't be known",
}
_BARE: dict[Rule, str] = {
    "display": "uses the last displayed value",
    "order": "keeps the notebook's order, as what it does can't be known",
}


def drawn_edges(pipeline: Pipeline) -> tuple[Edge, ...]:
    """Return the edges along which something travels, and of the others those that add an order.

    An edge that only says what comes first is left out where a longer way says it too.
    """
    names = [step.name for step in pipeline.steps]
    pairs = [(edge.source, edge.target) for edge in pipeline.edges]
    needed = set(transitive_reduction(names, pairs))
    return tuple(
        edge
        for edge in pipeline.edges
        if edge.names or edge.files or (edge.source, edge.target) in needed
    )


def shown_name(name: str) -> str:
    """Return a name as users know it: hidden state in words."""
    if name.startswith("@random."):
        return f"random state of {name.removeprefix('@random.')}"
    return name.removeprefix("@")


def cargo(edge: Edge) -> tuple[str, ...]:
    """Return what travels along the edge, in words: names, then files."""
    return (*map(shown_name, edge.names), *edge.files)


def condition(step: Step) -> str:
    """Return when a step runs: `if auc < 0.8`, `else`; "" if it always does."""
    if step.condition is None:
        return ""
    test = " ".join(step.condition.text.split())
    return test if test == "else" else f"if {test}"


def phrase(reason: Reason) -> str:
    """Return why there is an edge: `reads df, y (cell 7, line 2)`."""
    names = ", ".join(map(shown_name, reason.names))
    words = _RULES[reason.rule].format(names) if names else _BARE.get(reason.rule)
    place = f" (cell {reason.cell}, line {reason.line})" if reason.cell else ""
    return (words or _RULES[reason.rule].format("it")) + place


def cell_span(numbers: tuple[int, ...]) -> str:
    """Return `cell 7`, `cells 7-9` or `cells 3, 7-9`."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    shown = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)
    return f"cell {shown}" if len(numbers) == 1 else f"cells {shown}" if shown else "no cells"

"""Targets: the part of a pipeline that some of its steps need."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace

from nbdag_converters.model import Pipeline
from nbdag_converters.model.graph import predecessors, reachable

from .base import RunError


def narrow(pipeline: Pipeline, targets: Sequence[str]) -> Pipeline:
    """Return *pipeline* with the steps *targets* and all that they need; all for no targets.

    Raises
    ------
    RunError
        If a target is no step.
    """
    if not targets:
        return pipeline
    names = [step.name for step in pipeline.steps]
    for target in targets:
        if target not in names:
            raise RunError(_unknown(target, names))
    pairs = [(edge.source, edge.target) for edge in pipeline.edges]
    needed = reachable(targets, predecessors(names, pairs))
    return replace(
        pipeline,
        steps=tuple(step for step in pipeline.steps if step.name in needed),
        edges=tuple(edge for edge in pipeline.edges if edge.target in needed),
    )


def _unknown(target: str, names: Sequence[str]) -> str:
    close = difflib.get_close_matches(target, names, n=1)
    hint = f"Did you mean '{close[0]}'?" if close else f"The steps are: {', '.join(names)}."
    return f"There is no step '{target}'. {hint}"

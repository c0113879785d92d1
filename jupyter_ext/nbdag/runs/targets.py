"""Targets: the part of a pipeline that some of its steps need."""

from __future__ import annotations

import difflib
from collections.abc import Container, Sequence
from dataclasses import replace

from nbdag_converters.model import Pipeline
from nbdag_converters.model.graph import predecessors, reachable

from .base import RunError


def narrow(pipeline: Pipeline, targets: Sequence[str]) -> Pipeline:
    """Return *pipeline* with the steps *targets* and all that they need; all for no targets.

    Steps that run at the end are there if all that they need is.

    Raises
    ------
    RunError
        If a target is no step.
    """
    if not targets:
        return pipeline
    names = [step.name for step in pipeline.steps]
    check_names(targets, names)
    pairs = [(edge.source, edge.target) for edge in pipeline.edges]
    before = predecessors(names, pairs)
    needed = set(reachable(targets, before))
    for step in pipeline.steps:
        if step.config.on_exit and needed.issuperset(before[step.name]):
            needed.add(step.name)
    return pipeline_of(pipeline, needed)


def pipeline_of(pipeline: Pipeline, names: Container[str]) -> Pipeline:
    """Return *pipeline* with those steps alone."""
    return replace(
        pipeline,
        steps=tuple(step for step in pipeline.steps if step.name in names),
        edges=tuple(e for e in pipeline.edges if e.source in names and e.target in names),
    )


def check_names(targets: Sequence[str], names: Sequence[str]) -> None:
    """Make sure that all *targets* are steps.

    Raises
    ------
    RunError
        If one isn't; the message says which one may be meant.
    """
    for target in targets:
        if target not in names:
            raise RunError(_unknown(target, names))


def _unknown(target: str, names: Sequence[str]) -> str:
    close = difflib.get_close_matches(target, names, n=1)
    hint = f"Did you mean '{close[0]}'?" if close else f"The steps are: {', '.join(names)}."
    return f"There is no step '{target}'. {hint}"

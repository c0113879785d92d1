"""The local plan: a pipeline, and for each step the order that its process executes.

ARCHITECTURE.md says what an order holds; the runtime's `order` module reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nbdag_converters.collector import paused
from nbdag_converters.model import Input, Loop, Pipeline, Slice, Step, Value
from nbdag_converters.model.wire import FORMAT, json_lines, pipeline_to_data

from .base import Compiler, Manifest

KEEP = 16 * 2**20
"""Bytes of variables that no later step needs and that a step saves, unless settings say so."""


@paused()
def compile_local(pipeline: Pipeline) -> Manifest:
    """Return the plan as JSON, with the parameters' defaults in the orders."""
    plan = {
        "format": FORMAT,
        "pipeline": pipeline_to_data(pipeline),
        "orders": [make_order(pipeline, step) for step in pipeline.steps],
    }
    text = json_lines(plan)
    return Manifest(text=text, media_type="application/json", suffix=".json")


def make_order(
    pipeline: Pipeline,
    step: Step,
    *,
    parameters: Mapping[str, Value] | None = None,
    fingerprint: bool = False,
    keep: int | None = None,
) -> dict[str, Any]:
    """Return what the process of *step* has to do.

    *parameters* are values in place of the defaults, by name; those of other steps are ignored.
    """
    values = {p.name: p.default for p in pipeline.parameters} | dict(parameters or {})
    if keep is None:
        keep = KEEP if pipeline.config.keep is None else pipeline.config.keep
    return {
        "step": step.name,
        "notebook": pipeline.notebook,
        "fingerprint": fingerprint,
        "cells": [{"number": c.number, "id": c.id, "source": c.source} for c in step.cells],
        "slices": [_slice(piece) for piece in step.slices],
        "inputs": _inputs(step.inputs),
        "parameters": {name: values[name] for name in step.parameters if name in values},
        "outputs": list(step.outputs),
        "changes": list(step.changes),
        "before": list(step.before),
        "metrics": list(step.metrics),
        "keep": keep,
        "decides": [
            {"name": d.name, "tests": list(d.tests), "cell": d.cell, "line": d.line}
            for d in step.decides
        ],
        "branch": step.condition and {"line": step.condition.line, "branch": step.condition.branch},
    }


def make_part(
    order: Mapping[str, Any], loop: Loop, part: str, *, index: int = 0, count: int = 0
) -> dict[str, Any]:
    """Return the order of one part of a step's loop: `items`, `iteration` or `gather`."""
    found = {
        "cell": loop.cell,
        "line": loop.line,
        "gathers": list(loop.gathers),
        "binds": list(loop.binds),
        "part": part,
        "number": index,
        "total": count,
    }
    last = part == "gather"
    return {
        **order,
        "loop": found,
        "fingerprint": order["fingerprint"] and last,
        "metrics": order["metrics"] if last else [],
        "decides": order["decides"] if last else [],
    }


def _inputs(inputs: Iterable[Input]) -> dict[str, str | list[str]]:
    """Return inputs by name; a list where it depends on a condition which step has run."""
    return {
        version.name: [version.step, *version.otherwise]
        if version.otherwise or version.optional
        else version.step
        for version in inputs
    }


def _slice(piece: Slice) -> dict[str, Any]:
    return {
        "kind": piece.kind,
        "cell": piece.cell,
        "line": piece.line,
        "source": piece.source,
        "binds": list(piece.binds),
        "inputs": _inputs(piece.inputs),
    }


COMPILER = Compiler("local", compile_local)

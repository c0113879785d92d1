"""The local plan: a pipeline, and for each step the order that its process executes.

ARCHITECTURE.md says what an order holds; the runtime's `order` module reads it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nbdag_converters.model import Pipeline, Slice, Step, Value
from nbdag_converters.model.wire import FORMAT, pipeline_to_data

from .base import Compiler, Manifest

KEEP = 16 * 2**20
"""Bytes of variables that no later step needs and that a step saves, unless settings say so."""


def compile_local(pipeline: Pipeline) -> Manifest:
    """Return the plan as JSON, with the parameters' defaults in the orders."""
    plan = {
        "format": FORMAT,
        "pipeline": pipeline_to_data(pipeline),
        "orders": [make_order(pipeline, step) for step in pipeline.steps],
    }
    text = json.dumps(plan, ensure_ascii=False, indent=1) + "\n"
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
        "inputs": {version.name: version.step for version in step.inputs},
        "parameters": {name: values[name] for name in step.parameters if name in values},
        "outputs": list(step.outputs),
        "changes": list(step.changes),
        "before": list(step.before),
        "metrics": list(step.metrics),
        "keep": keep,
    }


def _slice(piece: Slice) -> dict[str, Any]:
    return {
        "kind": piece.kind,
        "cell": piece.cell,
        "line": piece.line,
        "source": piece.source,
        "binds": list(piece.binds),
        "inputs": {version.name: version.step for version in piece.inputs},
    }


COMPILER = Compiler("local", compile_local)

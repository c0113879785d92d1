"""Drawn: what of a pipeline the drawing needs, as JSON's data; pure."""

from __future__ import annotations

from typing import Any

from nbdag_converters.model import Pipeline
from nbdag_converters.model.wire import pipeline_to_data

_OF_STEP = ("name", "title", "cells", "slices", "condition", "loop", "config")
_OF_SLICE = ("kind", "cell", "binds")


def drawn(pipeline: Pipeline) -> dict[str, Any]:
    """Return *pipeline* as the tabs know it, without the notebook's source."""
    data = pipeline_to_data(pipeline)
    steps = [_picked(step, _OF_STEP) for step in data["steps"]]
    for step in steps:
        step["cells"] = [_picked(cell, ("number", "id")) for cell in step["cells"]]
        step["slices"] = [_picked(part, _OF_SLICE) for part in step.get("slices", ())]
    return {"name": pipeline.name, "steps": steps, "edges": data.get("edges", [])}


def _picked(data: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: data[name] for name in names if name in data}

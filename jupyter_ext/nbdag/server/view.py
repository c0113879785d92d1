"""View: a run in short, as what a tab is sent."""

from __future__ import annotations

from typing import Any

from nbdag.reach import is_remote
from nbdag.runs.history import RunFolder


def summary(run: RunFolder) -> dict[str, Any]:
    """Return a run in short, for a list."""
    state = run.state()
    return {
        "run": run.id,
        "where": "cluster" if is_remote(run) else "here",
        "phase": state.phase.value,
        "started": run.facts().get("time"),
        "seconds": state.seconds,
        "parameters": state.parameters,
        "metrics": state.metrics,
        "message": state.message,
    }

"""Started: one run here of a notebook as it is now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nbdag.runs import local
from nbdag_converters.build import build
from nbdag_converters.errors import PipelineError

Say = Callable[[str], None]


def run_here(notebook: Path, parameters: Mapping[str, Any], say: Say, why: str) -> bool:
    """Run a notebook to its end; return whether it succeeded. What is wrong is said, not raised."""
    try:
        run = local.start(build(notebook).pipeline, notebook=notebook, parameters=parameters)
        say(f"{run.id}: started by {why}")
        state = run.wait()
    except PipelineError as problem:
        say(f"{notebook.name} could not be run by {why}: {problem}")
        return False
    failed = ", ".join(f"'{step.name}' failed" for step in state.failures) or state.message
    say(f"{run.id}: {state.phase.value.lower()}{f', {failed}' if failed else ''}")
    return state.phase.value == "Succeeded"

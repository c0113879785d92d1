"""Retry: goes on from what succeeded in a run, in a process of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from nbdag.runs.detached import answer, start_detached
from nbdag.runs.history import RunFolder
from nbdag_converters.errors import PipelineError


def launch_retry(run: RunFolder, *, env: Mapping[str, str] | None = None) -> RunFolder:
    """Start a new run that goes on from *run*, see `start_detached`."""
    return start_detached(__name__, {"run": str(run.path)}, env=env)


def main() -> int:
    """Retry the run that standard input names; return the exit code."""
    from nbdag import reach
    from nbdag.runs import local

    run = RunFolder(Path(json.load(sys.stdin)["run"]))
    try:
        reach.refresh(run)
        started = reach.retry(run) if reach.is_remote(run) else local.retry(run)
    except PipelineError as problem:
        answer({"error": str(problem)})
        return 1
    answer({"run": str(started.folder.path)})
    return 0 if started.wait().phase.value == "Succeeded" else 1


if __name__ == "__main__":
    raise SystemExit(main())

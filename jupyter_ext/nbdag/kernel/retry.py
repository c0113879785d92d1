"""Retry: goes on from what succeeded in a run, in a process of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nbdag.runs.detached import serve, start_detached
from nbdag.runs.history import RunFolder

if TYPE_CHECKING:
    from nbdag.runs.base import RunHandle


def launch_retry(run: RunFolder, *, env: Mapping[str, str] | None = None) -> RunFolder:
    """Start a new run that goes on from *run*, see `start_detached`."""
    return start_detached(__name__, {"run": str(run.path)}, env=env)


def main() -> int:
    """Retry the run that standard input names; return the exit code."""
    run = RunFolder(Path(json.load(sys.stdin)["run"]))
    return serve(partial(_start, run))


def _start(run: RunFolder) -> RunHandle:
    from nbdag import reach
    from nbdag.runs import local

    reach.refresh(run)
    return reach.retry(run) if reach.is_remote(run) else local.retry(run)


if __name__ == "__main__":
    raise SystemExit(main())

"""Started: a run's folder is made before it starts elsewhere, and is none if it doesn't."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import contextmanager

from nbdag.runs.history import RunFolder


@contextmanager
def discarded_unless_started(folder: RunFolder) -> Generator[None]:
    """Remove the folder of a run that could not be started: there is no run."""
    try:
        yield
    except BaseException:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise

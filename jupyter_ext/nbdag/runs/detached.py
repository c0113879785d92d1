"""Detached: a run's process that outlives the one that asked for it.

```
 start_detached ──request, JSON──► python -m MODULE ──► a run
        ▲                                │
        └─ {"run": folder} or {"error"} ─┘  then nothing: who looks on reads the run's folder
```
The notebook comes as text: what is run is what the editor shows, saved or not.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nbdag_converters.errors import PipelineError

from .base import RunError, RunHandle
from .history import RunFolder
from .interpreter import NEUTRAL, Errors


def start_detached(
    module: str,
    request: Mapping[str, object],
    *,
    python: str | None = None,
    env: Mapping[str, str] | None = None,
) -> RunFolder:
    """Have *module* start a run in a process of its own; return its folder once it is there.

    The process runs in *python*, or, where nbdag isn't installed there, in the Python that runs
    this; its variables are those of *env*, or of this process.

    Raises
    ------
    RunError
        If it can't be started; the message is what the process said.
    """
    text = json.dumps(request).encode()
    answers = _ask(python or sys.executable, module, text, env)
    if "run" not in answers and python and _MISSING.search(str(answers["error"])):
        answers = _ask(sys.executable, module, text, env)
    if "run" not in answers:
        raise RunError(str(answers["error"]))
    return RunFolder(Path(answers["run"]))


_MISSING = re.compile("No module named '?nbdag")


def _ask(
    python: str, module: str, request: bytes, env: Mapping[str, str] | None
) -> Mapping[str, Any]:
    """Start the process and return what it says: its run, or its error."""
    errors = Errors()
    try:
        process = subprocess.Popen(
            [python, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors.file,
            cwd=NEUTRAL,  # or a file beside the notebook could stand in for a module
            env=None if env is None else dict(env),
            start_new_session=True,  # a signal to the group of who asked isn't for it
        )
        # Or it would stay a zombie when it ends, and a run of a zombie looks killed.
        threading.Thread(target=process.wait, daemon=True).start()
        said = _talk(process, request)
        return said or {"error": errors.tail() or "its process said nothing."}
    except OSError as error:
        return {"error": f"The notebook's Python can't be started: {python}: {error.strerror}."}
    finally:
        errors.close()


def _talk(process: subprocess.Popen[bytes], request: bytes) -> Mapping[str, Any]:
    """Send the request and return the one line that comes back, empty where none does."""
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    assert process.stdout is not None  # noqa: S101
    with contextlib.suppress(BrokenPipeError), process.stdin as to:
        to.write(request)
    with process.stdout as answers:
        line = answers.readline()
    return json.loads(line) if line.endswith(b"\n") else {}


def serve(start: Callable[[], RunHandle]) -> int:
    """Start a run, answer with it or with why not, and stay until its end; for the process's side.

    Returns the exit code.
    """
    try:
        run = start()
    except PipelineError as problem:
        answer({"error": str(problem)})
        return 1
    answer({"run": str(run.folder.path)})
    return 0 if run.wait().phase.value == "Succeeded" else 1


def answer(data: Mapping[str, str]) -> None:
    """Say the one thing that there is to say, and let go of who asked: for the process's side."""
    os.write(1, json.dumps(data).encode() + b"\n")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    os.close(nowhere)

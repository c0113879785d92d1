"""Detached: a local run in a process of its own, which outlives the one that asked for it.

```
 start_detached ──request, JSON──► python -m nbdag.runs.detached ──► local.start
        ▲                                       │
        └──── {"run": folder} or {"error": …} ──┘  then nothing: who looks on reads the run's folder
```
The notebook comes as text: what is run is what the editor shows, saved or not.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nbdag.settings import RunSettings
from nbdag_converters.build import build
from nbdag_converters.errors import PipelineError
from nbdag_converters.model import Value
from nbdag_converters.notebook import from_content, parse_json

from . import local
from .base import RunError
from .history import RunFolder
from .interpreter import Errors


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What is to be run: the file *notebook* with the text *content*, see `local.start`."""

    notebook: str
    content: str
    parameters: Mapping[str, Value] = field(default_factory=dict[str, Value])
    targets: tuple[str, ...] = ()
    from_steps: tuple[str, ...] = ()
    cache: bool = True


def start_detached(request: RunRequest) -> RunFolder:
    """Start a run in a process of its own, and return its folder as soon as it is there.

    Raises
    ------
    RunError
        If it can't be started; the message is what the process said.
    """
    errors = Errors()
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors.file,
            start_new_session=True,  # a signal to the group of who asked isn't for it
        )
        # Or it would stay a zombie when it ends, and a run of a zombie looks killed.
        threading.Thread(target=process.wait, daemon=True).start()
        answer = _talk(process, json.dumps(asdict(request)).encode())
        problem = answer.get("error") or errors.tail() or "its process said nothing."
    finally:
        errors.close()
    if "run" not in answer:
        msg = str(problem)
        raise RunError(msg)
    return RunFolder(Path(answer["run"]))


def _talk(process: subprocess.Popen[bytes], request: bytes) -> Mapping[str, Any]:
    """Send the request and return the one line that comes back, empty where none does."""
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    assert process.stdout is not None  # noqa: S101
    with process.stdin as to, contextlib.suppress(BrokenPipeError):
        to.write(request)
    with process.stdout as answers:
        line = answers.readline()
    return json.loads(line) if line.endswith(b"\n") else {}


def main() -> int:
    """Run what standard input asks for, in this process; return the exit code."""
    request = RunRequest(**json.load(sys.stdin))
    path = Path(request.notebook)
    try:
        content = parse_json(request.content, name=path.name)
        built = build(from_content(content, name=path.name, path=path))
        started = local.start(
            built.pipeline,
            notebook=path,
            parameters=request.parameters,
            settings=RunSettings(
                targets=tuple(request.targets),
                from_steps=tuple(request.from_steps),
                cache=request.cache,
            ),
            content=request.content.encode(errors="surrogatepass"),
        )
    except PipelineError as problem:
        _answer({"error": str(problem)})
        return 1
    _answer({"run": str(started.folder.path)})
    return 0 if started.wait().phase.value == "Succeeded" else 1


def _answer(data: Mapping[str, str]) -> None:
    """Say the one thing that there is to say, and let go of who asked."""
    os.write(1, json.dumps(data).encode() + b"\n")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    os.close(nowhere)


if __name__ == "__main__":
    raise SystemExit(main())

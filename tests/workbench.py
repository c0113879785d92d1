"""Local runs for tests: a bench that runs notebooks, and what to ask of processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbdag.runs import local
from nbdag.runs.events import Run
from nbdag.runs.zygote import Zygote
from nbdag.settings import RunSettings
from nbdag_converters import build
from nbdag_converters.model import Edge, Input, Pipeline, Step, StepCell
from notebooks import Source, write_notebook

WITH_PARAMETERS = (
    Source("n = 3\nrate = 0.5", ("parameters",)),
    Source("print(n, rate)", ("step:a",)),
)

STUBBORN = """\
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)'])
open('pids', 'w').write(f'{os.getpid()} {child.pid}')
time.sleep(99)
"""


def pids_of(folder: Path) -> list[int]:
    path = folder / "pids"
    wait_for(lambda: path.exists() and path.read_text())
    return [int(pid) for pid in path.read_text().split()]


class Bench:
    """Runs notebooks in a folder of their own."""

    def __init__(self, folder: Path, zygote: Zygote) -> None:
        self.folder = folder
        self.settings = RunSettings(zygote=zygote, grace=0.5)

    def notebook(self, *cells: Source | str) -> Path:
        return write_notebook(self.folder / "work.ipynb", cells)

    def start(self, *cells: Source | str, **options: Any) -> local.LocalRun:
        path = self.notebook(*cells)
        return self.start_pipeline(build(path).pipeline, **options)

    def start_pipeline(
        self, pipeline: Pipeline, *, jobs: int | None = 2, own: bool = False, **options: Any
    ) -> local.LocalRun:
        """Start it; *own* gives it a zygote of its own."""
        settings = replace(self.settings, zygote=None) if own else self.settings
        settings = replace(settings, **options.pop("settings", {}))
        path = self.folder / "work.ipynb"
        return local.start(pipeline, notebook=path, jobs=jobs, settings=settings, **options)

    def run(self, *cells: Source | str, **options: Any) -> Run:
        return self.start(*cells, **options).wait()


def chain(*sources: str, edges: Sequence[tuple[str, str]] = (), **config: Any) -> Pipeline:
    """Return a pipeline of the steps a, b, c, … made by hand."""
    steps = [
        Step(name, name, cell(number, source))
        for number, (name, source) in enumerate(zip("abcdef", sources, strict=False), 1)
    ]
    steps = [replace(step, config=replace(step.config, **config)) for step in steps]
    made = tuple(Edge(source, target) for source, target in edges)
    return Pipeline("work", "work.ipynb", "", tuple(steps), made)


def unplanned() -> Pipeline:
    """Return a pipeline whose step b changes a list, as if analysis had not seen it."""
    taken = (Input("l", "a"),)
    steps = (
        Step("a", "a", cell(1, "l = [1, 2]"), outputs=("l",), changes=("l",)),
        Step("b", "b", cell(2, "l.append(3)"), inputs=taken),
        Step("c", "c", cell(3, "print(l)"), inputs=taken),
    )
    edges = (Edge("a", "b", ("l",)), Edge("a", "c", ("l",)), Edge("b", "c"))
    return Pipeline("work", "work.ipynb", "", steps, edges)


def cell(number: int, source: str) -> tuple[StepCell]:
    return (StepCell(number, f"c{number}", source),)


def phases(run: Run) -> dict[str, str]:
    return {name: step.phase.value for name, step in run.steps.items()}


def wait_for(condition: Callable[[], object], *, seconds: float = 20) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")


def at_cell(run: local.LocalRun, step: str) -> Callable[[], bool]:
    return lambda: step in run.state.steps and run.state.steps[step].running is not None

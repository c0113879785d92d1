"""nbdag beside its peers, each in a virtualenv of its own, in one run on one machine.

Ploomber runs a pipeline of notebooks here; papermill runs the whole notebook in one kernel, and is
the floor of running a notebook at all. The virtualenvs stay in the folder of temporary files.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from .figure import Figure, main
from .notebooks import trivial, write
from .timing import NBDAG, Spent, spent

STEPS = 12
CACHE = Path(tempfile.gettempdir()) / "nbdag-bench-peers"
MINUTES = 10
# Without these it asks servers of its makers first, and waits for them where there is no network.
QUIET = ("PLOOMBER_STATS_ENABLED=false", "PLOOMBER_VERSION_CHECK_DISABLED=true")


class Peer(NamedTuple):
    """A tool, and how it is set to work: *prepare* writes a pipeline and returns the command."""

    name: str
    prepare: Callable[[Path, Path], Sequence[str]]


def measure() -> Sequence[Figure]:
    """Return wall and CPU seconds of each, the first time and when nothing has changed."""
    own = _times(_nbdag)
    figures = _figures("nbdag", own, own)
    for peer in (Peer("papermill", _papermill), Peer("ploomber", _ploomber)):
        problem = _install(peer.name)
        if problem:
            figures.append(Figure(f"{peer.name}: not measured, {problem}", 0.0, "s"))
            continue
        programs = CACHE / peer.name / "bin"

        def prepare(folder: Path, peer: Peer = peer, programs: Path = programs) -> Sequence[str]:
            return peer.prepare(folder, programs)

        figures += _figures(peer.name, _times(prepare), own)
    return figures


def _figures(name: str, found: tuple[Spent, Spent], own: tuple[Spent, Spent]) -> list[Figure]:
    figures: list[Figure] = []
    for what, seconds, floor in zip(
        (f"{STEPS} trivial steps", "nothing changed"), found, own, strict=True
    ):
        figures.append(Figure(f"{name}: {what}", seconds.wall, "s", floor=floor.wall))
        figures.append(Figure(f"{name}: {what}, CPU", seconds.cpu, "CPU s", floor=floor.cpu))
    return figures


def _times(prepare: Callable[[Path], Sequence[str]]) -> tuple[Spent, Spent]:
    """Return what a run takes, and the least of two after it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = prepare(folder)
        first = spent(command, folder=folder)
        return first, min(spent(command, folder=folder) for _ in range(2))


# Pipelines ------------------------------------------------------------------------------


def _nbdag(folder: Path) -> Sequence[str]:
    path = write(trivial(STEPS, "x_{n} = {n}"), folder / "notebook.ipynb")
    return [*NBDAG, "run", str(path), "--jobs", "8"]


def _papermill(folder: Path, programs: Path) -> Sequence[str]:
    path = write(trivial(STEPS, "x_{n} = {n}"), folder / "notebook.ipynb")
    return [str(programs / "papermill"), str(path), str(folder / "out.ipynb"), "-k", "python3"]


def _ploomber(folder: Path, programs: Path) -> Sequence[str]:
    tasks = ["executor: parallel", "tasks:"]
    for number in range(STEPS):
        script = f"step_{number}.py"
        cell = f"# %% tags=['parameters']\nupstream = None\n\n# %%\nx_{number} = {number}\n"
        (folder / script).write_text(cell)
        tasks += [f"  - source: {script}", f"    product: out/step_{number}.ipynb"]
    (folder / "pipeline.yaml").write_text("\n".join(tasks) + "\n")
    return ["env", *QUIET, str(programs / "ploomber"), "build"]


# Installing -----------------------------------------------------------------------------


def _install(name: str) -> str:
    """Install a package into a virtualenv of its own; return why that failed, "" if it did not."""
    folder = CACHE / name
    if (folder / "bin" / name).exists():
        return ""
    commands = (
        [sys.executable, "-m", "venv", str(folder)],
        [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", name, "ipykernel"],
    )
    try:
        for command in commands:
            subprocess.run(command, check=True, capture_output=True, timeout=60 * MINUTES)
    except subprocess.TimeoutExpired:
        return f"not installed in {MINUTES} minutes"
    except subprocess.CalledProcessError as error:
        text = str(error.stderr, errors="replace").strip()
        return f"can't be installed: {text.rpartition(chr(10))[2][:60]}"
    return ""


if __name__ == "__main__":
    main(f"Peers ({STEPS} steps, whole command; ratios are over nbdag)", measure)

"""nbdag beside Kale 2.3, which compiles notebooks for Kubeflow too: one run, the same notebooks.

From a notebook's file to a package: whole commands, and compiling alone, which begins when all is
imported, and is done once. Kale has a virtualenv of its own, which stays
in the folder of temporary files. A step of its packages has pip install what it needs when it
starts: `fetched` says how that is weighed, and that ours takes nothing.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .fetched import asked, weighed, without_network
from .figure import Figure, main
from .notebooks import pipeline, write
from .timing import NBDAG, spent

VERSION = "2.3.0"
STEPS = (10, 100, 300)
TIMES_FASTER = 50  # the goal, at 100 steps
MINUTES = 15
CACHE = Path(tempfile.gettempdir()) / f"nbdag-bench-kale-{VERSION}"
_OURS = """
import sys, time
from nbdag_converters.build import build
from nbdag_converters.compilers.kfp import compile_kfp
start = time.process_time()
compile_kfp(build(sys.argv[1]).pipeline).text
print(time.process_time() - start)
"""
_THEIRS = """
import sys, time
from kale.common import kfputils
from kale.compiler import Compiler
from kale.processors import NotebookProcessor
start = time.process_time()
processor = NotebookProcessor(sys.argv[1], {})
pipeline = processor.run()
script = Compiler(pipeline, processor.get_imports_and_functions()).compile()
kfputils.compile_pipeline(script, pipeline.config.pipeline_name)
print(time.process_time() - start)
"""


def measure() -> Sequence[Figure]:
    """Return CPU seconds and sizes for each number of steps, Kale's as a ratio over ours."""
    _install()
    figures: list[Figure] = []
    for steps in STEPS:
        with tempfile.TemporaryDirectory() as name:
            figures += _compared(steps, Path(name))
    with tempfile.TemporaryDirectory() as name:
        return [*figures, *_started(Path(name))]


def _started(folder: Path) -> list[Figure]:
    """Return what the start of a step fetches."""
    path = write(_linked(STEPS[0]), folder / "notebook.ipynb")
    package = folder / "ours.yaml"
    spent([*NBDAG, "compile", str(path), "--to", "kfp", "-o", str(package)], folder=folder)
    spent([str(CACHE / "bin" / "kale"), "--nb", str(path)], folder=folder)
    (other,) = [found for found in folder.rglob("*.yaml") if found != package]
    packages = asked(other.read_text())
    size = weighed(str(CACHE / "bin" / "python"), packages) / 1e6
    fetched = without_network(package.read_text(), folder) / 1e6
    return [
        Figure("nbdag: fetched as a step starts, without a network", fetched, "MB", goal=0),
        Figure(f"Kale: fetched as a step starts, by pip of {len(packages)}", size, "MB"),
    ]


def _compared(steps: int, folder: Path) -> list[Figure]:
    path = write(_linked(steps), folder / "notebook.ipynb")
    package = folder / "ours.yaml"
    command = [*NBDAG, "compile", str(path), "--to", "kfp", "-o", str(package)]
    ours = min(spent(command, folder=folder).cpu for _ in range(3))
    theirs = spent([str(CACHE / "bin" / "kale"), "--nb", str(path)], folder=folder).cpu
    (other,) = [found for found in folder.rglob("*.yaml") if found != package]
    alone = _alone(sys.executable, _OURS, path)
    other_alone = _alone(str(CACHE / "bin" / "python"), _THEIRS, path)
    goal = other_alone / TIMES_FASTER if steps == 100 else None
    sizes = [len(each.read_bytes()) / 1e3 for each in (package, other)]
    return [
        Figure(f"nbdag: {steps} steps", ours, "CPU s"),
        Figure(f"Kale: {steps} steps", theirs, "CPU s", floor=ours),
        Figure(f"nbdag: {steps} steps, compiling alone", alone, "CPU s", goal=goal),
        Figure(f"Kale: {steps} steps, compiling alone", other_alone, "CPU s", floor=alone),
        Figure(f"nbdag: package of {steps} steps", sizes[0], "kB"),
        Figure(f"Kale: package of {steps} steps", sizes[1], "kB", floor=sizes[0]),
    ]


def _alone(python: str, script: str, path: Path) -> float:
    """Return the CPU seconds that *script* prints at last."""
    done = subprocess.run(
        [python, "-c", script, str(path)],
        cwd=path.parent,
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout.split()[-1])


def _linked(steps: int) -> dict[str, object]:
    """Return the notebook in which each step names the one before it, as Kale has to be told."""
    content = pipeline(steps)
    names: list[str] = []
    for cell in content["cells"]:
        tags: list[str] = cell["metadata"]["tags"]
        for tag in [*tags]:
            if tag.startswith("step:"):
                tags += [f"prev:{name}" for name in names[-1:]]
                names.append(tag.removeprefix("step:"))
    content["metadata"]["kubeflow_notebook"] = {
        "pipeline_name": "bench",
        "experiment_name": "bench",
    }
    return content


def _install() -> None:
    """Install Kale, if it is not there.

    Raises
    ------
    subprocess.CalledProcessError
        If it can't be installed.
    """
    if (CACHE / "bin" / "kale").exists():
        return
    python = str(CACHE / "bin" / "python")
    commands = (
        [sys.executable, "-m", "venv", str(CACHE)],
        [python, "-m", "pip", "install", "--quiet", f"kubeflow-kale=={VERSION}"],
    )
    for command in commands:
        subprocess.run(command, check=True, timeout=60 * MINUTES)


if __name__ == "__main__":
    main(f"Kale {VERSION}: from a notebook to a package of Kubeflow", measure)

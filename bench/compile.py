"""CPU seconds from a notebook to its local plan and Argo's objects, and if they grow linearly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nbdag_converters import build
from nbdag_converters.compilers.base import Compiler, Manifest, find_compiler

from .figure import Figure, main
from .notebooks import pipeline
from .timing import cpu

STEPS = (10, 100, 300, 1000)
TIMES = 5


def measure() -> Sequence[Figure]:
    """Return the seconds for each size, and how much dearer a step is at 1000 than at 100."""
    compiler = find_compiler("local")
    figures: list[Figure] = []
    a_step: dict[int, float] = {}
    for steps in STEPS:
        seconds = least(steps, compiler)
        a_step[steps] = seconds / steps
        goal = 1.0 if steps == 1000 else None
        figures.append(Figure(f"{steps} steps", seconds, "CPU s", goal=goal))
    dearer = a_step[1000] / a_step[100]
    held = least(STEPS[-1], compiler, held=True)
    figures.append(Figure(f"{STEPS[-1]} steps, edges by their square", held, "CPU s"))
    objects = least(STEPS[-1], find_compiler("argo"))
    figures.append(Figure(f"{STEPS[-1]} steps, for Argo, YAML", objects, "CPU s", goal=1.0))
    figures.append(Figure("a step of 1000 over a step of 100", dearer, "x", goal=1.5))
    return figures


def least(steps: int, compiler: Compiler, *, held: bool = False) -> float:
    """Return the least CPU seconds that compiling a notebook takes whose cells were never seen."""
    compile_notebook(pipeline(5), compiler)  # imports are measured elsewhere
    unseen = iter([pipeline(steps, held=held, first=steps * (n + 1)) for n in range(TIMES)])
    return cpu(lambda: compile_notebook(next(unseen), compiler), times=TIMES)


def compile_notebook(content: Mapping[str, Any], compiler: Compiler) -> Manifest:
    """Return the manifest of a notebook in memory."""
    return compiler.compile(build(content).pipeline)


if __name__ == "__main__":
    main("Compile: notebook to local plan, and to Argo's objects", measure)

"""CPU seconds from a notebook to its local plan and Argo's objects, and if they grow linearly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from nbdag_converters import build
from nbdag_converters.compilers.base import Compiler, Manifest, find_compiler

from .figure import Figure, main
from .notebooks import pipeline
from .timing import cpu

STEPS = (10, 100, 300, 1000)


def measure() -> Sequence[Figure]:
    """Return the seconds for each size, and how much dearer a step is at 1000 than at 100."""
    compiler = find_compiler("local")
    figures: list[Figure] = []
    a_step: dict[int, float] = {}
    for steps in STEPS:
        compile_it = partial(compile_notebook, pipeline(steps), compiler)
        compile_it()  # imports are measured elsewhere
        seconds = cpu(compile_it)
        a_step[steps] = seconds / steps
        goal = 1.0 if steps == 1000 else None
        figures.append(Figure(f"{steps} steps", seconds, "CPU s", goal=goal))
    dearer = a_step[1000] / a_step[100]
    held = partial(compile_notebook, pipeline(STEPS[-1], held=True), compiler)
    held()
    figures.append(Figure(f"{STEPS[-1]} steps, edges by their square", cpu(held), "CPU s"))
    objects = partial(compile_notebook, pipeline(STEPS[-1]), find_compiler("argo"))
    objects()
    figures.append(Figure(f"{STEPS[-1]} steps, for Argo, YAML", cpu(objects), "CPU s", goal=1.0))
    figures.append(Figure("a step of 1000 over a step of 100", dearer, "x", goal=1.5))
    return figures


def compile_notebook(content: Mapping[str, Any], compiler: Compiler) -> Manifest:
    """Return the manifest of a notebook in memory."""
    return compiler.compile(build(content).pipeline)


if __name__ == "__main__":
    main("Compile: notebook to local plan, and to Argo's objects", measure)

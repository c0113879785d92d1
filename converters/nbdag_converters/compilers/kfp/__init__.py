"""Kubeflow Pipelines: a pipeline as a package, the intermediate representation of KFP v2 as YAML.

Pure: it is written as the published format has it, without the SDK, so that compiling needs
nothing installed and takes no time. All steps with the same settings share one executor, whose
command is nbdag's runtime; what a step has to do is a constant of its task, in base64, since
Kubeflow and the Argo below it replace what looks like `{{…}}`.

A step whose condition may not hold is a task too: it is given the branch that was decided, and
leaves empty artifacts where it is another. Kubeflow could leave it out (`dsl.If`), but out of its
group only a `dsl.OneOf` of tasks in each branch is let: an `else` would need a task that hands on
what comes from above, so as many containers, and three drivers more.
"""

from __future__ import annotations

from nbdag_converters.compilers.base import Compiler

from .archive import FORMATS, pack
from .ending import GUARD as EXIT_GUARD
from .judge import NAME as GUARD
from .options import Options
from .package import compile_kfp, run_values, task_names

COMPILER = Compiler("kfp", compile_kfp)

__all__ = [
    "COMPILER",
    "EXIT_GUARD",
    "FORMATS",
    "GUARD",
    "Options",
    "compile_kfp",
    "pack",
    "run_values",
    "task_names",
]

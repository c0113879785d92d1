"""nbdag's converters: notebook in, Pipeline and Manifests out.

    built = build("fraud.ipynb")
    built.pipeline.steps, built.diagnostics

This package *knows*: it is pure and typed, and does no more than read the notebook's file. It must
not start a process, open a socket, or import Jupyter Server, `kubernetes` or `nbdag`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .public import publish

if TYPE_CHECKING:
    from .build import Built, build
    from .diagnostics import Diagnostic
    from .errors import (
        CompileError,
        CycleError,
        NotebookError,
        ParameterError,
        PipelineError,
        TagError,
    )
    from .model import Edge, Parameter, Pipeline, PipelineConfig, Step, StepConfig
    from .notebook import Cell, Notebook, read_notebook

__all__ = [
    "Built",
    "Cell",
    "CompileError",
    "CycleError",
    "Diagnostic",
    "Edge",
    "Notebook",
    "NotebookError",
    "Parameter",
    "ParameterError",
    "Pipeline",
    "PipelineConfig",
    "PipelineError",
    "Step",
    "StepConfig",
    "TagError",
    "build",
    "read_notebook",
]

publish(
    __name__,
    {
        "build": ("Built", "build"),
        "diagnostics": ("Diagnostic",),
        "errors": (
            "CompileError",
            "CycleError",
            "NotebookError",
            "ParameterError",
            "PipelineError",
            "TagError",
        ),
        "model": ("Edge", "Parameter", "Pipeline", "PipelineConfig", "Step", "StepConfig"),
        "notebook": ("Cell", "Notebook", "read_notebook"),
    },
)

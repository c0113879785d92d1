"""Submits notebooks as `nbdag submit` does, and waits for what becomes of them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbdag
from cluster.workflows import Cluster
from nbdag.cluster.submit import submit
from nbdag.result import Run
from nbdag.runs.events import Phase
from nbdag_converters.compilers.argo import Options, compile_objects
from notebooks import Source, write_notebook

ANY_USER = 1_000_680_000  # as OpenShift gives a namespace


@dataclass(frozen=True)
class Desk:
    """Submits notebooks of one folder, compiled with these options."""

    folder: Path
    cluster: Cluster
    options: Options = field(default_factory=Options)

    def write(self, *cells: Source | str, metadata: Mapping[str, Any] | None = None) -> Path:
        """Return a notebook's file, named after the folder."""
        path = self.folder / f"{self.folder.name[-20:]}.ipynb"
        return write_notebook(path, cells, metadata=metadata)

    def submit(self, *cells: Source, **values: Any) -> Run:
        """Start a run of these cells."""
        return self.submit_file(self.write(*cells), **values)

    def submit_file(self, path: Path, *targets: str, **values: Any) -> Run:
        """Start a run of a notebook's file."""
        pipeline = nbdag.read(path).options(targets=targets)
        if self.options.profile.security != "openshift":
            return pipeline.submit(namespace=self.cluster.namespace, options=self.options, **values)
        compiled = compile_objects(pipeline.model, self.options)
        context = compiled.template["spec"]["securityContext"]
        assert "runAsUser" not in context
        context |= {"runAsUser": ANY_USER, "fsGroup": ANY_USER}  # as OpenShift gives it
        started = submit(compiled, self.options, notebook=path, parameters=values)
        return nbdag.Run(started.folder, handle=started)


def phases(run: Run) -> dict[str, str]:
    """Return the phase of each step."""
    return {name: step.phase.value for name, step in run.state.steps.items()}


def wait_for(run: Run, step: str, phase: Phase, seconds: float = 120) -> None:
    """Wait until *step* is in that phase."""
    end = time.monotonic() + seconds
    while run.state.steps[step].phase is not phase:
        assert time.monotonic() < end, phases(run)
        assert not run.phase.done, phases(run)
        time.sleep(0.2)


def texts(run: Run, step: str) -> list[str]:
    """Return what a step's cells printed and showed as text."""
    return [
        str(output["text"] if output["output_type"] == "stream" else output["data"]["text/plain"])
        for output in run[step].outputs
        if output["output_type"] != "error"
    ]

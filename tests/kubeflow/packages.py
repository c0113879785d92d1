"""Packages loaded and run by Kubeflow's own SDK: `kfp.local`, each task a process here."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kfp.components  # pyright: ignore[reportMissingImports] - a virtualenv of its own
import kfp.local  # pyright: ignore[reportMissingImports]

from nbdag.runs.events import Run
from nbdag.runs.history import RunFolder
from nbdag.trace import LEFT_OUT, read_trace
from nbdag.verdict import Row, compare, without_unsteady
from nbdag.verify import compare_runs, run_as_one_step
from nbdag_converters.build import Built, build
from nbdag_converters.compilers.kfp import Options, compile_kfp
from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.guard import judge
from nbdag_converters.runtime.pod import REMOVED
from nbdag_converters.shipped import shipped_files


@dataclass(frozen=True, slots=True)
class Left:
    """What a run of a package left in *root*, the outputs of each task in its folder."""

    built: Built
    root: Path

    def of(self, step: str) -> Path:
        """Return the folder of a step's outputs."""
        name = step.replace("_", "-").strip("-")
        for each in (name, f"{name}--gather"):
            found = [*self.root.glob(f"*/{each}")]
            if found:
                return found[0]
        return self.root / "nothing"

    def printed(self, step: str) -> str:
        """Return what the cells of a step printed."""
        lines = (self.of(step) / "outputs").read_text().splitlines()
        return "".join(json.loads(line)["output"].get("text", "") for line in lines)

    def reports(self) -> dict[str, Any]:
        """Return the guard's reports of the steps that ran."""
        paths = {step.name: self.of(step.name) / "report" for step in self.built.pipeline}
        texts = {name: path.read_text() for name, path in paths.items() if path.exists()}
        return {name: json.loads(text) for name, text in texts.items() if text}

    def judged(self) -> tuple[Diagnostic, ...]:
        """Return what the guard finds."""
        return judge(self.built.pipeline, self.reports())

    def differences(self) -> list[Row]:
        """Return what the notebook leaves and the package doesn't, or otherwise."""
        path = self.built.notebook.path
        assert path is not None
        folder, run = self.root / "folder", RunFolder(self.root / "run")
        shutil.copytree(path.parent, folder, ignore=shutil.ignore_patterns(*LEFT_OUT, "kfp"))
        for number, step in enumerate(self.built.pipeline):
            there = run.steps / step.name
            there.mkdir(parents=True)
            for source, name in (("report", "report.json"), ("outputs", "outputs.jsonl")):
                text = (self.of(step.name) / source).read_text()
                (there / name).write_text(text or ("{}" if name == "report.json" else ""))
            _unpack(self.of(step.name) / "files" / f"{number}.tar", folder)
        trace = read_trace(self.built.pipeline, Run(), run, folder, self.built.owners)
        expected = run_as_one_step(path)
        rows = compare_runs(self.built.notebook, self.built.pipeline, expected, trace)
        assert rows
        if not any(row.match.wrong for row in rows):
            return []
        again = without_unsteady(rows, compare(expected, run_as_one_step(path)))
        return [row for row in again if row.match.wrong]


def run_package(path: Path, root: Path, values: Mapping[str, Any] | None = None) -> Left:
    """Compile a notebook and run its package.

    Raises
    ------
    RuntimeError
        If a task fails.
    """
    built = build(path)
    options = Options(files=shipped_files(built), python=built.notebook.python, fingerprint=True)
    text = compile_kfp(built.pipeline, options).text
    runner = kfp.local.SubprocessRunner(use_venv=False)
    kfp.local.init(runner, pipeline_root=str(root), raise_on_error=True)
    kfp.components.load_component_from_text(text)(**(values or {}))
    return Left(built, root)


def _unpack(archive: Path, folder: Path) -> None:
    if not archive.exists():
        return
    with tarfile.open(fileobj=io.BytesIO(archive.read_bytes())) as members:
        for member in members:
            if member.name != REMOVED:
                members.extract(member, folder, filter="data")
                continue
            found = members.extractfile(member)
            assert found is not None
            for name in json.load(found):
                (folder / name).unlink(missing_ok=True)

"""`nbdag check`: the diagnostics of a notebook, and why its DAG is as it is."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .arguments import NotebookPath, json_option
from .terminal import bold, counted, report_diagnostics, say

if TYPE_CHECKING:
    from nbdag_converters.diagnostics import Diagnostic
    from nbdag_converters.model import Pipeline


@click.command()
@click.argument("notebooks", type=NotebookPath(), metavar="NOTEBOOK...", nargs=-1, required=True)
@click.option("--explain", is_flag=True, help="Tell what each step takes and why each edge is.")
@json_option
@click.pass_context
def check(ctx: click.Context, notebooks: tuple[Path, ...], explain: bool, as_json: bool) -> None:
    """Look for what is wrong with notebooks, without running them.

    Fails if there is an error; warnings alone are well.
    """
    well = True
    for number, notebook in enumerate(notebooks):
        pipeline, diagnostics = _checked(notebook)
        well = well and pipeline is not None
        if as_json:
            say(_as_json(notebook, pipeline, diagnostics, explain=explain))
            continue
        if number:
            say()
        _show(notebook, pipeline, diagnostics, explain=explain)
    ctx.exit(0 if well else 1)


def _checked(notebook: Path) -> tuple[Pipeline | None, tuple[Diagnostic, ...]]:
    """Return the pipeline, `None` where there are errors, and all that is to be said."""
    from nbdag_converters.build import build
    from nbdag_converters.errors import NotebookError

    try:
        built = build(notebook)
    except NotebookError as problem:
        return None, problem.diagnostics
    return built.pipeline, built.diagnostics


def _show(
    notebook: Path,
    pipeline: Pipeline | None,
    diagnostics: tuple[Diagnostic, ...],
    *,
    explain: bool,
) -> None:
    report_diagnostics(diagnostics)
    if diagnostics:
        say()
    if explain and pipeline is not None:
        from .explain import explained

        say(explained(pipeline))
    say(f"{bold(notebook.name)}: {_summary(pipeline, diagnostics)}")


def _summary(pipeline: Pipeline | None, diagnostics: tuple[Diagnostic, ...]) -> str:
    """Return `7 steps, 9 edges, 2 warnings`."""
    parts: list[str] = []
    if pipeline is not None:
        parts = [counted(len(pipeline.steps), "step"), counted(len(pipeline.edges), "edge")]
    for severity in ("error", "warning"):
        count = sum(found.severity == severity for found in diagnostics)
        if count:
            parts.append(counted(count, severity))
    return ", ".join(parts)


def _as_json(
    notebook: Path,
    pipeline: Pipeline | None,
    diagnostics: tuple[Diagnostic, ...],
    *,
    explain: bool,
) -> str:
    """Return one line: the diagnostics, and the pipeline where it was asked for."""
    data: dict[str, object] = {
        "notebook": str(notebook),
        "ok": pipeline is not None,
        "diagnostics": [asdict(found) for found in diagnostics],
    }
    if explain and pipeline is not None:
        from nbdag_converters.model import pipeline_to_json

        data["pipeline"] = json.loads(pipeline_to_json(pipeline))
    return json.dumps(data, ensure_ascii=False)

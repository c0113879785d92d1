"""`nbdag run`: runs a notebook's DAG here, and shows how far it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .arguments import (
    check_targets,
    complete_step,
    json_option,
    notebook_argument,
    parameter_values,
    parameters_option,
)
from .terminal import report_diagnostics, say

if TYPE_CHECKING:
    from nbdag.runs.local import LocalRun
    from nbdag_converters.errors import PipelineError


@click.command()
@notebook_argument
@parameters_option
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many steps run at once; as many as there are cores unless said.",
)
@click.option(
    "-t",
    "--target",
    "targets",
    multiple=True,
    metavar="STEP",
    shell_complete=complete_step,
    help="Run only this step and what it needs; may be given several times.",
)
@click.option("--no-cache", is_flag=True, help="Run each step, also one that did the same before.")
@click.option("--isolate", is_flag=True, help="Start a fresh interpreter for each step.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="OUT.ipynb",
    help="Write the executed notebook, with the outputs of all cells that ran.",
)
@json_option
@click.pass_context
def run(  # noqa: PLR0913 - click passes one for each option
    ctx: click.Context,
    *,
    notebook: Path,
    given: tuple[str, ...],
    jobs: int | None,
    targets: tuple[str, ...],
    no_cache: bool,
    isolate: bool,
    output: Path | None,
    as_json: bool,
) -> None:
    """Run the DAG of a notebook here, its steps in parallel.

    The notebook itself is not changed. Values, logs and outputs are kept in .nbdag beside it.
    """
    from nbdag.runs import local
    from nbdag.settings import RunSettings
    from nbdag_converters.build import build

    from .display import display

    built = build(notebook)
    pipeline = built.pipeline
    values = parameter_values(given, pipeline.parameters)
    check_targets(targets, [step.name for step in pipeline])
    if output is not None and not output.parent.is_dir():
        msg = f"there is no folder '{output.parent}'."
        raise click.BadParameter(msg, param_hint="'--output'")
    warnings = [found for found in built.diagnostics if found.severity == "warning"]
    if warnings and not as_json:
        report_diagnostics(warnings, err=True)
        say(err=True)
    with display(pipeline, as_json=as_json) as show:
        handle = local.start(
            pipeline,
            notebook=notebook,
            parameters=values,
            jobs=jobs,
            settings=RunSettings(targets=targets, isolate=isolate, cache=not no_cache),
            on_event=show,
        )
        state = handle.wait()
    problem = _write_executed(handle, output)
    if not as_json:
        from .summary import show_summary
        from .terminal import rich_console

        executed = None if problem else output
        show_summary(rich_console(), pipeline, state, handle.folder, executed)
    if problem:
        raise problem
    ctx.exit(0 if state.phase.value == "Succeeded" else 1)


def _write_executed(handle: LocalRun, output: Path | None) -> PipelineError | None:
    """Write the executed notebook where it was asked for; return why it could not be written."""
    if output is None:
        return None
    from nbdag.runs.executed import write_executed
    from nbdag_converters.errors import PipelineError

    try:
        write_executed(handle.folder, output)
    except PipelineError as problem:
        return problem
    return None

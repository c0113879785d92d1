"""`nbdag run`: runs a notebook's DAG here, and shows how far it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .arguments import (
    check_targets,
    complete_step,
    executed_option,
    json_option,
    notebook_argument,
    parameter_values,
    parameters_option,
    targets_option,
)
from .terminal import report_diagnostics, say

if TYPE_CHECKING:
    from nbdag_converters.model import Pipeline

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


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
@targets_option
@click.option(
    "--from",
    "from_steps",
    multiple=True,
    metavar="STEP",
    shell_complete=complete_step,
    help="Run only this step and what comes after it, with values of an earlier run.",
)
@click.option("--timeout", metavar="TIME", help="End the run after this time: 90s, 10m, 2h.")
@click.option("--no-cache", is_flag=True, help="Run each step, also one that did the same before.")
@click.option("--isolate", is_flag=True, help="Start a fresh interpreter for each step.")
@executed_option
@json_option
@click.pass_context
def run(  # noqa: PLR0913 - click passes one for each option
    ctx: click.Context,
    *,
    notebook: Path,
    given: tuple[str, ...],
    jobs: int | None,
    targets: tuple[str, ...],
    from_steps: tuple[str, ...],
    timeout: str | None,
    no_cache: bool,
    isolate: bool,
    output: Path | None,
    as_json: bool,
) -> None:
    """Run the DAG of a notebook here, its steps in parallel.

    The notebook itself is not changed. Values, logs and outputs are kept in .nbdag beside it.
    """
    from nbdag.runs.ahead import ahead

    found = ctx.with_resource(ahead(notebook, cache=not no_cache, isolate=isolate))
    # Not before: the notebook's Python starts meanwhile.
    from nbdag.runs import local
    from nbdag.settings import RunSettings

    from .execute import execute

    pipeline = found.pipeline
    values = parameter_values(given, pipeline.parameters)
    names = [step.name for step in pipeline]
    check_targets(targets, names)
    check_targets(from_steps, names, hint="--from")
    if timeout is not None:
        pipeline = _with_timeout(pipeline, timeout)
    if output is not None and not output.parent.is_dir():
        msg = f"there is no folder '{output.parent}'."
        raise click.BadParameter(msg, param_hint="'--output'")
    warnings = [each for each in found.diagnostics if each.severity == "warning"]
    if warnings and not as_json:
        report_diagnostics(warnings, err=True)
        say(err=True)
    settings = RunSettings(
        targets=targets,
        from_steps=from_steps,
        isolate=isolate,
        cache=not no_cache,
        zygote=found.zygote,
    )
    code = execute(
        pipeline,
        lambda show, ask: local.start(
            pipeline,
            notebook=notebook,
            parameters=values,
            jobs=jobs,
            settings=settings,
            on_event=show,
            ask=ask,
        ),
        output=output,
        as_json=as_json,
    )
    ctx.exit(code)


def _with_timeout(pipeline: Pipeline, text: str) -> Pipeline:
    """Return *pipeline* with a time after which its run ends."""
    from dataclasses import replace

    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", text.strip())
    seconds = float(match[1]) * _UNITS[match[2]] if match else 0.0
    if not seconds:
        msg = f"'{text}' is not a time; write 90s, 10m or 2h."
        raise click.BadParameter(msg, param_hint="'--timeout'")
    return replace(pipeline, config=replace(pipeline.config, timeout=seconds))

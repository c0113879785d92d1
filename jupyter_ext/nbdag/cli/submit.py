"""`nbdag submit`: runs a notebook's DAG on a cluster, and shows how far it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .argo import argo_options, options_of
from .arguments import (
    check_targets,
    context_option,
    executed_option,
    json_option,
    notebook_argument,
    parameter_values,
    parameters_option,
    targets_option,
)
from .kfp import endpoint_options, package_for, refuse_endpoint
from .terminal import report_diagnostics, say

if TYPE_CHECKING:
    from nbdag.kubeflow.run import KubeflowRun


@click.command()
@notebook_argument
@click.option(
    "--to",
    "target",
    type=click.Choice(["argo", "kfp"]),
    default="argo",
    show_default=True,
    help="What runs it there.",
)
@parameters_option
@targets_option
@argo_options
@endpoint_options
@context_option
@click.option("--detach", is_flag=True, help="Don't wait for its end: nbdag watch shows it.")
@executed_option
@json_option
@click.pass_context
def submit(  # noqa: PLR0913 - click passes one for each option
    ctx: click.Context,
    /,
    *,
    notebook: Path,
    target: str,
    given: tuple[str, ...],
    targets: tuple[str, ...],
    context: str,
    detach: bool,
    output: Path | None,
    as_json: bool,
    endpoint: str | None,
    token_file: Path | None,
    ca: Path | None,
    **chosen: Any,
) -> None:
    """Run the DAG of a notebook on a cluster, each step a container.

    Ctrl-C leaves the run alone; `nbdag stop` ends it.
    """
    from nbdag_converters.build import build

    from .execute import execute

    built = build(notebook)
    pipeline = built.pipeline
    values = parameter_values(given, pipeline.parameters)
    check_targets(targets, [step.name for step in pipeline])
    if output is not None and (detach or not output.parent.is_dir()):
        msg = "it needs the run's end." if detach else f"there is no folder '{output.parent}'."
        raise click.BadParameter(msg, param_hint="'--output'")
    if target == "kfp":
        from nbdag.kubeflow.start import start as run_there

        _check_kubeflow(context=context, targets=targets)
        package, there = package_for(
            built, endpoint=endpoint, token_file=token_file, ca=ca, quiet=as_json, **chosen
        )

        def start_there(show: Any = None) -> Any:
            return run_there(
                pipeline, package, there, notebook=notebook, parameters=values, on_event=show
            )

        if detach:
            _say_started(start_there())
            return
        ctx.exit(
            execute(pipeline, lambda show, _ask: start_there(show), output=output, as_json=as_json)
        )
    refuse_endpoint(endpoint, token_file, ca)
    # Kubeflow needs none of these.
    from nbdag.cluster.connection import Place
    from nbdag.cluster.link import link_of
    from nbdag.cluster.submit import submit as start
    from nbdag_converters.compilers.argo import compile_objects

    options = options_of(built, targets=targets, context=context, **chosen)
    compiled = compile_objects(pipeline, options)
    every = (*built.diagnostics, *compiled.diagnostics)
    warnings = [found for found in every if found.severity == "warning"]
    if warnings and not as_json:
        report_diagnostics(warnings, err=True)
        say(err=True)
    place = Place(chosen["namespace"] or "", context)

    def begin(show: Any = None) -> Any:
        return start(
            compiled,
            options,
            notebook=notebook,
            parameters=values,
            place=place,
            on_event=show,
            detached=detach,
        )

    if detach:
        run = begin()
        run.wait()
        link = link_of(run.folder)
        say(f"{run.id}: workflow {link.workflow} in {link.namespace}; nbdag watch {run.id}")
        return
    ctx.exit(
        execute(compiled.pipeline, lambda show, _ask: begin(show), output=output, as_json=as_json)
    )


def _check_kubeflow(*, context: str, targets: tuple[str, ...]) -> None:
    """Refuse what Kubeflow doesn't have.

    Raises
    ------
    click.UsageError
        If the run is to be one of some steps, or of a context.
    """
    if context or targets:
        msg = "--context and --target are for Argo."
        raise click.UsageError(msg)


def _say_started(run: KubeflowRun) -> None:
    from nbdag.kubeflow.link import link_of

    say(f"{run.id}: {link_of(run.folder).page}; nbdag watch {run.id}")

"""`nbdag schedule`: has runs of a notebook start by the clock."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .argo import argo_options, options_of
from .arguments import (
    context_option,
    notebook_argument,
    output_option,
    parameter_values,
    parameters_option,
    time_option,
)
from .kfp import endpoint_options, refuse_endpoint, schedule_there
from .terminal import report_diagnostics, say

if TYPE_CHECKING:
    from nbdag_converters.compilers.argo import Compiled, Schedule
    from nbdag_converters.model import Pipeline, Value


@click.command()
@notebook_argument
@click.option(
    "--to",
    "target",
    type=click.Choice(["argo", "kfp"]),
    default="argo",
    show_default=True,
    help="What starts and runs it.",
)
@click.option(
    "--cron",
    "crons",
    multiple=True,
    metavar="SCHEDULE",
    help="When, as '0 4 * * 1' or @daily; may be given several times. Else the setting schedule.",
)
@click.option(
    "--timezone", "zone", metavar="ZONE", help="The time zone; else the setting's, or UTC."
)
@click.option(
    "--concurrency",
    type=click.Choice(["Forbid", "Allow", "Replace"], case_sensitive=False),
    default="Forbid",
    show_default=True,
    help="Of a run that is due while one goes on: it is left out, runs too, or takes its place.",
)
@time_option("--deadline", "How late a run may start that was missed: 90s, 10m, 2h.", "10m")
@click.option(
    "--failures",
    type=click.IntRange(min=1),
    metavar="N",
    help="Start no more once so many have failed.",
)
@parameters_option
@click.option(
    "--time-as",
    default="",
    metavar="NAME",
    help="The parameter that gets the time for which a run was due.",
)
@click.option("--name", default="", metavar="NAME", help="Of a second schedule of the notebook.")
@click.option(
    "--here", is_flag=True, help="Start them on this machine, until you end this command."
)
@click.option(
    "--backfill", is_flag=True, help="here: make up for each time that was missed, however old."
)
@click.option(
    "--unit",
    type=click.Choice(["systemd", "launchd"]),
    help="here: print what has the system run this command, instead.",
)
@argo_options
@endpoint_options
@context_option
@output_option
def schedule(  # noqa: PLR0913 - click passes one for each option
    notebook: Path,
    *,
    target: str,
    crons: tuple[str, ...],
    zone: str | None,
    concurrency: str,
    deadline: int,
    failures: int | None,
    given: tuple[str, ...],
    time_as: str,
    name: str,
    here: bool,
    backfill: bool,
    unit: str | None,
    context: str,
    output: Path | None,
    endpoint: str | None,
    token_file: Path | None,
    ca: Path | None,
    **chosen: Any,
) -> None:
    """Have Argo, Kubeflow (--to kfp) or this machine (--here) start runs by the clock.

    A schedule of that name gets what you say now, and goes on if it was paused. With --output the
    objects are written to a file for kubectl apply, and nothing is done on a cluster.
    """
    from nbdag_converters.build import build
    from nbdag_converters.compilers.argo import Schedule, compile_objects

    built = build(notebook)
    pipeline = built.pipeline
    values = parameter_values(given, pipeline.parameters)
    place = {"endpoint": endpoint, "token_file": token_file, "ca": ca}
    if target == "kfp":
        if any((zone, failures, time_as, name, context, output, here, backfill, unit)):
            msg = (
                "--timezone, --failures, --time-as, --name, --context, -o, --here, --backfill "
                "and --unit are not for Kubeflow."
            )
            raise click.UsageError(msg)
        when = _crons(crons or tuple(filter(None, (pipeline.config.schedule,))))
        schedule_there(built, values, when, concurrency.capitalize(), **place, **chosen)
        return
    refuse_endpoint(endpoint, token_file, ca)
    _check_time(pipeline, time_as, values)
    wanted = Schedule(
        _crons(crons or tuple(filter(None, (pipeline.config.schedule,)))),
        _zone(zone or pipeline.config.timezone or "UTC"),
        next(each for each in ("Forbid", "Allow", "Replace") if each == concurrency),
        deadline,
        failures,
    )
    if here or backfill or unit:
        if not here or output or context or concurrency != "Forbid":
            msg = (
                "--backfill and --unit are for --here; --output, --context and --concurrency "
                "are for a cluster: here is one run at a time."
            )
            raise click.UsageError(msg)
        from .scheduled import Scheduled, keep_here, print_unit

        kept = Scheduled(notebook, wanted, values, time_as, name, backfill=backfill)
        if unit:
            print_unit(kept, unit, given)
        elif not keep_here(kept):
            raise click.exceptions.Exit(1)
        return
    compiled = compile_objects(pipeline, options_of(built, context=context, **chosen))
    warnings = [
        found
        for found in (*built.diagnostics, *compiled.diagnostics)
        if found.severity == "warning"
    ]
    report_diagnostics(warnings, err=True)
    cron = compiled.scheduled(wanted, values, name=name, time_as=time_as)
    if output is None:
        _apply(compiled, cron, wanted, namespace=chosen["namespace"] or "", context=context)
        return
    from nbdag_converters.compilers.yaml import to_yaml

    from .files import write_text

    write_text(output, to_yaml((*compiled.config_maps, compiled.template, cron)))


def _apply(
    compiled: Compiled, cron: dict[str, Any], wanted: Schedule, *, namespace: str, context: str
) -> None:
    from nbdag.cluster.connection import Place
    from nbdag.cluster.schedules import put_schedule, scheduled
    from nbdag.cluster.submit import connect_for

    api = connect_for(compiled, Place(namespace, context))
    made = put_schedule(api, compiled, cron)
    (due, *_) = scheduled(cron, ()).due(1)
    say(f"{made}: due in {api.namespace} by {' and '.join(wanted.crons)}, next at {due}")


def _crons(texts: tuple[str, ...]) -> tuple[str, ...]:
    from nbdag_converters.cron import CronError, parse_cron

    if not texts:
        msg = "say when: --cron '0 4 * * 1', or the notebook's setting schedule."
        raise click.UsageError(msg)
    try:
        return tuple(parse_cron(text).text for text in texts)
    except CronError as error:
        msg = f"{error}."
        raise click.BadParameter(msg, param_hint="'--cron'") from None


def _zone(name: str) -> str:
    from nbdag_converters.settings import SettingError
    from nbdag_converters.settings.kinds import time_zone

    try:
        return str(time_zone(name))
    except SettingError as error:
        msg = f"{error}."
        raise click.BadParameter(msg, param_hint="'--timezone'") from None


def _check_time(pipeline: Pipeline, name: str, values: dict[str, Value]) -> None:
    """Refuse a parameter that can't get a time."""
    if not name:
        return
    known = {parameter.name: parameter for parameter in pipeline.parameters}
    hint = "'--time-as'"
    if name not in known:
        msg = f"the notebook has no parameter '{name}'; it has: {', '.join(known) or 'none'}."
        raise click.BadParameter(msg, param_hint=hint)
    if known[name].type not in ("str", "none"):
        msg = f"'{name}' takes {known[name].type}, and a time is a text; give it a text as default."
        raise click.BadParameter(msg, param_hint=hint)
    if name in values:
        msg = f"'{name}' can't get both a value and the time."
        raise click.BadParameter(msg, param_hint=hint)

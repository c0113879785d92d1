"""`nbdag schedules`: what starts by the clock on a cluster, and how to stop that."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from .arguments import context_option, json_option
from .terminal import rich_console, say

if TYPE_CHECKING:
    from nbdag.cluster.schedules import Scheduled

_RUNS = 5


@click.command()
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--pause", is_flag=True, help="Start no more runs by it.")
@click.option("--resume", is_flag=True, help="Start runs by it again.")
@click.option("--delete", is_flag=True, help="Remove it, and the workflows that it has started.")
@click.option(
    "--next", "count", type=click.IntRange(1, 1000), metavar="N", help="Show when it is due next."
)
@click.option("-n", "--namespace", default="", metavar="NAME", help="The namespace.")
@context_option
@json_option
def schedules(  # noqa: PLR0913 - click passes one for each option
    name: str | None,
    *,
    pause: bool,
    resume: bool,
    delete: bool,
    count: int | None,
    namespace: str,
    context: str,
    as_json: bool,
) -> None:
    """List the schedules in a namespace, or pause, resume or delete one.

    A schedule is made by nbdag schedule. One that is paused does not make up for what it misses.
    """
    if pause + resume + delete + (count is not None) > 1:
        msg = "--pause, --resume, --delete and --next are one at a time."
        raise click.UsageError(msg)
    if name is None and (pause or resume or delete or count):
        msg = "which schedule? nbdag schedules lists them."
        raise click.UsageError(msg)
    from nbdag.cluster import schedules as known
    from nbdag.cluster.api import Api
    from nbdag.cluster.connection import Place

    api = Api(Place(namespace, context))
    if name is not None and delete:
        known.remove(api, name)
    elif name is not None and (pause or resume):
        known.pause(api, name, paused=pause)
    else:
        found = [known.find_schedule(api, name)] if name else known.list_schedules(api)
        if count:
            for moment in found[0].due(count):
                say(moment.isoformat())
        elif as_json:
            for each in found:
                say(json.dumps(_facts(each), ensure_ascii=False))
        elif found:
            _show(found)
        else:
            say(f"no schedules in {api.namespace} yet")


def _facts(each: Scheduled) -> dict[str, object]:
    return {
        "name": each.name,
        "pipeline": each.pipeline,
        "schedules": each.crons,
        "timezone": each.timezone,
        "paused": each.paused,
        "last": each.last.isoformat() if each.last else None,
        "next": [moment.isoformat() for moment in each.due(1)],
        "problem": each.problem,
        "runs": dict(each.phases),
    }


def _show(found: list[Scheduled]) -> None:
    from rich.text import Text

    from .tables import table

    made = table("name", "when", "next", "last", "runs")
    for each in found:
        due = each.due(1)
        state = "paused" if each.paused else f"{due[0]:%m-%d %H:%M}" if due else ""
        phases = list(each.phases.values())[-_RUNS:]
        made.add_row(
            Text(each.name),
            Text(f"{', '.join(each.crons)} {each.timezone}".strip()),
            Text(each.problem or state, "red" if each.problem else ""),
            Text(f"{each.last:%m-%d %H:%M}" if each.last else ""),
            Text(", ".join(phases)),
        )
    rich_console().print(made)

"""`nbdag triggers`: what starts by events on a cluster, and how to end that."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from .arguments import context_option, json_option
from .terminal import rich_console, say

if TYPE_CHECKING:
    from nbdag.cluster.triggers import Triggered

_RUNS = 5


@click.command()
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--delete", is_flag=True, help="Remove it; runs that it has started stay.")
@click.option("-n", "--namespace", default="", metavar="NAME", help="The namespace.")
@context_option
@json_option
def triggers(
    name: str | None, *, delete: bool, namespace: str, context: str, as_json: bool
) -> None:
    """List the triggers in a namespace, or delete one. A trigger is made by nbdag trigger."""
    if (name is not None) != delete:
        msg = "to delete a trigger, name it and say --delete."
        raise click.UsageError(msg)
    from nbdag.cluster import triggers as known
    from nbdag.cluster.api import Api
    from nbdag.cluster.connection import Place

    api = Api(Place(namespace, context))
    if name is not None:
        known.remove(api, name)
        return
    found = known.list_triggers(api)
    if as_json:
        for each in found:
            say(json.dumps(asdict(each), ensure_ascii=False))
    elif found:
        _show(found)
    else:
        say(f"no triggers in {api.namespace} yet")


def _show(found: list[Triggered]) -> None:
    from rich.text import Text

    from .tables import table

    made = table("name", "pipeline", "listens to", "runs")
    for each in found:
        made.add_row(
            Text(each.name),
            Text(each.pipeline),
            Text(each.problem or each.kind, "red" if each.problem else ""),
            Text(", ".join(list(each.phases.values())[-_RUNS:])),
        )
    rich_console().print(made)

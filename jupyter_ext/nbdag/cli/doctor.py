"""`nbdag doctor`: says what a namespace of a cluster lacks for runs."""

from __future__ import annotations

import click

from .arguments import context_option, more_option
from .terminal import rich_console


@click.command()
@click.option("-n", "--namespace", default="", metavar="NAME", help="The namespace.")
@context_option
@click.option("--service-account", default="", metavar="NAME", help="That of the steps' pods.")
@click.option("--image", default="", metavar="IMAGE", help="The image of the steps.")
@more_option
@click.option("--profile", default="", metavar="SECURITY", help="restricted or openshift.")
@click.pass_context
def doctor(  # noqa: PLR0913 - click passes one for each option
    ctx: click.Context,
    /,
    *,
    namespace: str,
    context: str,
    service_account: str,
    image: str,
    more: tuple[str, ...],
    profile: str,
) -> None:
    """Say what is missing on a cluster, and how to mend it. It changes nothing there."""
    from rich.text import Text

    from nbdag.cluster.api import Api
    from nbdag.cluster.connection import Place
    from nbdag.cluster.doctor import examine

    console = rich_console()
    bad = False
    marks = {"good": ("✓", "green"), "bad": ("✕", "red"), "unknown": ("?", "yellow")}
    api = Api(Place(namespace, context))
    found_all = examine(
        api, service_account=service_account, image=image, profile=profile, more=more
    )
    for found in found_all:
        mark, colour = marks[found.state]
        bad |= found.state == "bad"
        console.print(Text.assemble((f"{mark} ", colour), (found.what, "bold")))
        for line in filter(None, (found.details, found.fix and f"→ {found.fix}")):
            console.print(Text(f"    {line}"))
    ctx.exit(1 if bad else 0)

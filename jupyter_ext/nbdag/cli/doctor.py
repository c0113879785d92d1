"""`nbdag doctor`: says what a namespace of a cluster lacks for runs."""

from __future__ import annotations

import click

from .terminal import rich_console


@click.command()
@click.option("-n", "--namespace", default="", metavar="NAME", help="The namespace.")
@click.option("--context", default="", metavar="NAME", help="The context of the kubeconfig.")
@click.option("--service-account", default="", metavar="NAME", help="That of the steps' pods.")
@click.option("--image", default="", metavar="IMAGE", help="The image of the steps.")
@click.option("--profile", default="", metavar="SECURITY", help="restricted or openshift.")
@click.pass_context
def doctor(
    ctx: click.Context,
    /,
    *,
    namespace: str,
    context: str,
    service_account: str,
    image: str,
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
    for found in examine(api, service_account=service_account, image=image, profile=profile):
        mark, colour = marks[found.state]
        bad |= found.state == "bad"
        console.print(Text.assemble((f"{mark} ", colour), (found.what, "bold")))
        for line in filter(None, (found.details, found.fix and f"→ {found.fix}")):
            console.print(Text(f"    {line}"))
    ctx.exit(1 if bad else 0)

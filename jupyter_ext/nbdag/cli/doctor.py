"""`nbdag doctor`: says what a namespace of a cluster lacks for runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

from .arguments import context_option, more_option
from .terminal import rich_console

if TYPE_CHECKING:
    from rich.console import Console

    from nbdag.cluster.connection import Place
    from nbdag.cluster.doctor import Finding, State

_MARKS: Mapping[State, tuple[str, str]] = {
    "good": ("✓", "green"),
    "bad": ("✕", "red"),
    "unknown": ("?", "yellow"),
}


@click.command()
@click.option("-n", "--namespace", default="", metavar="NAME", help="The namespace.")
@context_option
@click.option("--service-account", default="", metavar="NAME", help="That of the steps' pods.")
@click.option("--image", default="", metavar="IMAGE", help="The image of the steps.")
@more_option
@click.option("--profile", default="", metavar="SECURITY", help="restricted or openshift.")
@click.option("--try", "tries", is_flag=True, help="Also run a small step there, and remove it.")
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
    tries: bool,
) -> None:
    """Say what is missing on a cluster, and how to mend it.

    It changes nothing there. With --try it runs a step: so it shows whether its image can be
    pulled, and its values stored and read. Of that a config map with the step's code stays.
    """
    from nbdag.cluster.api import Api
    from nbdag.cluster.connection import Place
    from nbdag.cluster.doctor import examine

    console = rich_console()
    place = Place(namespace, context)
    found_all = examine(
        Api(place), service_account=service_account, image=image, profile=profile, more=more
    )
    states = [_say(console, found) for found in found_all]
    if tries and "bad" not in states:
        tried = _tried(place, image, profile, service_account)
        states += [_say(console, found) for found in tried]
    ctx.exit(1 if "bad" in states else 0)


def _say(console: Console, found: Finding) -> State:
    """Print what was found as soon as it is; return what it means."""
    from rich.text import Text

    mark, colour = _MARKS[found.state]
    console.print(Text.assemble((f"{mark} ", colour), (found.what, "bold")))
    for line in filter(None, (found.details, found.fix and f"→ {found.fix}")):
        console.print(Text(f"    {line}"))
    return found.state


def _tried(place: Place, image: str, profile: str, account: str) -> Iterator[Finding]:
    from nbdag.cluster.named import named
    from nbdag.cluster.trial import try_out
    from nbdag_converters.compilers.argo import Options, parse_profile

    options = Options(
        image=image or None,
        profile=parse_profile(f"3.7:{profile or 'none'}"),
        repository=named(place.context).repository_pair if place.context else None,
        standalone=True,
    )
    return try_out(place, options, service_account=account)

"""`nbdag doctor`: says what a namespace of a cluster lacks for runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from .arguments import context_option, more_option
from .terminal import rich_console

if TYPE_CHECKING:
    from nbdag.cluster.connection import Place
    from nbdag.cluster.doctor import Finding


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
    from rich.text import Text

    from nbdag.cluster.connection import Place

    console = rich_console()
    bad = False
    marks = {"good": ("✓", "green"), "bad": ("✕", "red"), "unknown": ("?", "yellow")}
    asked = _Asked(Place(namespace, context), service_account, image, profile, more)
    for found in asked.findings(tries=tries):
        mark, colour = marks[found.state]
        bad |= found.state == "bad"
        console.print(Text.assemble((f"{mark} ", colour), (found.what, "bold")))
        for line in filter(None, (found.details, found.fix and f"→ {found.fix}")):
            console.print(Text(f"    {line}"))
    ctx.exit(1 if bad else 0)


@dataclass(frozen=True, slots=True)
class _Asked:
    place: Place
    account: str
    image: str
    profile: str
    more: tuple[str, ...]

    def findings(self, *, tries: bool) -> Iterator[Finding]:
        """Yield what there is to say; a step is tried only where nothing is in its way."""
        from nbdag.cluster.api import Api
        from nbdag.cluster.doctor import examine

        account, profile = self.account, self.profile
        seen: list[str] = []
        for found in examine(
            Api(self.place),
            service_account=account,
            image=self.image,
            profile=profile,
            more=self.more,
        ):
            seen.append(found.state)
            yield found
        if tries and "bad" not in seen:
            from nbdag.cluster.trial import try_out
            from nbdag_converters.compilers.argo import Options, parse_profile

            wanted = parse_profile(f"3.7:{profile or 'none'}")
            options = Options(image=self.image or None, profile=wanted, standalone=True)
            yield from try_out(self.place, options, service_account=account)

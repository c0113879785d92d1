"""The options of all commands that compile for Argo."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from nbdag_converters.build import Built
    from nbdag_converters.compilers.argo import Options

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--profile",
        default="3.7",
        metavar="VERSION[:SECURITY]",
        show_default=True,
        help="argo: its version, and what the namespace demands of pods: restricted or openshift.",
    ),
    click.option("--image", metavar="IMAGE", help="The image of steps that name none."),
    click.option(
        "-n",
        "--namespace",
        metavar="NAME",
        help="argo: the namespace of the objects; kfp: that of a run.",
    ),
    click.option(
        "--claim",
        "claims",
        multiple=True,
        metavar="NAME",
        help="A volume that exists as a claim.",
    ),
)


def argo_options(command: Command) -> Command:
    """Give a command the options; it gets their values as keywords."""
    return reduce(lambda made, option: option(made), reversed(_OPTIONS), command)


def options_of(  # noqa: PLR0913 - one for each option
    built: Built,
    *,
    profile: str,
    image: str | None,
    namespace: str | None,
    claims: tuple[str, ...],
    targets: tuple[str, ...] = (),
    context: str = "",
) -> Options:
    """Return what the values of the options mean to the compiler.

    Raises
    ------
    click.BadParameter
        If there is no such profile.
    """
    from nbdag.cluster.named import named
    from nbdag_converters.compilers.argo import Options, ProfileError, parse_profile
    from nbdag_converters.shipped import shipped_files

    try:
        wanted = parse_profile(profile)
    except ProfileError as error:
        raise click.BadParameter(str(error), param_hint="'--profile'") from None
    return Options(
        profile=wanted,
        image=image,
        namespace=namespace,
        claims=frozenset(claims),
        targets=targets,
        repository=named(context).repository_pair if context else None,
        files=shipped_files(built),
        python=built.notebook.python,
    )

"""`nbdag compile`: the text for a target."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .arguments import notebook_argument, output_option
from .terminal import report_diagnostics, say

if TYPE_CHECKING:
    from nbdag_converters.build import Built
    from nbdag_converters.compilers.base import Manifest


@click.command()
@notebook_argument
@click.option("--to", "target", required=True, metavar="TARGET", help="The target: argo or local.")
@click.option(
    "--profile",
    default="3.7",
    metavar="VERSION[:SECURITY]",
    show_default=True,
    help="argo: its version, and what the namespace demands of pods: restricted or openshift.",
)
@click.option("--image", metavar="IMAGE", help="argo: the image of steps that name none.")
@click.option("-n", "--namespace", metavar="NAME", help="argo: the namespace of the objects.")
@click.option(
    "--claim",
    "claims",
    multiple=True,
    metavar="NAME",
    help="argo: a volume that exists as a claim.",
)
@output_option
def compile(  # noqa: A001
    notebook: Path, target: str, output: Path | None, **options: str | tuple[str, ...] | None
) -> None:
    """Compile a notebook to the manifest of a target.

    For argo: a WorkflowTemplate and the config maps that it needs, for `kubectl apply -f`.
    """
    from nbdag_converters.build import build
    from nbdag_converters.compilers.base import find_compiler, targets

    if target not in targets():
        msg = f"'{target}' is not one of: {', '.join(targets())}."
        raise click.BadParameter(msg, param_hint="'--to'")
    built = build(notebook)
    if target == "argo":
        manifest = _argo(built, **options)  # type: ignore[arg-type]
    else:
        manifest = find_compiler(target).compile(built.pipeline)
    report_diagnostics(manifest.diagnostics, err=True)
    if output is None:
        say(manifest.text.removesuffix("\n"))
    else:
        from .files import write_text

        write_text(output, manifest.text)


def _argo(
    built: Built, *, profile: str, image: str | None, namespace: str | None, claims: tuple[str, ...]
) -> Manifest:
    from nbdag_converters.compilers.argo import Options, ProfileError, compile_argo, parse_profile
    from nbdag_converters.shipped import shipped_files

    try:
        wanted = parse_profile(profile)
    except ProfileError as error:
        raise click.BadParameter(str(error), param_hint="'--profile'") from None
    return compile_argo(
        built.pipeline,
        Options(
            profile=wanted,
            image=image,
            namespace=namespace,
            claims=frozenset(claims),
            files=shipped_files(built),
        ),
    )

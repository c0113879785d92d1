"""`nbdag compile`: the text for a target."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .argo import argo_options, options_of
from .arguments import notebook_argument, output_option
from .terminal import report_diagnostics, say


@click.command()
@notebook_argument
@click.option(
    "--to", "target", required=True, metavar="TARGET", help="The target: argo, kfp or local."
)
@argo_options
@output_option
def compile(  # noqa: A001
    notebook: Path, target: str, output: Path | None, **options: Any
) -> None:
    """Compile a notebook to the manifest of a target.

    For argo: a WorkflowTemplate and the config maps that it needs, for `kubectl apply -f`. For kfp:
    a package of Kubeflow Pipelines, as .yaml, .zip or .tar.gz by the end of the output's name.
    """
    from nbdag_converters.build import build
    from nbdag_converters.compilers.base import find_compiler, targets

    if target not in targets():
        msg = f"'{target}' is not one of: {', '.join(targets())}."
        raise click.BadParameter(msg, param_hint="'--to'")
    built = build(notebook)
    if target == "argo":
        from nbdag_converters.compilers.argo import compile_argo

        manifest = compile_argo(built.pipeline, options_of(built, **options))
    elif target == "kfp":
        from .kfp import compile_package

        manifest = compile_package(built, output, **options)
    else:
        manifest = find_compiler(target).compile(built.pipeline)
    report_diagnostics(manifest.diagnostics, err=True)
    if output is None:
        say(manifest.text.removesuffix("\n"))
    elif target == "kfp":
        from .files import write_bytes
        from .kfp import package_bytes

        write_bytes(output, package_bytes(manifest.text, output))
    else:
        from .files import write_text

        write_text(output, manifest.text)

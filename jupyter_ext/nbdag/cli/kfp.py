"""What `nbdag compile --to kfp` does with the options."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from nbdag_converters.build import Built
    from nbdag_converters.compilers.base import Manifest


def compile_package(
    built: Built,
    output: Path | None,
    *,
    profile: str,
    image: str | None,
    namespace: str | None,
    claims: tuple[str, ...],
) -> Manifest:
    """Return the package of a notebook.

    Raises
    ------
    click.BadParameter
        If an option means nothing for Kubeflow, or no package can be written to *output*.
    """
    from nbdag_converters.compilers.kfp import FORMATS, Options, compile_kfp
    from nbdag_converters.shipped import shipped_files

    if namespace is not None:
        msg = "a package has no namespace: it is that of the run."
        raise click.BadParameter(msg, param_hint="'--namespace'")
    if profile != "3.7":
        msg = "profiles are Argo's."
        raise click.BadParameter(msg, param_hint="'--profile'")
    if output is not None and not output.name.endswith(FORMATS):
        msg = f"a package of Kubeflow ends in one of: {', '.join(FORMATS)}."
        raise click.BadParameter(msg, param_hint="'--output'")
    options = Options(
        image=image,
        files=shipped_files(built),
        claims=frozenset(claims),
        python=built.notebook.python,
    )
    return compile_kfp(built.pipeline, options)


def package_bytes(text: str, output: Path) -> bytes:
    """Return what the file *output* is to hold."""
    from nbdag_converters.compilers.kfp import pack

    return pack(text, output.name)

"""What `nbdag compile --to kfp` and `nbdag submit --to kfp` do with the options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from nbdag.kubeflow.endpoint import Endpoint
    from nbdag_converters.build import Built
    from nbdag_converters.compilers.base import Manifest
    from nbdag_converters.model import Value

Command = TypeVar("Command", bound=Callable[..., Any])

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OPTIONS = (
    click.option("--endpoint", metavar="URL", help="kfp: the address of Kubeflow Pipelines."),
    click.option(
        "--token-file", type=_FILE, help="kfp: a file with a token; else NBDAG_KFP_TOKEN."
    ),
    click.option("--ca", type=_FILE, help="kfp: certificates to trust, as a file of PEM."),
)


def endpoint_options(command: Command) -> Command:
    """Give a command the options; it gets their values as keywords."""
    return reduce(lambda made, option: option(made), reversed(_OPTIONS), command)


def refuse_endpoint(endpoint: str | None, token_file: Path | None, ca: Path | None) -> None:
    """Refuse these options where Argo is the target.

    Raises
    ------
    click.UsageError
        If one is given.
    """
    if endpoint or token_file or ca:
        msg = "--endpoint, --token-file and --ca are for --to kfp; Argo's cluster is --context's."
        raise click.UsageError(msg)


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


def package_for(  # noqa: PLR0913 - of one command
    built: Built,
    *,
    endpoint: str | None,
    token_file: Path | None,
    ca: Path | None,
    profile: str,
    image: str | None,
    namespace: str | None,
    claims: tuple[str, ...],
    quiet: bool = False,
) -> tuple[str, Endpoint]:
    """Return the package of a notebook, and where it is to run; print what may be wrong with it.

    Raises
    ------
    click.UsageError
        If no address is given.
    PipelineError
        If the notebook can't be compiled.
    """
    from nbdag.kubeflow.endpoint import Endpoint

    from .terminal import report_diagnostics, say

    if not endpoint:
        msg = "--to kfp needs the address of Kubeflow Pipelines: --endpoint URL."
        raise click.UsageError(msg)
    manifest = compile_package(
        built, None, profile=profile, image=image, namespace=None, claims=claims
    )
    every = (*built.diagnostics, *manifest.diagnostics)
    warnings = [found for found in every if found.severity == "warning"]
    if warnings and not quiet:
        report_diagnostics(warnings, err=True)
        say(err=True)
    place = Endpoint(
        endpoint,
        namespace=namespace or built.pipeline.config.namespace or "",
        token_file=token_file,
        authorities=ca,
    )
    return manifest.text, place


def schedule_there(
    built: Built,
    values: Mapping[str, Value],
    crons: tuple[str, ...],
    concurrency: str,
    **chosen: Any,
) -> None:
    """Make a recurring run on Kubeflow Pipelines.

    Raises
    ------
    click.UsageError
        If it is said to be what Kubeflow doesn't have, or no address is given.
    PipelineError
        If the notebook can't be compiled, or Kubeflow refuses it.
    """
    from nbdag.kubeflow.schedule import schedule

    from .terminal import say

    if len(crons) != 1 or concurrency == "Replace":
        msg = "A recurring run on Kubeflow has one --cron, and can't replace a run that goes on."
        raise click.UsageError(msg)
    config = replace(built.pipeline.config, schedule=None, timezone=None)
    built = replace(built, pipeline=replace(built.pipeline, config=config))
    package, place = package_for(built, **chosen)
    at_once = 1 if concurrency == "Forbid" else 10
    made = schedule(
        built.pipeline, package, place, cron=crons[0], parameters=values, at_once=at_once
    )
    say(
        f"{made}: due by {crons[0]}, in the time zone of Kubeflow; its portal pauses and removes it"
    )

"""Arguments and options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from nbdag_converters.model import Parameter, Value


Command = TypeVar("Command", bound="Callable[..., Any]")


class NotebookPath(click.Path):
    """A notebook's path. It isn't looked at here: reading it says better what is wrong with it."""

    name = "notebook"

    def __init__(self) -> None:
        super().__init__(path_type=Path)


notebook_argument = click.argument("notebook", type=NotebookPath(), metavar="NOTEBOOK")
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, one line each, and nothing else."
)
output_option = click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file."
)
parameters_option = click.option(
    "-p",
    "--parameter",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a parameter of the notebook; may be given several times.",
)


def complete_run(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Return the ids of the runs in this folder."""
    from nbdag.runs.history import list_runs

    ids = [run.id for run in list_runs(Path())]
    return [name for name in (*ids, "last") if name.startswith(incomplete)]


run_argument = click.argument("run", metavar="RUN", shell_complete=complete_run)
folder_option = click.option(
    "-C",
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    help="The folder of the notebook; this one unless said.",
)


def parameter_values(given: Iterable[str], parameters: Iterable[Parameter]) -> dict[str, Value]:
    """Return the values of `name=value` texts, each of its parameter's type.

    Raises
    ------
    click.BadParameter
        If a text holds no `=`, a name is unknown, or a value isn't of the parameter's type.
    """
    from nbdag_converters.errors import ParameterError
    from nbdag_converters.parameters import check_values, parse_value

    known = {parameter.name: parameter for parameter in parameters}
    values: dict[str, Value] = {}
    try:
        for text in given:
            name, equals, value = text.partition("=")
            name = name.strip()
            if not equals or not name:
                msg = f"'{text}' is not NAME=VALUE."
                raise click.BadParameter(msg, param_hint="'-p'")
            values[name] = parse_value(known[name], value) if name in known else value
        check_values(tuple(known.values()), values)
    except ParameterError as problem:
        raise click.BadParameter(str(problem), param_hint="'-p'") from None
    return values


def check_targets(targets: Iterable[str], steps: Sequence[str], *, hint: str = "--target") -> None:
    """Refuse a target that is no step, with the nearest that is one; *hint* is the option."""
    import difflib

    for target in targets:
        if target not in steps:
            close = difflib.get_close_matches(target, steps, 1)
            advice = f"did you mean '{close[0]}'?" if close else f"they are: {', '.join(steps)}."
            msg = f"the notebook has no step '{target}'; {advice}"
            raise click.BadParameter(msg, param_hint=f"'{hint}'")


def complete_step(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Return the steps of the notebook on the line; none where it can't be read."""
    from nbdag_converters.build import build
    from nbdag_converters.errors import PipelineError

    # A line that isn't finished leaves its arguments unread.
    notebook: object = ctx.params.get("notebook") or next(iter(ctx.args), None)
    if notebook is None:
        return []
    try:
        names = [step.name for step in build(str(notebook)).pipeline]
    except PipelineError:
        return []
    return [name for name in names if name.startswith(incomplete)]


targets_option = click.option(
    "-t",
    "--target",
    "targets",
    multiple=True,
    metavar="STEP",
    shell_complete=complete_step,
    help="Run only this step and what it needs; may be given several times.",
)
executed_option = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="OUT.ipynb",
    help="Write the executed notebook, with the outputs of all cells that ran.",
)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _seconds(_ctx: click.Context, _param: click.Parameter, text: str | None) -> int | None:
    """Return the seconds of a time as `90s`, `10m`, `2h` or `1d`."""
    if text is None:
        return None
    number, unit = text.strip()[:-1], text.strip()[-1:]
    if unit not in _UNITS or not number.isdecimal():
        msg = f"'{text}' is not a time; write 90s, 10m or 2h."
        raise click.BadParameter(msg)
    return int(number) * _UNITS[unit]


def time_option(name: str, text: str, default: str | None = None) -> Callable[[Command], Command]:
    """Return an option whose value is a time, in seconds."""
    return click.option(
        name,
        callback=_seconds,
        default=default,
        show_default=default is not None,
        metavar="TIME",
        help=text,
    )


_CLUSTER = "nbdag.cluster"


def _keep_cluster(ctx: click.Context, _param: click.Parameter, text: str) -> None:
    ctx.meta[_CLUSTER] = text


def _context(ctx: click.Context, _param: click.Parameter, text: str) -> str:
    """Return the context, or `cluster:NAME` for a cluster that the settings name."""
    from nbdag.cluster.named import NAMED

    name = ctx.meta.get(_CLUSTER)
    if name and text:
        msg = "--cluster has a context of its own: say one of the two."
        raise click.UsageError(msg)
    return f"{NAMED}{name}" if name else text


def context_option(command: Command) -> Command:
    """Give a command the options that say which cluster; it gets them as `context`."""
    made = click.option(
        "--context",
        default="",
        callback=_context,
        metavar="NAME",
        help="The context of the kubeconfig.",
    )(command)
    return click.option(
        "--cluster",
        default="",
        is_eager=True,  # before the context, which takes it in
        expose_value=False,
        callback=_keep_cluster,
        metavar="NAME",
        help="A cluster that your settings name, in place of a context.",
    )(made)


more_option = click.option(
    "--with",
    "more",
    multiple=True,
    type=click.Choice(["schedules", "triggers", "relays"]),
    help="For more than runs that you start; may be given several times.",
)

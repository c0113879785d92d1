"""app: the group of all commands; each is imported when it is needed."""

from __future__ import annotations

import importlib
from typing import cast

import click

COMMANDS = (
    "check",
    "graph",
    "run",
    "submit",
    "schedule",
    "schedules",
    "trigger",
    "triggers",
    "verify",
    "compile",
    "tags",
    "tag",
    "config",
    "runs",
    "logs",
    "watch",
    "suspend",
    "resume",
    "stop",
    "retry",
    "compare",
    "metrics",
    "report",
    "open",
    "cache",
    "image",
    "setup",
    "doctor",
    "completion",
)
"""In the order of the help; a command `x` is `x` of the module `x`."""


class LazyGroup(click.Group):
    """A group whose commands are modules beside this one."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's
        cmd_name: str,
    ) -> click.Command | None:
        """Return the command of that name, `None` if there is none."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"{__package__}.{cmd_name}")
        return cast("click.Command", getattr(module, cmd_name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the arguments name; an unknown one is told with the nearest."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            close = difflib.get_close_matches(args[0], COMMANDS, 1)
            advice = f" Did you mean '{close[0]}'?" if close else ""
            ctx.fail(f"No such command '{args[0]}'.{advice}")
        return super().resolve_command(ctx, args)


def _show_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"nbdag {version('nbdag')}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 well, 1 the notebook or the run failed, 2 wrong usage, 130 interrupted.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an unexpected error.")
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Show the version and exit.",
)
def app(debug: bool) -> None:
    """Run a notebook as the DAG of its steps, with the notebook's own result."""

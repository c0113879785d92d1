"""`nbdag metrics`: what Prometheus is told of runs, and what it needs to watch them."""

from __future__ import annotations

import json
from pathlib import Path

import click

from .arguments import NotebookPath, output_option, time_option
from .terminal import say


@click.command()
@click.argument("notebook", type=NotebookPath(), metavar="[NOTEBOOK]", required=False)
@click.option("--rules", is_flag=True, help="Write rules as a file of Prometheus instead.")
@click.option(
    "--operator",
    is_flag=True,
    help="Write rules, and what has the controller asked, for the Prometheus operator instead.",
)
@click.option("--dashboard", is_flag=True, help="Write a dashboard for Grafana instead.")
@time_option("--late", "How long a pipeline may go without a success: 26h. Never late unless said.")
@click.option(
    "--slow",
    type=click.FloatRange(min=1, min_open=True),
    default=2.0,
    show_default=True,
    metavar="N",
    help="A run is slow that took N times as long as usual.",
)
@click.option(
    "-n", "--namespace", default="argo", show_default=True, metavar="NAME", help="The controller's."
)
@output_option
def metrics(  # noqa: PLR0913 - click passes one for each option
    notebook: Path | None,
    *,
    rules: bool,
    operator: bool,
    dashboard: bool,
    late: int | None,
    slow: float,
    namespace: str,
    output: Path | None,
) -> None:
    """Print the metrics of the runs of a notebook, or of all in this folder, for Prometheus.

    Runs on Argo are told by its controller, by the same names. With --output a file is written that
    the textfile collector of Prometheus's node exporter may read at any time.
    """
    from nbdag_converters import monitoring

    if rules + operator + dashboard > 1:
        msg = "--rules, --operator and --dashboard are one at a time."
        raise click.UsageError(msg)
    if rules or operator:
        from nbdag_converters.compilers.argo.yaml import to_yaml

        if rules:
            objects = [{"groups": monitoring.rule_groups(late=late or 0, slow=slow)}]
        else:
            made = monitoring.prometheus_rule(namespace, late=late or 0, slow=slow)
            objects = [made, monitoring.service_monitor(namespace)]
        text = to_yaml(objects)
    elif dashboard:
        text = json.dumps(monitoring.dashboard(), indent=1) + "\n"
    else:
        text = _of_runs(notebook)
    if output is None:
        say(text.removesuffix("\n"))
        return
    from .files import write_text

    write_text(output, text)


def _of_runs(notebook: Path | None) -> str:
    from nbdag.metrics import metrics_text

    from .runs import runs_at

    return metrics_text(runs_at(notebook or Path()))

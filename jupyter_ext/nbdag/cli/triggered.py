"""What `nbdag trigger` does on this machine: waits for files or requests, and runs the notebook."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nbdag.supervisor.arrivals import files, requests
from nbdag.supervisor.event import MISSING, counts, value_at, values_of
from nbdag.supervisor.started import run_here
from nbdag_converters.errors import ParameterError

from .terminal import say

if TYPE_CHECKING:
    from nbdag_converters.compilers.argo.events import Filter
    from nbdag_converters.model import Parameter, Value


@dataclass(frozen=True)
class Triggered:
    """Which events start a run of a notebook here, and with what."""

    notebook: Path
    parameters: tuple[Parameter, ...]
    fields: tuple[tuple[str, str], ...]
    filters: tuple[Filter, ...]
    once: str
    values: Mapping[str, Value]


def wait_here(triggered: Triggered, place: Path | int) -> None:
    """Start a run for each file of a folder, or for each request to a port."""
    if isinstance(place, Path):
        _watch(triggered, place)
    else:
        _listen(triggered, place)


def _watch(triggered: Triggered, folder: Path) -> None:
    if not folder.is_dir():
        msg = f"there is no folder '{folder}'."
        raise click.BadParameter(msg, param_hint="'--watch'")
    say(f"{triggered.notebook.name}: files in {folder} start runs; Ctrl-C ends it")
    _run(triggered, files(folder.absolute()))


def _listen(triggered: Triggered, port: int) -> None:
    try:
        with requests(port) as (number, bodies):
            where = f"http://127.0.0.1:{number}/"
            say(f"{triggered.notebook.name}: JSON posted to {where} starts runs; Ctrl-C ends it")
            _run(triggered, bodies)
    except (OSError, OverflowError) as error:
        msg = f"nothing can listen on port {port}: {error}."
        raise click.BadParameter(msg, param_hint="'--webhook'") from None


def _run(triggered: Triggered, events: Iterable[Any]) -> None:
    seen: set[str] = set()
    for event in events:
        if not counts(event, triggered.filters):
            continue
        if triggered.once:
            found = value_at(event, triggered.once)
            key = json.dumps(None if found is MISSING else found, sort_keys=True)
            if found is MISSING or key in seen:
                continue
            seen.add(key)
        try:
            given = values_of(event, triggered.fields, triggered.parameters)
        except ParameterError as problem:
            say(f"an event started no run: {problem}")
            continue
        run_here(triggered.notebook, {**triggered.values, **given}, say, "an event")

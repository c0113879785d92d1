"""Prepare: from what is asked for to the plan of a run, with its folder."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbdag.settings import RunSettings, cache_limit, default_jobs
from nbdag_converters.compilers.local import make_order
from nbdag_converters.model import Pipeline, Value
from nbdag_converters.parameters import check_values

from .base import RunError
from .cache import Place, RunCache, Store
from .history import RunFolder, create_run
from .interpreter import run_environment
from .plan import Ask, RunPlan
from .taken import Rest, Taken, done_steps, rest_from, take
from .targets import check_names, narrow


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for; `notebook` is absolute, `parameters` are all, `retried` an earlier run.

    `content` is the notebook's text where it isn't that of its file, as in an editor.
    """

    pipeline: Pipeline
    notebook: Path
    parameters: Mapping[str, Value]
    settings: RunSettings
    jobs: int | None = None
    ask: Ask | None = None
    retried: RunFolder | None = None
    content: bytes | None = None


def parameter_values(pipeline: Pipeline, given: Mapping[str, Value]) -> dict[str, Value]:
    """Return the values of all parameters: *given*, else their defaults.

    Raises
    ------
    ParameterError
        If one is unknown or has another type.
    """
    defaults = {parameter.name: parameter.default for parameter in pipeline.parameters}
    return {**defaults, **check_values(pipeline.parameters, given)}


def make_plan(request: Request, *, python: str, env: Mapping[str, str]) -> RunPlan:
    """Return the plan, and make the run's folder with all that is taken from earlier runs.

    Raises
    ------
    RunError
        If a step that is named isn't there, no earlier run has what is to be taken, or nothing can
        be written.
    """
    settings, jobs, path = request.settings, request.jobs, request.notebook
    if jobs is not None and jobs < 1:
        msg = f"At least one step must be able to run, so jobs can't be {jobs}."
        raise RunError(msg)
    part = narrow(request.pipeline, settings.targets)
    orders = _orders(request, part)
    rest = _rest(request, part, orders)
    if rest:
        part = rest.pipeline
        orders = {step.name: orders[step.name] for step in part.steps}
    folder = create_run(
        part,
        notebook=path,
        parameters=request.parameters,
        python=python,
        retried=request.retried,
        content=request.content,
    )
    cache = None
    if settings.cache:
        place = Place(folder, path.parent, python, {**os.environ, **run_environment(), **env})
        cache = RunCache(Store(folder.cache), part, orders, place, limit=cache_limit())
    return RunPlan(
        pipeline=part,
        orders=orders,
        folder=folder,
        cwd=path.parent,
        jobs=min(jobs or default_jobs(), part.config.parallelism or sys.maxsize),
        grace=settings.grace,
        cache=cache,
        taken=_take(rest, folder) if rest else {},
        ask=request.ask,
    )


def _orders(request: Request, part: Pipeline) -> dict[str, dict[str, Any]]:
    settings = request.settings
    return {
        step.name: make_order(
            request.pipeline,
            step,
            parameters=request.parameters,
            fingerprint=settings.fingerprint,
            keep=settings.keep,
        )
        for step in part.steps
    }


def _rest(request: Request, part: Pipeline, orders: Mapping[str, Mapping[str, Any]]) -> Rest | None:
    """Return what is to be taken from an earlier run, if anything is."""
    if request.retried:
        done = done_steps(request.retried, request.retried.state())
        names = tuple(name for name in done if not part.step(name).config.on_exit)
        return Rest(part, request.retried, names)
    wanted, settings = request.settings.from_steps, request.settings
    if not wanted:
        return None
    check_names(wanted, [step.name for step in part.steps])
    notebook = request.notebook
    return rest_from(part, orders, wanted, notebook=notebook, recorded=settings.recorded)


def _take(rest: Rest, folder: RunFolder) -> dict[str, Taken]:
    try:
        return take(rest.names, rest.source, folder)
    except OSError as error:
        shutil.rmtree(folder.path, ignore_errors=True)
        msg = f"The values of run {rest.source.id} can't be taken: {error.strerror}."
        raise RunError(msg) from None

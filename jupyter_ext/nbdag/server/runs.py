"""Routes about runs: start one, look at it, stop it, take what it displayed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import HTTPError, authenticated

from nbdag import reach
from nbdag.kernel.request import RunRequest, launch, request_from
from nbdag.runs.base import RunError
from nbdag.runs.events import Phase
from nbdag.runs.history import RunFolder, list_runs
from nbdag.runs.interpreter import find_python
from nbdag.runs.view import pipeline_view, run_view

from .handler import Handler, told
from .view import summary

_MOST = 100
"""How many runs a list has."""


class RunsHandler(Handler):
    """The runs of a notebook."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answer with the runs, the newest first, in short."""
        path = self.notebook()
        runs = await self.work(lambda: list_runs(path.parent, notebook=path.name)[:_MOST])
        self.finish({"runs": await self.work(lambda: [summary(run) for run in runs])})

    @authenticated
    @authorized
    async def post(self) -> None:
        """Start a run of the notebook as it is on the screen, and answer with its id."""
        body = self.body()
        file = str(self.notebook(body.pop("path", None)))
        content = _of_type(body, "notebook", dict)
        with told():
            request = request_from(body, notebook=file, content=json.dumps(content))
            run = await self.work(lambda: _start(request, content))
        self.set_status(201)
        self.finish({"run": run.id})


class RunHandler(Handler):
    """One run."""

    @authenticated
    @authorized
    async def get(self, run: str) -> None:
        """Answer with its state, and the pipeline as it was run."""
        folder = self.run(run)
        with told():
            pipeline = await self.work(folder.pipeline)
            state = await self.work(folder.state)
        self.finish({**run_view(state), "pipeline": pipeline_view(pipeline)})


class StopHandler(Handler):
    """The end of a run that goes on."""

    @authenticated
    @authorized
    async def post(self, run: str) -> None:
        """Ask it to stop; the stream tells when it has."""
        folder = self.run(run)
        with told():
            await self.work(lambda: reach.send(folder, "stop"))
        self.set_status(202)
        self.finish({})


class ApproveHandler(Handler):
    """The answer to a gate."""

    @authenticated
    @authorized
    async def post(self, run: str) -> None:
        """Let the step `node` through its gate, or, where `value` is false, fail it there."""
        folder, body = self.run(run), self.body()
        step, value = _of_type(body, "node", str), body.get("value", True)
        if not isinstance(value, bool):
            raise HTTPError(400, "`value` is neither true nor false.")
        with told():
            await self.work(lambda: _answer(folder, step, approved=value))
        self.set_status(202)
        self.finish({})


class OutputsHandler(Handler):
    """What the cells of a run displayed."""

    @authenticated
    @authorized
    async def get(self, run: str) -> None:
        """Answer with the outputs of the cells of one step, or of all, see `outputs_of_cells`."""
        from nbdag.runs.executed import outputs_of_cells

        folder, step = self.run(run), self.get_query_argument("step", None)
        with told():
            found = await self.work(lambda: outputs_of_cells(folder, step))
        self.finish(json.dumps({"cells": found}))


class LogHandler(Handler):
    """What the process of a step printed."""

    @authenticated
    @authorized
    async def get(self, run: str, step: str) -> None:
        """Answer with the log's text."""
        with told():
            folder = self.run_with(run, step)
            self.finish({"log": await self.work(lambda: folder.log(step))})


def _start(request: RunRequest, content: dict[str, Any]) -> RunFolder:
    """Start a run as a kernel of the notebook would: in its Python, with its variables."""
    from nbdag_converters.notebook import from_content

    path = Path(request.notebook)
    python, env = find_python(from_content(content, name=path.name, path=path).kernel)
    return launch(request, python=python, env={**os.environ, **env})


def _answer(run: RunFolder, step: str, *, approved: bool) -> None:
    state = run.state().steps.get(step)
    if state and state.phase is not Phase.SUSPENDED:
        msg = f"Step '{step}' does not wait for an answer (any more)."
        raise RunError(msg)
    reach.send(run, "resume" if approved else "deny", step)


def _of_type(body: dict[str, Any], name: str, kind: type) -> Any:
    value = body.get(name, kind())
    if not isinstance(value, kind):
        raise HTTPError(400, f"`{name}` is no {kind.__name__}.")
    return value

"""Routes about runs: start one, look at it, stop it, take what it displayed."""

from __future__ import annotations

import json
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import HTTPError, authenticated

from nbdag import reach
from nbdag.runs.base import RunError
from nbdag.runs.detached import RunRequest, start_detached
from nbdag.runs.events import Phase
from nbdag.runs.executed import outputs_of_cells
from nbdag.runs.history import RunFolder, list_runs

from .handler import Handler, told
from .view import pipeline_view, run_view, summary

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
        request = RunRequest(
            notebook=str(self.notebook(body.get("path"))),
            content=json.dumps(_of_type(body, "notebook", dict)),
            parameters=_of_type(body, "parameters", dict),
            targets=tuple(_of_type(body, "targets", list)),
            from_steps=tuple(_of_type(body, "from", list)),
        )
        with told():
            run = await self.work(lambda: start_detached(request))
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
        folder = self.run(run)
        with told():
            if step not in [known.name for known in folder.pipeline()]:
                raise HTTPError(404, f"Run {run} has no step '{step}'.")
            self.finish({"log": await self.work(lambda: folder.log(step))})


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

"""Routes about runs of the past: go on from one, compare two, open or delete one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from nbdag import reach
from nbdag.kernel.retry import launch_retry
from nbdag.runs.history import RunFolder

from .handler import Handler, told
from .view import summary

if TYPE_CHECKING:
    from nbdag.runs.compare import Comparison, Pair, StepComparison


class RetryHandler(Handler):
    """A run that goes on from another one."""

    @authenticated
    @authorized
    async def post(self, run: str) -> None:
        """Start it, and answer with its id."""
        folder = self.run(run)
        with told():
            new = await self.work(lambda: launch_retry(folder))
        self.set_status(201)
        self.finish({"run": new.id})


class RefreshHandler(Handler):
    """A run on a cluster that nobody follows."""

    @authenticated
    @authorized
    async def post(self, run: str) -> None:
        """Look how far it is, and answer with it in short."""
        folder = self.run(run)
        with told():
            await self.work(lambda: reach.refresh(folder))
        self.finish(await self.work(lambda: summary(folder)))


class DeleteHandler(Handler):
    """The end of what a run has left."""

    @authenticated
    @authorized
    async def post(self, run: str) -> None:
        """Delete it, with all its values."""
        folder = self.run(run)
        with told():
            await self.work(folder.delete)
        self.finish({})


class ExecutedHandler(Handler):
    """The notebook as a run executed it."""

    @authenticated
    @authorized
    async def get(self, run: str) -> None:
        """Answer with its content."""
        folder = self.run(run)
        with told():
            self.finish(await self.work(lambda: _executed(folder)))


class CompareHandler(Handler):
    """Two runs of a notebook."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answer with what differs between the runs `before` and `after`."""
        from nbdag.runs.compare import compare

        before, after = (self.run(self.get_query_argument(name)) for name in ("before", "after"))
        with told():
            found = await self.work(lambda: compare(before, after))
        self.finish(json.dumps(comparison_view(found), default=str))


def _executed(run: RunFolder) -> str:
    import nbformat

    from nbdag.runs.executed import executed_notebook

    reach.fetch_outputs(run)
    text: str = nbformat.writes(executed_notebook(run))
    return text


def comparison_view(found: Comparison) -> dict[str, Any]:
    """Return a comparison as JSON's data; `null` stands for what one run doesn't have."""
    return {
        "parameters": [_pair(pair) for pair in found.parameters],
        "metrics": [_pair(pair) for pair in found.metrics],
        "seconds": _pair(found.seconds),
        "steps": [_step(step) for step in found.steps],
    }


def _pair(pair: Pair) -> dict[str, Any]:
    from nbdag.runs.compare import ABSENT

    before, after = (None if side is ABSENT else side for side in (pair.before, pair.after))
    sides = {"before": before, "after": after}
    return {"name": pair.name, **sides, "same": pair.same, "difference": pair.difference}


def _step(step: StepComparison) -> dict[str, Any]:
    cells = [cell for change in step.cells if (cell := change.after or change.before)]
    return {
        "name": step.name,
        "phase": _pair(step.phase),
        "seconds": _pair(step.seconds),
        "changed": step.changed,
        "cells": [cell.number for cell in cells],
        "inputs": [*step.inputs],
        "parameters": [*step.parameters],
    }

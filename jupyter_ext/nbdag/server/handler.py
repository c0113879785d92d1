"""What all our routes have in common: who may, which notebook, and how errors are told."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.client import responses
from pathlib import Path
from typing import Any, TypeVar

from jupyter_server.base.handlers import APIHandler
from tornado.ioloop import IOLoop
from tornado.web import HTTPError

from nbdag.runs.base import RunError
from nbdag.runs.history import RunFolder
from nbdag_converters.errors import NotebookError, PipelineError

from .places import notebook_file, run_folder

RESOURCE = "nbdag"
"""What Jupyter's authorizers are asked about."""

_STATUS: tuple[tuple[type[PipelineError], int], ...] = (
    (NotebookError, 422),
    (RunError, 409),
    (PipelineError, 400),
)
_T = TypeVar("_T")


@contextmanager
def told() -> Generator[None]:
    """Answer with an error's own words where nbdag raises one."""
    try:
        yield
    except PipelineError as problem:
        status = next(status for kind, status in _STATUS if isinstance(problem, kind))
        raise HTTPError(status, str(problem), reason=type(problem).__name__) from None


class Handler(APIHandler):
    """A route of ours. Its methods are `@authenticated` and `@authorized`, each of them."""

    auth_resource = RESOURCE

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with `{"message": …}`: what went wrong, in words for people."""
        problem = kwargs.get("exc_info", (None, None, None))[1]
        message = responses.get(status_code, "Unknown error")
        if isinstance(problem, HTTPError) and problem.log_message:
            message = problem.log_message % problem.args
        self.set_header("Content-Type", "application/json")
        self.finish({"message": message, "reason": self._reason})

    def body(self) -> dict[str, Any]:
        """Return the JSON object that was sent."""
        data = self.get_json_body()
        if not isinstance(data, dict):
            raise HTTPError(400, "A JSON object is expected.")
        return data

    def notebook(self, path: object = None) -> Path:
        """Return the file of the notebook that is asked about: *path*, or the query's."""
        asked = self.get_query_argument("path") if path is None else path
        return notebook_file(self.contents_manager, asked)

    def run(self, name: str) -> RunFolder:
        """Return the run of that id of the notebook that the query names."""
        return run_folder(self.notebook(), name)

    def run_with(self, name: str, step: str) -> RunFolder:
        """Return that run, which has to have the step *step*."""
        folder = self.run(name)
        if step not in [known.name for known in folder.pipeline()]:
            raise HTTPError(404, f"Run {name} has no step '{step}'.")
        return folder

    async def work(self, function: Callable[[], _T]) -> _T:
        """Return what *function* does, in a thread: the server goes on meanwhile."""
        return await IOLoop.current().run_in_executor(None, function)

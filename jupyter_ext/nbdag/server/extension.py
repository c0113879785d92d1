"""What Jupyter Server loads: the routes below `nbdag/`."""

from __future__ import annotations

from typing import Any

from jupyter_server.utils import url_path_join

from .history import (
    CompareHandler,
    DeleteHandler,
    ExecutedHandler,
    RefreshHandler,
    RetryHandler,
)
from .runs import (
    ApproveHandler,
    LogHandler,
    OutputsHandler,
    RunHandler,
    RunsHandler,
    StopHandler,
)
from .sources import CheckHandler, FileHandler, ProposeHandler, TagsHandler
from .stream import StreamHandler
from .values import ValuesHandler

_RUN = r"nbdag/runs/(?P<run>[a-z0-9-]+)"
_STEP = r"(?P<step>[a-z_][a-z0-9_]*)"
ROUTES = (
    (r"nbdag/tags", TagsHandler),
    (r"nbdag/file", FileHandler),
    (r"nbdag/check", CheckHandler),
    (r"nbdag/propose", ProposeHandler),
    (r"nbdag/compare", CompareHandler),
    (r"nbdag/runs", RunsHandler),
    (_RUN, RunHandler),
    (rf"{_RUN}/stop", StopHandler),
    (rf"{_RUN}/approve", ApproveHandler),
    (rf"{_RUN}/retry", RetryHandler),
    (rf"{_RUN}/refresh", RefreshHandler),
    (rf"{_RUN}/delete", DeleteHandler),
    (rf"{_RUN}/executed", ExecutedHandler),
    (rf"{_RUN}/outputs", OutputsHandler),
    (rf"{_RUN}/steps/{_STEP}/log", LogHandler),
    (rf"{_RUN}/steps/{_STEP}/values", ValuesHandler),
    (r"nbdag/stream", StreamHandler),
)


def load(app: Any) -> None:
    """Add our routes to Jupyter Server's."""
    base = app.web_app.settings["base_url"]
    app.web_app.add_handlers(
        ".*$", [(url_path_join(base, route), handler) for route, handler in ROUTES]
    )

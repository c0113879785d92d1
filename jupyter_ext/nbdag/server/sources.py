"""Routes about the notebook as it is on the screen: what it becomes, and how it may be tagged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import HTTPError, authenticated

from nbdag_converters.build import build
from nbdag_converters.errors import NotebookError
from nbdag_converters.notebook import from_content
from nbdag_converters.tags import tags_json

from .handler import Handler
from .view import pipeline_view


class TagsHandler(Handler):
    """The tag language, as `nbdag tags --json` prints it."""

    @authenticated
    @authorized
    def get(self) -> None:
        """Answer with the table."""
        self.finish(tags_json())


class FileHandler(Handler):
    """Where a notebook is on the disk: what a client in its kernel has to know."""

    @authenticated
    @authorized
    def get(self) -> None:
        """Answer with `{"file": …}`."""
        self.finish({"file": str(self.notebook())})


class CheckHandler(Handler):
    """What a notebook becomes: its pipeline, where it can become one, and what there is to say."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Answer with `{"pipeline": … or null, "diagnostics": […]}`."""
        body = self.body()
        content = body.get("notebook")
        if not isinstance(content, dict):
            raise HTTPError(400, "`notebook` is no notebook.")
        path = self.notebook(body.get("path"))
        self.finish(await self.work(lambda: json.dumps(checked(content, path))))


def checked(content: dict[str, Any], path: Path) -> Mapping[str, object]:
    """Return the pipeline of a notebook, `None` where it has errors, and what was found."""
    try:
        built = build(from_content(content, name=path.name, path=path))
    except NotebookError as problem:
        return {"pipeline": None, "diagnostics": [asdict(found) for found in problem.diagnostics]}
    return {
        "pipeline": pipeline_view(built.pipeline),
        "diagnostics": [asdict(found) for found in built.diagnostics],
    }

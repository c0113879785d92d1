"""Routes about the notebook as it is on the screen: what it becomes, and how it may be tagged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import HTTPError, authenticated

from nbdag.runs.view import pipeline_view
from nbdag_converters.errors import NotebookError
from nbdag_converters.notebook import from_content
from nbdag_converters.tags import tags_json

from .handler import Handler, told


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


class ProposeHandler(Handler):
    """Steps for a notebook that has none."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Answer with `{"tags": […]}`: the tags of all cells, with steps by its headings."""
        body = self.body()
        content, by = body.get("notebook"), body.get("by", "heading")
        if not isinstance(content, dict) or by not in ("heading", "cell"):
            raise HTTPError(400, "`notebook` is no notebook, or `by` neither heading nor cell.")
        path = self.notebook(body.get("path"))
        from nbdag_converters.proposal import propose

        with told():
            source = from_content(content, name=path.name, path=path)
            self.finish({"tags": propose(source, by)})


def checked(content: dict[str, Any], path: Path) -> Mapping[str, object]:
    """Return the pipeline of a notebook, `None` where it has errors, and what was found."""
    # The analysis is loaded when it is first needed: JupyterLab starts without it.
    from nbdag_converters.build import build

    try:
        built = build(from_content(content, name=path.name, path=path))
    except NotebookError as problem:
        return {"pipeline": None, "diagnostics": [asdict(found) for found in problem.diagnostics]}
    return {
        "pipeline": pipeline_view(built.pipeline),
        "diagnostics": [asdict(found) for found in built.diagnostics],
    }

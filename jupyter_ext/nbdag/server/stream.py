"""The stream: one websocket a tab, on which it hears of the runs of the notebooks that it shows.

A tab sends `{"follow": "path/of.ipynb"}`, with the `run` that it knows, if any, and
`{"leave": …}`; it gets `{"path": …, "run": …, …}`, see `runs.view.run_view`,
`{"path": …, "gone": run}`, and `{"path": …, "error": …}`.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado.web import HTTPError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from .following import follow
from .handler import RESOURCE
from .places import notebook_file


# Two bases call a parameter of check_origin by two names; Jupyter Server's own handlers do so.
class StreamHandler(  # pyright: ignore[reportIncompatibleMethodOverride]
    WebSocketMixin, WebSocketHandler, JupyterHandler
):
    """The server's end of one tab's stream."""

    auth_resource = RESOURCE

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Open it, for who may read."""
        allowed = self.authorizer.is_authorized(self, self.current_user, "read", RESOURCE)
        if not (await allowed if asyncio.iscoroutine(allowed) else allowed):
            raise HTTPError(403)
        self._following: dict[str, asyncio.Task[None]] = {}
        await super().get(*args, **kwargs)

    def on_message(self, message: str | bytes) -> None:
        """Follow a notebook, or no longer."""
        try:
            data = json.loads(message)
            verb, path = next(iter(data.items()))
            known = str(data.get("run", ""))
        except (ValueError, AttributeError, StopIteration):
            return
        if not isinstance(path, str):
            return
        task = self._following.pop(path, None)
        if task:
            task.cancel()
        if verb == "follow":
            self._following[path] = asyncio.ensure_future(self._tell(path, known))

    def on_close(self) -> None:
        """Follow nothing any more."""
        super().on_close()
        for task in self._following.values():
            task.cancel()

    async def _tell(self, path: str, known: str) -> None:
        try:
            async for told in follow(notebook_file(self.contents_manager, path), known):
                await self.write_message(json.dumps({"path": path, **told}))
        except HTTPError as problem:
            await self.write_message(json.dumps({"path": path, "error": problem.log_message}))
        except WebSocketClosedError:
            pass
        except Exception:
            self.log.exception("nbdag can't follow the runs of %s", path)
            await self.write_message(
                json.dumps({"path": path, "error": "The server has an error."})
            )

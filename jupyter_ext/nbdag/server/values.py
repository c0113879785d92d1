"""The route about the values that a step of a run has left."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from nbdag.runs.values import saved_values

from .handler import Handler, told


class ValuesHandler(Handler):
    """What a step has saved, by name, type and size; no value is loaded into the server."""

    @authenticated
    @authorized
    async def get(self, run: str, step: str) -> None:
        """Answer with `{"values": [{"name", "type", "bytes"}, …]}`."""
        with told():
            folder = self.run_with(run, step)
            self.finish({"values": await self.work(lambda: saved_values(folder, step))})

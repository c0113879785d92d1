"""A tab that asks a Jupyter Server, without a browser."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

Fetch: TypeAlias = Callable[..., Awaitable[Any]]
PATH = "deep/numbers.ipynb"


def notebook(*sources: str) -> dict[str, Any]:
    """Return a notebook with a step of each source: `a`, `b`, ….."""
    cells: list[dict[str, Any]] = [
        {
            "id": f"c{number}",
            "cell_type": "code",
            "metadata": {"tags": [f"step:{'abcdef'[number - 1]}"]},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for number, source in enumerate(sources, 1)
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@dataclass(frozen=True)
class Answer:
    """What the server says."""

    status: int
    data: dict[str, Any]


class Tab:
    """Asks the server as a tab does."""

    def __init__(self, fetch: Fetch, root: Path) -> None:
        self._fetch = fetch
        self.file = root / PATH
        self.file.parent.mkdir()
        self.file.write_text(json.dumps(notebook("print('saved')")))

    async def get(self, *route: str, path: str = PATH, **query: str) -> Answer:
        """Ask for something about the notebook."""
        return await self._ask(*route, params={"path": path, **query})

    async def post(self, *route: str, path: str = PATH, **body: Any) -> Answer:
        """Ask for something to be done with the notebook."""
        return await self.send(path, body, *route)

    async def send(self, path: str, body: dict[str, Any], *route: str) -> Answer:
        """Send *body* about the notebook at *path*."""
        data = json.dumps({"path": path, **body})
        return await self._ask(*route, method="POST", body=data, params={"path": path})

    async def _ask(self, *route: str, **options: Any) -> Answer:
        response = await self._fetch("nbdag", *route, raise_error=False, **options)
        return Answer(response.code, json.loads(response.body))

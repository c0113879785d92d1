"""Fetch: brings what steps have left on a cluster into the run's folder."""

from __future__ import annotations

from nbdag.runs.base import RunError
from nbdag.runs.history import RunFolder

from .api import Api
from .connection import Place
from .link import Link, link_of
from .store import Store

_SHOWN = ("outputs.jsonl", "report.json")


class Fetch:
    """Fetches files of a run, each once.

    Raises
    ------
    RunError
        If the store isn't known, or can't be read.
    """

    def __init__(self, run: RunFolder, api: Api | None = None) -> None:
        self._run, self._api = run, api
        self._store: Store | None = None

    def step(self, name: str) -> None:
        """Fetch what a step displayed, and the guard's report."""
        self._some(name, "", "")

    def part(self, name: str, folder: str) -> None:
        """Fetch the same of a part of its loop, which has that folder."""
        self._some(name, folder if folder == "items" else f"parts/{folder}", folder)

    def values(self, name: str) -> None:
        """Fetch the values that a step left."""
        path = self._run.steps / name / "values.nbv"
        if not path.exists():
            self.store().fetch(f"{self._link.tasks[name]}/values.nbv", path)

    def files(self, name: str, number: int) -> bytes:
        """Return the archive of files that a step has written, b"" where there is none."""
        path = self._run.steps / name / "files.tar"
        found = self.store().fetch(f"_files/{number}.tar", path)
        return path.read_bytes() if found else b""

    def _some(self, name: str, there: str, here: str) -> None:
        for file in _SHOWN:
            path = self._run.steps / name / here / file
            if not path.exists():
                top = "_reports" if file == "report.json" else ""
                key = "/".join(filter(None, (top, self._link.tasks[name], there, file)))
                self.store().fetch(key, path)

    @property
    def _link(self) -> Link:
        return link_of(self._run)

    def store(self) -> Store:
        """Return the artifact store of the run."""
        if self._store is None:
            link = self._link
            if link.repository is None:
                msg = f"It isn't known where the artifacts of run {self._run.id} are."
                raise RunError(msg)
            api = self._api or Api(Place(link.namespace, link.context))
            self._store = Store(link.repository, link.uid, api)
        return self._store

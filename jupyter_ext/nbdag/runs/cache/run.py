"""RunCache: the cache as one run uses it; Recalled: an outcome that it gave back."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbdag.runs.history import RunFolder
from nbdag_converters.compilers import embed
from nbdag_converters.model import Pipeline, Step

from .digests import digest_values
from .environment import packages_of, variables_of
from .files import Contents, changed_since
from .key import Version, cell_numbers, key_of, sources_of, versions_of
from .outcome import VALUES, TooLargeError, read_outcome, read_report, write_outcome
from .steady import speaks_of_time, unsteady
from .store import Store, prune
from .written import UnkeptError, keep_written, restore_written

_KEPT_MESSAGES = ("metric", "decided")
_OWN_STEP = ("values.nbv", "outputs.jsonl", "report.json", "log.txt")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run happens: its history, the notebook's folder, the Python and the variables."""

    folder: RunFolder
    cwd: Path
    python: str
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Recalled:
    """A step that need not run: what its process said then, and how many seconds it took."""

    messages: tuple[Mapping[str, Any], ...]
    seconds: float


@dataclass(slots=True)
class _Pending:
    """A step that runs: the key under which its outcome will be kept."""

    key: str
    started: float
    named: frozenset[str]


class RunCache:
    """Finds and keeps outcomes for the steps of one run; used by one thread."""

    def __init__(
        self,
        store: Store,
        pipeline: Pipeline,
        orders: Mapping[str, Mapping[str, Any]],
        place: Place,
        *,
        limit: int,
    ) -> None:
        self._store = store
        self._pipeline = pipeline
        self._orders = orders
        self._place = place
        self._limit = limit
        self._contents = Contents(place.cwd)
        self._digests: dict[str, Mapping[str, str]] = {}
        self._pending: dict[str, _Pending] = {}
        self._kept: dict[str, Path] = {}
        self._messages: dict[str, list[Mapping[str, Any]]] = {}
        self._common: str | None = None

    @property
    def empty(self) -> bool:
        """Whether no outcome is known of any step."""
        return self._store.empty

    def recall(self, name: str) -> Recalled | None:
        """Give back the outcome of a step that may start now, if it is known; else remember why.

        Then the step's folder and the files that it writes are as if it had run.
        """
        step = self._pipeline.step(name)
        if step.config.cache is False:
            return None
        named = frozenset(path for path in step.reads_files if path != "*")
        key = self._key(step, named)
        if key is None:
            return None
        self._pending[name] = _Pending(key, time.time(), named)
        for path, entry in self._store.find(key):
            if self._fits(entry) and self._give(name, entry):
                self._store.used(path)
                self._digests[name] = entry["digests"]
                del self._pending[name]
                messages = tuple(self._renumbered(name, entry))
                return Recalled(messages, float(entry["seconds"]))
        return None

    def starts(self, name: str) -> None:
        """Note that the process of a step starts now, again or for the first time."""
        self._messages[name] = []
        if name in self._pending:
            self._pending[name].started = time.time()

    def hear(self, message: Mapping[str, Any]) -> None:
        """Take in what a step's process says."""
        if message.get("event") in _KEPT_MESSAGES:
            self._messages.setdefault(str(message.get("step")), []).append(message)

    def keep(self, name: str) -> str:
        """Keep the outcome of a step that did well; return why it isn't kept, "" if it is."""
        pending = self._pending.pop(name, None)
        if pending is None:
            return ""
        step = self._pipeline.step(name)
        try:
            report = read_report(self._place.folder.steps / name)
        except (OSError, ValueError):
            return "its report can't be read"
        reasons = () if step.config.cache else unsteady(step, self._orders[name], report)
        reason = next(iter(reasons), "")
        if reason:
            return reason
        try:
            with self._store.writing():
                self._kept[name] = self._keep(step, pending, report)
        except (UnkeptError, TooLargeError) as error:
            return str(error) or "what it displays is too large"
        except (OSError, ValueError) as error:
            return f"it can't be written to the cache: {error}"
        return ""

    def forget(self, name: str) -> None:
        """Remove the outcome of a step that turned out to be wrong."""
        self._pending.pop(name, None)
        path = self._kept.pop(name, None)
        if path is not None:
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """Make room where the store has grown too large."""
        if self._kept:
            prune(self._store, self._limit)

    # Keys -------------------------------------------------------------------------------

    def _key(self, step: Step, named: frozenset[str]) -> str | None:
        """Return the step's key; `None` where a value that it takes can't be read."""
        order = self._orders[step.name]
        try:
            inputs = {version: self._digest(version) for version in versions_of(order)}
        except (OSError, ValueError):
            return None
        given = {**self._place.environment, **dict((*self._config_env(), *step.config.env))}
        context = [
            self._common_context(),
            sorted(variables_of(sources_of(order), given).items()),
            sorted(dict(step.config.env).items()),
            [[path, self._contents.at(path)] for path in sorted(named)],
        ]
        return key_of(order, inputs=inputs, context=context)

    def _config_env(self) -> tuple[tuple[str, str], ...]:
        return self._pipeline.config.env

    def _common_context(self) -> str:
        if self._common is None:
            runtime = hashlib.sha256("\n".join(embed.read_sources().values()).encode())
            env = repr(sorted(self._config_env()))
            parts = [runtime.hexdigest(), packages_of(self._place.python), env]
            self._common = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        return self._common

    def _digest(self, version: Version) -> str:
        """Return the digest of a version's value, that of the first step that ran."""
        for step in version.steps:
            if step not in self._digests:
                path = self._place.folder.steps / step / VALUES
                if not path.exists():
                    continue
                self._digests[step] = digest_values(path).names
            return self._digests[step].get(version.name, "absent")
        return "unset"

    # Entries ----------------------------------------------------------------------------

    def _fits(self, entry: Mapping[str, Any]) -> bool:
        """Return whether the files that the step was seen to read are as they were."""
        return all(self._contents.at(path) == was for path, was in entry["reads"].items())

    def _give(self, name: str, entry: Mapping[str, Any]) -> bool:
        folder = self._place.folder.steps / name
        folder.mkdir(exist_ok=True)
        numbers = self._numbers(name, entry)
        given = write_outcome(entry, folder, self._store, numbers) and restore_written(
            entry["writes"], self._place.cwd, self._store, self._contents
        )
        if not given:
            for file in _OWN_STEP:
                (folder / file).unlink(missing_ok=True)
        return given

    def _numbers(self, name: str, entry: Mapping[str, Any]) -> dict[int, int]:
        now = cell_numbers(self._orders[name])
        return dict(zip(entry["cells"], now, strict=True))

    def _renumbered(self, name: str, entry: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        numbers = self._numbers(name, entry)
        for message in entry["messages"]:
            cell = message.get("cell")
            moved = {"cell": numbers.get(cell, cell)} if cell is not None else {}
            yield {**message, "step": name, **moved}

    def _keep(self, step: Step, pending: _Pending, report: Mapping[str, Any]) -> Path:
        writes = sorted(
            {*report["writes"], *(path for path in step.writes_files if not path.endswith("*"))}
        )
        own = {*report.get("own", ()), *pending.named}
        reads = self._reads(report, pending, own)
        written: dict[str, Any] = {}
        for path in writes:
            made = keep_written(path, self._place.cwd, self._store)
            if made is None and path not in report["writes"]:
                continue  # the code might have written it, and did not
            self._check_known_before(step, path, made, own)
            written[path] = made
        values = self._place.folder.steps / step.name / VALUES
        digests = digest_values(values)
        self._digests[step.name] = digests.names
        entry = {
            "reads": reads,
            "writes": written,
            "digests": digests.names,
            "messages": self._messages.get(step.name, []),
            "cells": cell_numbers(self._orders[step.name]),
            "seconds": round(time.time() - pending.started, 3),
            **read_outcome(self._place.folder.steps / step.name, digests.whole, self._store),
        }
        return self._store.add(pending.key, entry)

    def _reads(self, report: Mapping[str, Any], pending: _Pending, own: set[str]) -> dict[str, str]:
        """Return what lay at the paths that the step read, as far as that is known after it."""
        reads: dict[str, str] = {}
        for path in (*report["reads"], *report.get("outside", {}).get("reads", ())):
            if path in own:
                continue
            full = self._place.cwd / path
            if path in report["writes"] or _holds(path, report["writes"], full):
                msg = f"it reads {path} and changes it"
                raise UnkeptError(msg)
            if full.is_file() and changed_since(full, pending.started):
                msg = f"{path} was changed while it ran"
                raise UnkeptError(msg)
            if path.endswith(".py") and full.is_file() and speaks_of_time(full.read_bytes()):
                msg = f"the module {path} reads the clock or draws random numbers without a seed"
                raise UnkeptError(msg)
            reads[path] = self._contents.at(path)
        return reads

    def _check_known_before(self, step: Step, path: str, made: object, own: set[str]) -> None:
        """Refuse what depends on whether there was something at *path* before."""
        code = "\n".join(sources_of(self._orders[step.name]))
        if made is None and path not in own:
            msg = f"it removes {path}"
            raise UnkeptError(msg)
        if made == {"folder": True} and path not in own and "exist_ok" not in code:
            msg = f"it makes the folder {path}, which fails where there is one"
            raise UnkeptError(msg)


def _holds(path: str, writes: list[str], full: Path) -> bool:
    """Return whether *path* is a folder whose names the step changed."""
    start = "" if path == "." else f"{path}/"
    return full.is_dir() and any(
        written.startswith(start) and "/" not in written[len(start) :] for written in writes
    )

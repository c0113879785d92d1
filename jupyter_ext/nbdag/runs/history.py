"""History: what runs leave behind, in `.nbdag/runs/<run id>/` beside the notebook.

| file | holds |
|---|---|
| `run.json` | id, notebook, time, parameters, Python, process |
| `pipeline.json` | the pipeline as it was run |
| `notebook.ipynb` | the notebook as it was run |
| `events.jsonl` | the run's events, see `events` |
| `steps/<step>/` | what the runtime wrote: `values.nbv outputs.jsonl report.json`, and `log.txt` |
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, cast

from nbdag_converters.model import Pipeline, Value, pipeline_from_json, pipeline_to_json

from .base import RunError
from .events import Phase, Run, RunEvent, fold, parse_events
from .files import write_atomic
from .parts import log_of_parts
from .process import is_alive, own_start

FOLDER = ".nbdag"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one run; nothing is read before you ask for it."""

    path: Path

    @property
    def id(self) -> str:
        """The run's id, as `20261124-140312-fraud-x7k2`; they sort by time (UTC)."""
        return self.path.name

    @property
    def steps(self) -> Path:
        """The folder with a folder of each step: the runtime's `NBDAG_VALUES`."""
        return self.path / "steps"

    @property
    def events_file(self) -> Path:
        """The file to which events are appended."""
        return self.path / "events.jsonl"

    @property
    def cache(self) -> Path:
        """The folder in which runs of this notebook's folder keep outcomes for each other."""
        runs = self.path.parent
        if runs.name == "runs":
            return runs.parent / "cache"
        return runs.parents[1] / "cache" / runs.name

    def facts(self) -> Mapping[str, Any]:
        """Return what `run.json` says; empty where there is none."""
        return _read_json(self.path / "run.json")

    def pipeline(self) -> Pipeline:
        """Return the pipeline as it was run."""
        return pipeline_from_json(self._text("pipeline.json"))

    def notebook(self) -> str:
        """Return the text of the notebook as it was run."""
        return self._text("notebook.ipynb")

    def events(self) -> tuple[RunEvent, ...]:
        """Return all events until now; a last line that isn't whole is left out."""
        try:
            return parse_events(self.events_file.read_text(encoding="utf-8", errors="replace"))
        except FileNotFoundError:
            return ()

    def state(self) -> Run:
        """Return the run's state; one whose process is gone without a word was killed."""
        run = fold(self.events())
        if run.phase.done or self._alive():
            return run
        return _killed(run)

    def report(self, step: str) -> Mapping[str, Any]:
        """Return the guard's report of a step, empty where there is none."""
        return _read_json(self.steps / step / "report.json")

    def outputs(self, step: str) -> tuple[Mapping[str, Any], ...]:
        """Return what the step displayed: `{"cell": number, "output": nbformat's output}`."""
        try:
            text = (self.steps / step / "outputs.jsonl").read_text(encoding="utf-8")
        except FileNotFoundError:
            return ()
        return tuple(_whole_lines(text))

    def log(self, step: str) -> str:
        """Return what the step's process printed, of its last attempt, "" where it never ran.

        Of a loop that fans out and goes on it is what its parts have printed.
        """
        folder = self.steps / step
        try:
            text = (folder / "log.txt").read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            text = ""
        if text or not (folder / "items").exists():
            return text
        return "".join(log_of_parts(folder))

    def delete(self) -> None:
        """Remove the run with all its values.

        Raises
        ------
        RunError
            If it still goes on.
        """
        if not fold(self.events()).phase.done and self._alive():
            msg = f"Run {self.id} still goes on; stop it before you delete it."
            raise RunError(msg)
        shutil.rmtree(self.path)

    def _text(self, name: str) -> str:
        try:
            return (self.path / name).read_text(encoding="utf-8")
        except OSError as error:
            msg = f"Run {self.id} can't be read: {self.path / name}: {error.strerror}."
            raise RunError(msg) from None

    def _alive(self) -> bool:
        facts = self.facts()
        pid = facts.get("pid")
        if facts.get("host") != platform.node() or type(pid) is not int:
            # Another machine's process can't be seen from here: believe the events.
            return bool(facts)
        return is_alive(pid, facts.get("pid_started"))


def cache_folders(folder: Path) -> tuple[Path, ...]:
    """Return where outcomes of notebooks in *folder* are kept; they need not be there."""
    return tuple(RunFolder(root / "any").cache for root in folders_of_runs(folder))


def create_run(  # noqa: PLR0913 - what is known before it starts
    pipeline: Pipeline,
    *,
    notebook: Path,
    parameters: Mapping[str, Value],
    python: str,
    retried: RunFolder | None = None,
    remote: bool = False,
    content: bytes | None = None,
    began: datetime | None = None,
) -> RunFolder:
    """Make the folder of a new run, with all that is known before it starts.

    It lies beside the notebook, or, where nothing can be written there, in the user's data folder.
    The notebook is kept as it is now, or as *content* says (none where that is empty), or as it was
    in the run that is *retried*. A *remote* run is not driven by this process, nor by any of this
    machine; it may have *began* before.

    Raises
    ------
    RunError
        If nothing can be written there either.
    """
    now = began or datetime.now(timezone.utc)
    folder = _make_folder(notebook, now)
    facts = {
        "id": folder.name,
        "notebook": str(notebook),
        "time": now.timestamp(),
        "parameters": parameters,
        "python": python,
        **({} if remote else _process()),
        **({"retried": retried.id} if retried else {}),
    }
    try:
        (folder / "steps").mkdir()
        write_atomic(folder / "pipeline.json", pipeline_to_json(pipeline).encode())
        original = retried.path / "notebook.ipynb" if retried else notebook
        if content is not None or original.exists():
            kept = original.read_bytes() if content is None else content
            if kept:
                write_atomic(folder / "notebook.ipynb", kept)
        facts["digest"] = plan_digest(folder, parameters)
        # Last, as a folder with this file is a run.
        write_atomic(folder / "run.json", (json.dumps(facts, indent=1) + "\n").encode())
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        msg = f"The run can't be written to {folder}: {error.strerror}."
        raise RunError(msg) from None
    return RunFolder(folder)


def _process() -> dict[str, object]:
    """Return who drives a run of this process."""
    return {"host": platform.node(), "pid": os.getpid(), "pid_started": own_start()}


def plan_digest(folder: Path, parameters: object) -> str:
    """Return a hash of what a run was to do: its pipeline, its notebook and its parameters."""
    digest = hashlib.sha256(json.dumps(parameters, sort_keys=True).encode())
    for name in ("pipeline.json", "notebook.ipynb"):
        path = folder / name
        digest.update(hashlib.sha256(path.read_bytes() if path.exists() else b"").digest())
    return digest.hexdigest()


def list_runs(folder: Path, *, notebook: str | None = None) -> tuple[RunFolder, ...]:
    """Return the runs of the notebooks in *folder*, or of the one named so, the newest first."""
    found = [run for root in folders_of_runs(folder) for run in _runs_in(root)]
    if notebook is not None:
        found = [run for run in found if Path(run.facts().get("notebook", "")).name == notebook]
    return tuple(sorted(found, key=lambda run: (run.facts().get("time", 0), run.id), reverse=True))


def find_run(prefix: str, folder: Path) -> RunFolder:
    """Return the run in *folder* whose id, or last part of it, starts with *prefix*.

    `last` is the newest.

    Raises
    ------
    RunError
        If there is none, or more than one.
    """
    runs = list_runs(folder)
    if prefix == "last" and runs:
        return runs[0]
    exact = [run for run in runs if run.id == prefix]
    found = exact or [run for run in runs if prefix and _matches(run.id, prefix)]
    if len(found) == 1:
        return found[0]
    if not found:
        known = ", ".join(run.id for run in runs[:5]) or "none"
        msg = f"There is no run '{prefix}' in {folder}; the newest are: {known}."
    else:
        msg = f"'{prefix}' may be any of: {', '.join(run.id for run in found[:5])}."
    raise RunError(msg)


def _matches(run_id: str, prefix: str) -> bool:
    return run_id.startswith(prefix) or run_id.rpartition("-")[2].startswith(prefix)


def _killed(run: Run) -> Run:
    message = "was killed"
    steps = {
        name: replace(step, phase=Phase.FAILED, problem="killed", message=message, running=None)
        if step.phase is Phase.RUNNING
        else step
        if step.phase.done
        else replace(step, phase=Phase.SKIPPED, message=f"the run {message}")
        for name, step in run.steps.items()
    }
    return replace(run, phase=Phase.FAILED, message=message, steps=steps)


# Where runs lie -------------------------------------------------------------------------


def folders_of_runs(folder: Path) -> tuple[Path, Path]:
    """Return where runs of notebooks in *folder* lie: beside them, else in the user's data."""
    from jupyter_core.paths import jupyter_data_dir

    absolute = folder.absolute()
    key = hashlib.sha256(str(absolute.resolve()).encode()).hexdigest()[:12]
    name = f"{_slug(absolute.name)}-{key}"
    return absolute / FOLDER / "runs", Path(jupyter_data_dir()) / "nbdag" / "runs" / name


def _make_folder(notebook: Path, now: datetime) -> Path:
    problems: list[str] = []
    for root in folders_of_runs(notebook.parent):
        made = _make_run(root, notebook, now)
        if isinstance(made, Path):
            return made
        problems.append(f"{root}: {made.strerror}")
    msg = f"A run needs a folder for its values, but none can be written: {'; '.join(problems)}."
    raise RunError(msg)


def _ignore(folder: Path) -> None:
    if not (folder / ".gitignore").exists():
        write_atomic(folder / ".gitignore", b"*\n")


def _make_run(root: Path, notebook: Path, now: datetime) -> Path | OSError:
    """Return a new folder in *root*, or why there can't be one."""
    # A million suffixes: two runs of one second that got the same one fail to make the folder.
    suffix = "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(4))
    path = root / f"{now:%Y%m%d-%H%M%S}-{_slug(notebook.stem)}-{suffix}"
    try:
        root.mkdir(parents=True, exist_ok=True)
        _ignore(root.parent)
        path.mkdir()
    except OSError as error:
        return error
    return path


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:24].strip("-") or "notebook"


def _runs_in(root: Path) -> Iterator[RunFolder]:
    if root.is_dir():
        for path in root.iterdir():
            if (path / "run.json").is_file():
                yield RunFolder(path)


def _read_json(path: Path) -> Mapping[str, Any]:
    try:
        return _parse(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError):
        return {}


def _whole_lines(text: str) -> Iterator[Mapping[str, Any]]:
    for line in text.split("\n"):
        data = _parse(line)
        if data is not None:
            yield data


def _parse(text: str) -> Mapping[str, Any] | None:
    """Return the object that *text* is; `None` for anything else, as half a line."""
    try:
        data: object = json.loads(text)
    except ValueError:
        return None
    return cast("dict[str, Any]", data) if isinstance(data, dict) else None

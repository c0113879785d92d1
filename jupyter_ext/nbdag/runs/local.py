"""Local runs: a pipeline's steps in parallel processes on this machine."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
import time
import weakref
from collections.abc import Mapping
from pathlib import Path

from nbdag.settings import RunSettings, cache_limit, default_jobs
from nbdag_converters.compilers.local import make_order
from nbdag_converters.model import Pipeline, Value
from nbdag_converters.parameters import check_values

from .base import OnEvent, RunError
from .cache import Place, RunCache, Store
from .channel import Channel
from .deferred import Deferred
from .driver import Driver
from .events import Run, RunEvent
from .history import RunFolder, create_run
from .interpreter import find_python, run_environment
from .isolated import Isolated
from .launcher import Launcher
from .plan import RunPlan
from .preload import preloads
from .process import own_start
from .recorder import Recorder
from .targets import narrow
from .zygote import Zygote


def start(
    pipeline: Pipeline,
    *,
    notebook: Path,
    parameters: Mapping[str, Value] | None = None,
    jobs: int | None = None,
    settings: RunSettings | None = None,
    on_event: OnEvent | None = None,
) -> LocalRun:
    """Start *pipeline* here and return at once.

    Steps run in the Python of the notebook's kernelspec, in the notebook's folder. The notebook's
    file is never changed.

    Parameters
    ----------
    notebook
        The file; its folder is the working folder of each step, and holds `.nbdag/`.
    parameters
        Values to replace the defaults of the notebook's parameters cell.
    jobs
        How many steps run at once; as many as there are cores unless said.
    on_event
        Called with each event, in order, in the thread that drives the run, so it must be quick;
        it may fold them with `events.apply`. Where it raises, the run is stopped and `wait` raises
        the same.

    Raises
    ------
    ParameterError
        If a parameter is unknown or has another type.
    RunError
        If the kernelspec is unknown, a target is no step, or nothing can be written anywhere.
    """
    chosen = settings or RunSettings()
    if jobs is not None and jobs < 1:
        msg = f"At least one step must be able to run, so jobs can't be {jobs}."
        raise RunError(msg)
    part = narrow(pipeline, chosen.targets)
    values = _parameter_values(pipeline, parameters or {})
    path = notebook.absolute()
    python, env = _python(pipeline.kernel, chosen)
    folder = create_run(part, notebook=path, parameters=values, python=python)
    orders = {
        step.name: make_order(
            pipeline, step, parameters=values, fingerprint=chosen.fingerprint, keep=chosen.keep
        )
        for step in part.steps
    }
    cache = None
    if chosen.cache:
        place = Place(folder, path.parent, python, {**os.environ, **run_environment(), **env})
        cache = RunCache(Store(folder.cache), part, orders, place, limit=cache_limit())
    launcher = _launcher(part, python, env, chosen, start=cache is None or cache.empty)
    try:
        recorder = Recorder(folder.events_file, on_event)
    except BaseException:
        if not chosen.zygote:
            launcher.close()
        raise
    plan = RunPlan(
        pipeline=part,
        orders=orders,
        folder=folder,
        cwd=path.parent,
        jobs=min(jobs or default_jobs(), part.config.parallelism or sys.maxsize),
        grace=chosen.grace,
        cache=cache,
    )
    return LocalRun(plan, launcher, recorder, parameters=values, shared=chosen.zygote is not None)


def _parameter_values(pipeline: Pipeline, given: Mapping[str, Value]) -> dict[str, Value]:
    defaults = {parameter.name: parameter.default for parameter in pipeline.parameters}
    return {**defaults, **check_values(pipeline.parameters, given)}


def _python(kernel: str, settings: RunSettings) -> tuple[str, dict[str, str]]:
    """Return the Python in which the steps run, and the variables that its kernelspec sets."""
    if not settings.zygote:
        return find_python(kernel)
    if settings.zygote.dead:
        msg = "The zygote that was given has ended; start another one."
        raise RunError(msg)
    return settings.zygote.python, {}


def _launcher(
    pipeline: Pipeline, python: str, env: Mapping[str, str], settings: RunSettings, *, start: bool
) -> Launcher:
    """Return what starts the steps: at once, or, where not *start*, when the first one needs it."""
    if settings.zygote:
        settings.zygote.preload(preloads(pipeline))
        return settings.zygote

    def make(channel: Channel) -> Launcher:
        if settings.isolate or not hasattr(os, "fork"):
            return Isolated(python, env=env, channel=channel)
        zygote = Zygote.start(python, env=env, channel=channel)
        zygote.preload(preloads(pipeline))
        return zygote

    return make(Channel()) if start else Deferred(make)


class LocalRun:
    """A run on this machine, and what it left: events, values, outputs, reports, logs."""

    def __init__(
        self,
        plan: RunPlan,
        launcher: Launcher,
        recorder: Recorder,
        *,
        parameters: Mapping[str, Value],
        shared: bool,
    ) -> None:
        self.folder: RunFolder = plan.folder
        self.pipeline: Pipeline = plan.pipeline
        self._plan = plan
        self._launcher = launcher
        self._recorder = recorder
        self._parameters = parameters
        self._shared = shared
        self._problem: BaseException | None = None
        # Not Thread.join: a KeyboardInterrupt in it marks the thread as ended (bpo-45274).
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._drive, name=f"nbdag-{self.id}", daemon=True)
        _GOING.add(self)
        self._thread.start()

    @property
    def id(self) -> str:
        """The run's id, which is also the name of its folder in the history."""
        return self.folder.id

    @property
    def state(self) -> Run:
        """The fold of all events until now."""
        return self._recorder.state

    @property
    def done(self) -> bool:
        """Whether nothing of it runs any more."""
        return self._over.is_set()

    def wait(self, timeout: float | None = None) -> Run:
        """Return the run's state when it is done: with failed steps too, look at `.phase`.

        After *timeout* seconds it is the state then. A KeyboardInterrupt that comes here stops the
        run, waits until nothing is left of it, and is raised again.
        """
        try:
            self._over.wait(timeout)
        except KeyboardInterrupt:
            self._end()
            raise
        if self._problem and self.done:
            raise self._problem
        return self.state

    def stop(self, *, now: bool = False) -> None:
        """Ask all steps to end (SIGTERM, then SIGKILL), or kill them *now*.

        The run is then Failed, "interrupted"; `wait` returns when it is over.
        """
        if not self.done:
            self._launcher.channel.post({"event": "stop", "run": self.id, "now": now})

    def _end(self) -> None:
        self.stop()
        try:
            self._over.wait()
        except KeyboardInterrupt:  # who asks twice is in a hurry
            self.stop(now=True)
            self._over.wait()

    def _drive(self) -> None:
        try:
            started = RunEvent(time=time.time(), kind="run-started", data=self._facts())
            self._recorder.keep(started)
            Driver(self._plan, self._launcher, self._recorder).drive()
        except BaseException as error:  # it is raised in `wait`, by the caller
            self._problem = error
        finally:
            try:
                self._clear_up()
            finally:
                self._over.set()

    def _facts(self) -> dict[str, object]:
        return {
            "run": self.id,
            "notebook": self.pipeline.notebook,
            "folder": str(self.folder.path),
            "steps": [step.name for step in self.pipeline.steps],
            "parameters": self._parameters,
            "jobs": self._plan.jobs,
            "pid": os.getpid(),
            "pid_started": own_start(),
        }

    def _clear_up(self) -> None:
        # A shared zygote that may have steps of a broken run is of no use to the next one.
        if not self._shared or self._problem:
            self._launcher.close()
        if self._problem and not self.state.phase.done:
            with contextlib.suppress(Exception):
                message = f"nbdag stopped: {self._problem!r}"
                self._recorder.record("run-finished", phase="Error", message=message)
        self._recorder.close()
        _GOING.discard(self)


_GOING: weakref.WeakSet[LocalRun] = weakref.WeakSet()


@atexit.register
def _stop_all() -> None:
    """End what still runs when this process ends; nobody could stop it later."""
    for run in list(_GOING):
        run.stop()
    for run in list(_GOING):
        with contextlib.suppress(Exception):
            run.wait(10)

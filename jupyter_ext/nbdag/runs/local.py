"""Local runs: a pipeline's steps in parallel processes on this machine."""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
import time
import weakref
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from nbdag.settings import RunSettings
from nbdag_converters.model import Pipeline, Value

from .base import OnEvent, RunError
from .channel import Channel
from .control import Command, Control
from .deferred import Deferred
from .driver import Driver
from .events import Run, RunEvent
from .history import RunFolder
from .interpreter import find_python
from .isolated import Isolated
from .launcher import Launcher
from .notified import tell
from .plan import Ask, RunPlan
from .preload import preloads
from .prepare import Request, make_plan, parameter_values
from .process import own_start
from .recorder import Recorder
from .stages import check_stages
from .taken import check_unfinished
from .zygote import Zygote


def start(  # noqa: PLR0913 - what can be said of a run
    pipeline: Pipeline,
    *,
    notebook: Path,
    parameters: Mapping[str, Value] | None = None,
    jobs: int | None = None,
    settings: RunSettings | None = None,
    on_event: OnEvent | None = None,
    ask: Ask | None = None,
    content: bytes | None = None,
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
    ask
        Called with a step and the text of its gate, in a thread of its own; it returns whether the
        step may run, or `None` for no answer. Others may answer before it does, see `control`.

    Raises
    ------
    ParameterError
        If a parameter is unknown or has another type.
    RunError
        If the kernelspec is unknown, a target is no step, or nothing can be written anywhere.
    """
    chosen = settings or RunSettings()
    check_stages(pipeline)
    values = parameter_values(pipeline, parameters or {})
    path = notebook.absolute()
    request = Request(pipeline, path, values, chosen, jobs, ask, content=content)
    return _start(request, on_event)


def retry(
    run: RunFolder,
    *,
    jobs: int | None = None,
    settings: RunSettings | None = None,
    on_event: OnEvent | None = None,
    ask: Ask | None = None,
) -> LocalRun:
    """Start a new run that goes on from what succeeded in *run*; see `start` for the options.

    It does what that run was to do: the notebook as it was, with the same parameters.

    Raises
    ------
    RunError
        If that run goes on or did well, or its plan isn't what it was.
    """
    check_unfinished(run)
    facts = run.facts()
    path = Path(str(facts["notebook"]))
    if not path.parent.is_dir():
        msg = f"The folder {path.parent} in which run {run.id} ran is gone."
        raise RunError(msg)
    chosen = replace(settings or RunSettings(), targets=(), from_steps=())
    request = Request(run.pipeline(), path, facts["parameters"], chosen, jobs, ask, retried=run)
    return _start(request, on_event)


def _start(request: Request, on_event: OnEvent | None) -> LocalRun:
    settings = request.settings
    python, env = _python(request.pipeline.kernel, settings)
    plan = make_plan(request, python=python, env=env)
    cold = plan.cache is None or plan.cache.empty
    launcher = _launcher(plan.pipeline, python, env, settings, start=cold)
    try:
        recorder = Recorder(plan.folder.events_file, on_event)
    except BaseException:
        if not settings.zygote:
            launcher.close()
        raise
    shared = settings.zygote is not None
    return LocalRun(plan, launcher, recorder, parameters=request.parameters, shared=shared)


def _python(kernel: str, settings: RunSettings) -> tuple[str, dict[str, str]]:
    """Return the Python in which the steps run, and the variables that its kernelspec sets."""
    if not settings.zygote:
        return find_python(kernel)
    if settings.zygote.dead:
        msg = "The zygote that was given has ended; start another one."
        raise RunError(msg)
    return settings.zygote.python, settings.zygote.env


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
        self._post("stop", now=now)

    def suspend(self) -> None:
        """Start no more steps until `resume`; those that run go on to their end."""
        self._post("suspend")

    def resume(self, step: str | None = None) -> None:
        """Go on after `suspend`, else let *step*, or all that wait, through the gate."""
        self._post("resume", step=step)

    def deny(self, step: str | None = None) -> None:
        """Fail *step*, or all steps that wait, at the gate."""
        self._post("deny", step=step)

    def _post(self, command: Command, **what: object) -> None:
        if not self.done:
            self._launcher.channel.post({"event": command, "run": self.id, **what})

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
            control = Control(self.folder.path, self._launcher.channel)
            try:
                Driver(self._plan, self._launcher, self._recorder).drive()
            finally:
                control.close()
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
                known = isinstance(self._problem, RunError)
                message = str(self._problem) if known else f"nbdag stopped: {self._problem!r}"
                self._recorder.record("run-finished", phase="Error", message=message)
        with contextlib.suppress(RunError):  # the disk is full
            for kind, problem in tell(self.pipeline, self.state):
                self._recorder.record("notified", kind=kind, problem=problem)
        self._recorder.close()
        _GOING.discard(self)


_GOING: weakref.WeakSet[LocalRun] = weakref.WeakSet()


@atexit.register
def stop_all() -> None:
    """End what still runs, as when this process ends: nobody could stop it later."""
    for run in list(_GOING):
        run.stop()
    for run in list(_GOING):
        with contextlib.suppress(Exception):
            run.wait(10)

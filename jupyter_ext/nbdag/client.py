"""What a notebook's user has: `read` a notebook, look at its Pipeline, `run` it, look at the Run.

```python
import nbdag
pipeline = nbdag.read("fraud.ipynb")
run = pipeline.run(threshold=0.9)
run.wait()["train"].logs()
```
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from nbdag_converters import drawing, model
from nbdag_converters.build import Built, build
from nbdag_converters.diagnostics import Diagnostic

from . import reach
from .runs import history, local
from .runs.base import RunError, RunHandle
from .runs.events import IterationRun, Phase, StepRun
from .runs.events import Run as RunState
from .runs.executed import write_executed
from .settings import RunSettings

if TYPE_CHECKING:
    from nbdag_converters.compilers.argo import Options
    from nbdag_converters.compilers.kfp import Options as KfpOptions

    from .kubeflow.endpoint import Endpoint


_Options = TypeVar("_Options")


def read(path: str | Path | None = None) -> Pipeline:
    """Return the pipeline of a notebook's file; without *path*, of the notebook that runs this.

    The file is read as it was saved last.

    Raises
    ------
    NotebookError
        If the notebook can't become a pipeline.
    RunError
        If it isn't known which notebook runs this.
    """
    found = Path(path) if path is not None else own_notebook()
    return Pipeline(build(found), found.absolute())


def open_run(run: str = "last", *, folder: str | Path = ".") -> Run:
    """Return a run of a notebook in *folder*, by its id, the beginning of it, or `last`.

    Raises
    ------
    RunError
        If there is none, or more than one.
    """
    return Run(history.find_run(run, Path(folder)))


def own_notebook() -> Path:
    """Return the file of the notebook whose kernel this process is.

    Raises
    ------
    RunError
        If it isn't known.
    """
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    namespace: Mapping[str, object] = getattr(shell, "user_ns", {})
    names = [namespace.get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME")]
    for name in names:
        if isinstance(name, str) and name.endswith(".ipynb"):
            # The server's path may be relative to its root; then the kernel starts beside it.
            for path in (Path(name), Path(Path(name).name)):
                if path.is_file():
                    return path
    msg = (
        "It isn't known which notebook this is. Say it: nbdag.read('name.ipynb') "
        "(the kernel is told its notebook by JupyterLab and VS Code)."
    )
    raise RunError(msg)


class Pipeline:
    """A notebook's pipeline. In a notebook it draws itself."""

    def __init__(
        self,
        built: Built,
        path: Path,
        *,
        jobs: int | None = None,
        settings: RunSettings | None = None,
    ) -> None:
        self.path = path
        self.model: model.Pipeline = built.pipeline
        self.diagnostics: tuple[Diagnostic, ...] = built.diagnostics
        self._built = built
        self._jobs = jobs
        self._settings = settings or RunSettings()

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return self.model.name

    @property
    def steps(self) -> tuple[model.Step, ...]:
        """The steps, in notebook order."""
        return self.model.steps

    @property
    def edges(self) -> tuple[model.Edge, ...]:
        """What waits for what, and why."""
        return self.model.edges

    @property
    def parameters(self) -> tuple[model.Parameter, ...]:
        """What can be set for a run."""
        return self.model.parameters

    def options(
        self,
        *,
        jobs: int | None = None,
        targets: Sequence[str] | None = None,
        from_steps: Sequence[str] | None = None,
        isolate: bool | None = None,
        keep: int | None = None,
        cache: bool | None = None,
    ) -> Pipeline:
        """Return the same pipeline, to be run otherwise; what isn't given stays as it is.

        Parameters
        ----------
        jobs
            How many steps run at once.
        targets
            Run only these steps and what they need.
        from_steps
            Run only these steps and what comes after them, with values of the newest run that has
            what they need.
        isolate
            Start a fresh interpreter for each step.
        keep
            How many bytes of variables that no later step needs each step saves for `value`.
        cache
            Whether a step that would leave the same as in an earlier run is not run again.
        """
        given = {
            "targets": None if targets is None else tuple(targets),
            "from_steps": None if from_steps is None else tuple(from_steps),
            "isolate": isolate,
            "keep": keep,
            "cache": cache,
        }
        changes: dict[str, Any] = {name: v for name, v in given.items() if v is not None}
        settings = replace(self._settings, **changes)
        return Pipeline(self._built, self.path, jobs=jobs or self._jobs, settings=settings)

    def run(self, /, **parameters: model.Value) -> Run:
        """Start the pipeline here, with values in place of its parameters' defaults.

        Returns at once; `Run.wait` waits. `options` says how it is run.

        Raises
        ------
        ParameterError
            If a parameter is unknown or has another type.
        RunError
            If it can't be started.
        """
        started = local.start(
            self.model,
            notebook=self.path,
            parameters=parameters,
            jobs=self._jobs,
            settings=self._settings,
        )
        return Run(started.folder, handle=started)

    def submit(
        self,
        to: str = "argo",
        /,
        *,
        namespace: str = "",
        context: str = "",
        cluster: str = "",
        options: Options | KfpOptions | None = None,
        endpoint: str | Endpoint = "",
        **parameters: model.Value,
    ) -> Run:
        """Start the pipeline on a cluster, with values in place of its parameters' defaults.

        Returns at once; the run goes on there whatever becomes of this process.

        Parameters
        ----------
        to
            What runs it there: `argo`, or `kfp` for Kubeflow Pipelines.
        namespace, context
            Where; as the kubeconfig says, unless given. Kubeflow has no contexts.
        cluster
            A cluster that your settings name, in place of a context.
        options
            Image and more: the `Options` of `nbdag_converters.compilers.argo`, or of `.kfp`.
        endpoint
            For `kfp`: its address, or an `nbdag.kubeflow.endpoint.Endpoint` that says more.

        Raises
        ------
        ParameterError
            If a parameter is unknown or has another type.
        NotebookError
            If the cluster doesn't have what the pipeline needs.
        RunError
            If the cluster refuses it, or can't be reached.
        """
        if to == "argo":
            from .cluster.named import NAMED

            where = f"{NAMED}{cluster}" if cluster else context
            started: RunHandle = self._to_argo(namespace, where, options, parameters)
        elif to == "kfp":
            started = self._to_kubeflow(namespace, endpoint, options, parameters)
        else:
            msg = f"'{to}' is no cluster's target; there are: argo, kfp."
            raise RunError(msg)
        return Run(started.folder, handle=started)

    def _to_argo(
        self, namespace: str, context: str, options: object, parameters: Mapping[str, model.Value]
    ) -> RunHandle:
        from nbdag_converters.compilers.argo import Options

        from .cluster.connection import Place
        from .cluster.named import named
        from .submission import to_argo

        chosen = _of_target(options, Options, "nbdag_converters.compilers.argo")
        if chosen.repository is None:
            chosen = replace(chosen, repository=named(context).repository_pair)
        if self._settings.targets and not chosen.targets:
            chosen = replace(chosen, targets=self._settings.targets)
        return to_argo(self._built, self.path, chosen, parameters, Place(namespace, context))

    def _to_kubeflow(
        self,
        namespace: str,
        endpoint: str | Endpoint,
        options: object,
        parameters: Mapping[str, model.Value],
    ) -> RunHandle:
        from nbdag_converters.compilers.kfp import Options

        from .kubeflow.endpoint import Endpoint
        from .submission import to_kubeflow

        place = endpoint if isinstance(endpoint, Endpoint) else Endpoint(endpoint)
        place = replace(place, namespace=namespace or place.namespace)
        chosen = _of_target(options, Options, "nbdag_converters.compilers.kfp")
        if self._settings.targets:
            msg = "A run on Kubeflow is one of all steps: it has no targets."
            raise RunError(msg)
        return to_kubeflow(self._built, self.path, chosen, parameters, place)

    def __repr__(self) -> str:
        return f"<Pipeline {self.name}: {len(self.steps)} steps, {len(self.edges)} edges>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return _drawings(self.model, {})

    def _ipython_display_(self) -> None:
        _show(self.model, self._repr_mimebundle_)


def _of_target(options: object, kind: type[_Options], module: str) -> _Options:
    """Return the options of a target, the usual ones where none are given.

    Raises
    ------
    RunError
        If they are those of another target.
    """
    if options is None:
        return kind()
    if not isinstance(options, kind):
        msg = f"options have to be {module}.Options for this target."
        raise RunError(msg)
    return options


class Run:
    """A run of a pipeline, going on or over. In a notebook it draws how far it is."""

    def __init__(self, folder: history.RunFolder, *, handle: RunHandle | None = None) -> None:
        self._folder = folder
        self._handle = handle
        self._model: model.Pipeline = handle.pipeline if handle else folder.pipeline()

    @property
    def id(self) -> str:
        """The run's id."""
        return self._folder.id

    @property
    def folder(self) -> Path:
        """Where its values, logs and events are."""
        return self._folder.path

    @property
    def state(self) -> RunState:
        """All that is known of it now."""
        return self._handle.state if self._handle else self._folder.state()

    @property
    def phase(self) -> Phase:
        """Where it is: `Running`, `Succeeded`, `Failed`, …."""
        return self.state.phase

    @property
    def metrics(self) -> Mapping[str, Any]:
        """The metrics until now, by name."""
        return self.state.metrics

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What the guard found wrong, if anything."""
        return self.state.diagnostics

    def wait(self, timeout: float | None = None) -> Run:
        """Wait until it is over, or *timeout* seconds, and return this run."""
        self._attach()
        if self._handle:
            self._handle.wait(timeout)
        return self

    def _attach(self) -> None:
        """Follow a run on a cluster that nobody in this process follows."""
        if self._handle is None and reach.is_unsettled(self._folder):
            self._handle = reach.attach(self._folder)

    def stop(self) -> None:
        """Ask it to end, whichever process drives it; `wait` returns when it has.

        Raises
        ------
        RunError
            If another process drives it, and can't be reached.
        """
        if self._handle:
            self._handle.stop()
        elif not self.phase.done:
            reach.send(self._folder, "stop")

    def suspend(self) -> None:
        """Start no more steps until `resume`; those that run go on to their end.

        Raises
        ------
        RunError
            If it is over, or can't be reached.
        """
        reach.send(self._folder, "suspend")

    def resume(self, step: str | None = None, *, approve: bool = True) -> None:
        """Go on after `suspend`, or answer the gate of *step*, or of all steps that wait.

        Raises
        ------
        RunError
            If it is over, has no such step, or can't be reached.
        """
        reach.send(self._folder, "resume" if approve else "deny", step)

    def retry(self) -> Run:
        """Start a new run that goes on from what succeeded in this one, and return it.

        Raises
        ------
        RunError
            If this one isn't over, did well, or its plan isn't what it was.
        """
        remote = reach.is_remote(self._folder)
        started = reach.retry(self._folder) if remote else local.retry(self._folder)
        return Run(started.folder, handle=started)

    def save(self, path: str | Path) -> Path:
        """Write the executed notebook to *path*, and return it."""
        reach.fetch_outputs(self._folder)
        write_executed(self._folder, Path(path))
        return Path(path)

    def report(self, path: str | Path) -> Path:
        """Write one HTML page on the run to *path*, and return it."""
        from .report import write_report

        write_report(self._folder, Path(path))
        return Path(path)

    def __getitem__(self, step: str) -> StepResult:
        names = [each.name for each in self._model.steps]
        if step not in names:
            msg = f"There is no step '{step}'; the steps are: {', '.join(names)}."
            raise KeyError(msg)
        return StepResult(self, self._folder, self._model.step(step))

    def __iter__(self) -> Iterator[StepResult]:
        return (self[step.name] for step in self._model.steps)

    def __repr__(self) -> str:
        return f"<Run {self.id}: {self.phase.value}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        steps = self.state.steps
        return _drawings(self._model, {name: _drawn(step) for name, step in steps.items()})

    def _ipython_display_(self) -> None:
        if not self.phase.done:
            with suppress(RunError):  # what is known of it can be drawn all the same
                self._attach()
        _show(self._model, self._repr_mimebundle_, self._folder)


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one step did in a run."""

    run: Run
    _folder: history.RunFolder
    model: model.Step

    @property
    def state(self) -> StepRun:
        """All that is known of it now."""
        return self.run.state.steps.get(self.model.name, StepRun(self.model.name))

    @property
    def phase(self) -> Phase:
        """Where it is."""
        return self.state.phase

    @property
    def duration(self) -> float | None:
        """How many seconds it took; `None` before its end."""
        return self.state.seconds

    @property
    def message(self) -> str:
        """Why it failed or was skipped, "" otherwise."""
        return self.state.message

    @property
    def iterations(self) -> tuple[IterationRun, ...]:
        """The iterations of its loop that were started, in order, if it fans out."""
        return tuple(one for _, one in sorted(self.state.iterations.items()))

    @property
    def outputs(self) -> tuple[Mapping[str, Any], ...]:
        """What its cells displayed, as nbformat's outputs, in order."""
        return tuple(line["output"] for line in self._folder.outputs(self.model.name))

    def logs(self) -> str:
        """Return what its process printed."""
        return self._folder.log(self.model.name)

    def value(self, name: str) -> Any:
        """Return the value that the variable *name* had at the end of the step.

        It is loaded into this process, so this process needs the packages that it is made of.

        Raises
        ------
        RunError
            If the step didn't save it.
        """
        from .runs.values import read_value

        reach.fetch_values(self._folder, [self.model.name, *(v.step for v in self.model.inputs)])
        return read_value(self._folder, self.model, name)

    def __repr__(self) -> str:
        return f"<StepResult {self.model.name}: {self.phase.value}>"


def _show(
    pipeline: model.Pipeline,
    pictures: Callable[[], Mapping[str, str]],
    folder: history.RunFolder | None = None,
) -> None:
    """Display it live where somebody looks on; else IPython takes the pictures alone.

    Raises
    ------
    NotImplementedError
        If nobody does: so IPython is told.
    """
    from .widget.shown import is_watched, show

    if not is_watched():
        raise NotImplementedError
    show(pipeline, pictures, folder)


def _drawn(step: StepRun) -> drawing.StepState:
    seconds = step.seconds
    if step.phase is Phase.RUNNING and step.started is not None:
        seconds = max(time.time() - step.started, 0.0)
    detail = step.message.partition("\n")[0]
    phase = "cached" if step.cached else step.phase.value
    return drawing.StepState(phase, seconds, detail)


def _drawings(pipeline: model.Pipeline, states: Mapping[str, drawing.StepState]) -> dict[str, str]:
    return {
        "image/svg+xml": drawing.svg(pipeline, states),
        "text/vnd.mermaid": drawing.mermaid(pipeline, states),
        "text/plain": drawing.text(pipeline, states),
    }

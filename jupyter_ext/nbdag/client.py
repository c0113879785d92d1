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
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from nbdag_converters import model
from nbdag_converters.build import Built, build
from nbdag_converters.diagnostics import Diagnostic

from .result import Run, drawings, show
from .runs import history, local
from .runs.base import RunError, RunHandle
from .runs.shell import own_shell
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
    shell = own_shell()
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
        return drawings(self.model, {})

    def _ipython_display_(self) -> None:
        show(self.model, self._repr_mimebundle_)


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

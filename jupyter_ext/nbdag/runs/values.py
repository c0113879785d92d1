"""Values of a run's variables, loaded into this process by the runtime's own codec."""

from __future__ import annotations

from typing import Any

from nbdag_converters.model import Step
from nbdag_converters.runtime.container import Loader

from .base import RunError
from .history import RunFolder


def read_value(run: RunFolder, step: Step, name: str) -> Any:
    """Return the value that *name* had at the end of *step*.

    It is in the step's own container if the step made or kept it, else in that of the step which
    it was loaded from.

    Raises
    ------
    RunError
        If it isn't saved, or can't be loaded here.
    """
    sources = [step.name, *(version.step for version in step.inputs if version.name == name)]
    for source in sources:
        if (run.steps / source / "values.nbv").exists():
            found = _load(run, source, name)
            if name in found:
                return found[name]
    msg = (
        f"Step '{step.name}' of run {run.id} has no saved value '{name}': it wasn't set, "
        "can't be saved, or was larger than `keep` allows."
    )
    raise RunError(msg)


def _load(run: RunFolder, source: str, name: str) -> dict[str, Any]:
    try:
        # The namespace in which functions of the notebook look up their globals.
        namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
        loader = Loader(str(run.steps), namespace, [(name, source)])
        found: dict[str, Any] = loader.load({name: source})
    except Exception as error:
        # The value's own code runs here, which may raise anything; mostly a package is missing.
        msg = f"The value '{name}' of step '{source}' can't be loaded here: {error}"
        raise RunError(msg) from error
    return found

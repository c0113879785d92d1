"""Values of a run's variables, loaded into this process by the runtime's own codec."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbdag_converters.model import Step
from nbdag_converters.runtime.container import Reader
from nbdag_converters.runtime.definitions import LoadError

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
        path = run.steps / source / "values.nbv"
        if path.exists():
            found = _load(path, name)
            if name in found:
                return found[name]
    msg = (
        f"Step '{step.name}' of run {run.id} has no saved value '{name}': it wasn't set, "
        "can't be saved, or was larger than `keep` allows."
    )
    raise RunError(msg)


def saved_values(run: RunFolder, step: str) -> list[dict[str, Any]]:
    """Return what a step has saved: `name`, `type` and `bytes` of each, without loading any.

    Values that share objects are saved together, so each of them has the bytes of all.
    """
    path = run.steps / step / "values.nbv"
    if not path.exists():
        return []
    try:
        index = Reader(str(path), {}, {}).index
    except LoadError as error:
        raise RunError(str(error)) from None
    return [
        {
            "name": name,
            "type": index["types"].get(name, ""),
            "bytes": part["pickle"][1] + sum(size for _, size in part["buffers"]),
        }
        for part in index["components"]
        for name in part["names"]
        if "#" not in name and not name.startswith("@")
    ]


def _load(path: Path, name: str) -> dict[str, Any]:
    """Return the value of *name* under its name; nothing where the container has none."""
    # The namespace in which functions of the notebook look up their globals.
    namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
    try:
        reader = Reader(str(path), namespace, {})
        return {name: reader.load(name)} if name in reader.names else {}
    except Exception as error:
        # The value's own code runs here, which may raise anything; mostly a package is missing.
        msg = f"The value '{name}' in {path} can't be loaded here: {error}"
        raise RunError(msg) from error

"""What a step of a run began with, laid out in a namespace of this process: to look into it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from nbdag_converters.compilers.local import make_order
from nbdag_converters.model import Step
from nbdag_converters.runtime import sources
from nbdag_converters.runtime.container import Loader
from nbdag_converters.runtime.events import Failure
from nbdag_converters.runtime.hidden import PREFIXES, set_hidden
from nbdag_converters.runtime.order import Order, Slice, parse_order, resolve

from .base import RunError
from .history import RunFolder
from .shell import own_shell


def steps_before(step: Step) -> tuple[str, ...]:
    """Return the steps whose values *step* begins with."""
    inputs = [*step.inputs, *(each for piece in step.slices for each in piece.inputs)]
    found = (name for each in inputs for name in (each.step, *each.otherwise))
    return tuple(dict.fromkeys(found))


def restore_inputs(run: RunFolder, step: Step, namespace: dict[str, Any]) -> tuple[str, ...]:
    """Put into *namespace* what the first cell of *step* found, and return the names.

    That are its parameters, imports and definitions, and the values of earlier steps. The states
    of random generators and of libraries are set in this process.

    Raises
    ------
    RunError
        If a value isn't saved or can't be loaded here, or a statement raises an error here.
    """
    order = _order(run, step)
    namespace.update(copy.deepcopy(order.parameters))
    loader = Loader(str(run.steps), namespace)
    bound, borrowed = set(order.parameters), set[str]()
    for piece in order.slices:
        missing = {name: source for name, source in piece.inputs.items() if name not in bound}
        borrowed.update(_bind(loader, missing, namespace))
        _repeat(piece, namespace)
        bound.update(name for name in piece.binds if name in namespace)
    own = bound.difference(order.before)
    for name in {*bound, *borrowed} - own:  # only statements have needed it
        namespace.pop(name, None)
    return tuple(sorted({*own, *_bind(loader, order.inputs, namespace)}))


def _order(run: RunFolder, step: Step) -> Order:
    parameters = run.facts().get("parameters") or {}
    return resolve(
        parse_order(make_order(run.pipeline(), step, parameters=parameters)), str(run.steps)
    )


def _bind(loader: Loader, inputs: dict[str, str], namespace: dict[str, Any]) -> Iterable[str]:
    """Load *inputs* into *namespace*; return the names of variables among them."""
    for step in dict.fromkeys(inputs.values()):
        if not Path(loader.folder, step, "values.nbv").exists():
            msg = f"Step '{step}' has saved no values in this run, so what comes after it has none."
            raise RunError(msg)
    try:
        values = loader.load(inputs)
    except Failure as failure:
        msg = f"Here it isn't as in the run: {failure}"
        raise RunError(msg) from failure
    for name, value in values.items():
        if name.startswith(PREFIXES):
            set_hidden(name, value)
        else:
            namespace[name] = value
    return [name for name in values if not name.startswith(PREFIXES)]


def _repeat(piece: Slice, namespace: dict[str, Any]) -> None:
    """Run a statement of another cell, as the step has done."""
    name = sources.show(piece.cell, piece.source, piece.line)
    shell = own_shell()
    plain: Callable[[str], str] = str
    read = shell.transform_cell if shell else plain
    try:
        code = compile("\n" * (piece.line - 1) + read(piece.source), name, "exec")
        exec(code, namespace)  # noqa: S102 - the notebook's own code, for who asks for it
    except Exception as error:
        msg = (
            f"Cell {piece.cell}, line {piece.line} can't be run here: "
            f"{type(error).__name__}: {error}\n    {piece.source.splitlines()[0]}"
        )
        raise RunError(msg) from error

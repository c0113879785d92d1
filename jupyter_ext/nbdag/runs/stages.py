"""The stages of a run: its steps, then those that run at the end whatever happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nbdag_converters.model import Pipeline, Step

from .base import RunError
from .events import Phase, Run
from .ready import ReadyQueue


def main_queue(pipeline: Pipeline, *, done: Run | None = None) -> ReadyQueue:
    """Return the steps that are not for the end, without those that are *done*."""
    queue = _queue(pipeline, (step for step in pipeline.steps if not step.config.on_exit))
    if done:
        names = [name for name in queue.waiting if done.steps[name].phase.done]
        for name in names:
            queue.drop(name)
        for name in names:
            queue.succeeded(name)
    return queue


def check_stages(pipeline: Pipeline) -> None:
    """Make sure that no step which is not for the end needs one that is.

    Raises
    ------
    RunError
        If one does.
    """
    for edge in pipeline.edges:
        source, target = pipeline.step(edge.source), pipeline.step(edge.target)
        if source.config.on_exit and not target.config.on_exit:
            names = ", ".join(f"'{name}'" for name in (*edge.names, *edge.files))
            what = f" needs {names} of it" if names else " comes after it"
            msg = (
                f"Step '{source.name}' is tagged `on-exit`, so it runs at the end; but step "
                f"'{target.name}'{what}. Tag that `on-exit` too, or move it above."
            )
            raise RunError(msg)


def exit_queue(pipeline: Pipeline) -> ReadyQueue:
    """Return the steps that run at the end."""
    return _queue(pipeline, (step for step in pipeline.steps if step.config.on_exit))


def _queue(pipeline: Pipeline, steps: Iterable[Step]) -> ReadyQueue:
    names = [step.name for step in steps]
    among = set(names)
    edges = [(edge.source, edge.target) for edge in pipeline.edges]
    return ReadyQueue(names, [edge for edge in edges if among.issuperset(edge)])


def exit_order(order: Mapping[str, Any], state: Run) -> dict[str, Any]:
    """Return the order of a step at the end: values of steps that did not do well are absent."""

    def there(inputs: Mapping[str, Any]) -> dict[str, Any]:
        lists = {name: [at] if isinstance(at, str) else at for name, at in inputs.items()}
        return {
            name: [step for step in steps if state.steps[step].phase is Phase.SUCCEEDED]
            for name, steps in lists.items()
        }

    slices = [{**piece, "inputs": there(piece["inputs"])} for piece in order["slices"]]
    return {**order, "inputs": there(order["inputs"]), "slices": slices}

"""Ending: steps tagged `on-exit`, as the SDK's `dsl.ExitHandler` has its exit task.

```
nbdag--steps  ─ load ─ train ─ nbdag--guard        a DAG of all other steps
   └ nbdag--exit  ─ clean ─ nbdag--exit-guard      one of these, when that has ended, well or not
```
Kubeflow gives the second nothing of the first but the parameters of the run, so a step that needs
more is refused. That one has failed is not undone by the other: the run has failed then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from nbdag_converters.compilers.plan import Plan
from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.model import Edge, Pipeline
from nbdag_converters.rules import Place, targets

from .parts import make_task

STEPS, EXIT = "nbdag--steps", "nbdag--exit"  # names that no step can have
GUARD = "nbdag--exit-guard"
_COMPLETED = {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"}
_HIDDEN = {"@random": "random state", "@state": "state of the process", "@branch": "the decision"}


def exit_handler(
    steps: Mapping[str, Any], ending: Mapping[str, Any], kinds: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the tasks of a run of which *ending* come at the end, and their components.

    *kinds* are the types of the run's parameters, which both are given.
    """
    inputs = {"parameters": {name: {"parameterType": kind} for name, kind in kinds.items()}}
    given = {name: {"componentInputParameter": name} for name in kinds}
    components = {
        f"comp-{name}": {
            "dag": {"tasks": dict(tasks)},
            **({"inputDefinitions": inputs} if kinds else {}),
        }
        for name, tasks in ((STEPS, steps), (EXIT, ending))
    }
    last = make_task(EXIT, f"comp-{EXIT}", given, {})
    last |= {"dependentTasks": [STEPS], "triggerPolicy": _COMPLETED}
    return {STEPS: make_task(STEPS, f"comp-{STEPS}", given, {}), EXIT: last}, components


def along(pipeline: Pipeline) -> list[Edge]:
    """Return the edges between steps of one DAG: nothing comes from one into the other."""
    ending = _ending(pipeline)
    return [edge for edge in pipeline.edges if not _crosses(edge, ending)]


def find_crossings(pipeline: Pipeline, plans: Sequence[Plan]) -> Iterator[Diagnostic]:
    """Yield what steps at the end need of others, and others of them."""
    ending, places = _ending(pipeline), {plan.step.name: plan.place for plan in plans}
    for edge in pipeline.edges:
        if _crosses(edge, ending) and not (edge.target in ending and _only_orders(edge)):
            yield _crossing(edge, places[edge.target], last=edge.target in ending)


def _ending(pipeline: Pipeline) -> frozenset[str]:
    return frozenset(step.name for step in pipeline.steps if step.config.on_exit)


def _crosses(edge: Edge, ending: Collection[str]) -> bool:
    return (edge.source in ending) != (edge.target in ending)


def _only_orders(edge: Edge) -> bool:
    """Return whether no more is said than what comes first."""
    return all(reason.rule == "declared" for reason in edge.reasons)


def _crossing(edge: Edge, place: Place, *, last: bool) -> Diagnostic:
    what = ", ".join(map(_shown, (*edge.names, *edge.files))) or "the end"
    if last:
        problem = f"a task at the end is given nothing of others, but it needs {what} of "
        problem += f"'{edge.source}'"
        advice = "Make that in this step itself, from constants and parameters of the notebook, or "
    else:
        problem = f"it needs {what} of '{edge.source}', which runs at the end"
        advice = "Move it above, or tag it `on-exit` too, or "
    return targets.NOT_ON_KUBEFLOW.at(
        place,
        what="the tag `on-exit`",
        step=edge.target,
        problem=problem,
        advice=f"{advice}let Argo Workflows run the pipeline.",
    )


def _shown(name: str) -> str:
    return _HIDDEN.get(name.partition(".")[0], f"'{name}'")

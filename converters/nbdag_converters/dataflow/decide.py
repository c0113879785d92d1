"""Who decides which branch of an `if` runs: the step that has all that the tests need."""

from __future__ import annotations

from nbdag_converters.analysis.names import BUILTINS

from .namespace import Namespace
from .placed import Choice
from .plan import Flow


def decider(choice: Choice, space: Namespace, plan: Flow) -> str:
    """Return the one step that made all the names of the tests, else a step of its own.

    Tests that call functions of the notebook, or look at files, get a step of their own too.
    """
    test = choice.test
    names = [name for name in test.reads if name not in BUILTINS or name in space.current]
    steps: set[str | None] = set()
    for name in names:
        version = space.current.get(name)
        if version is None or version.kind in ("deleted", "import", "parameter"):
            return choice.own_step
        source = space.source(version)
        own = version.otherwise is None and not version.alternatives
        steps.add(source.step if own else None)
    if test.late or test.files or len(steps) != 1:
        return choice.own_step
    step = steps.pop()
    if step is None or plan.steps[step].condition is not None:
        return choice.own_step
    for name in names:
        plan.steps[step].outputs.setdefault(name)
    return step

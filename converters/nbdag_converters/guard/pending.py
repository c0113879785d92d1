"""Pending: steps of which nobody knows yet whether they run, or which value they will be given.

```
make ── x ──┬─► change   changes x, and nobody expected that
            └─► show     sees it, if it runs at all
decide ─ flag ─┘         which is known only when this one is over
```
That `change` is at fault depends on `decide`. So what only such steps could see counts when more is
known: at the latest when the step has reported, or it is known that it does not run.
"""

from __future__ import annotations

from collections.abc import Collection

from nbdag_converters.model import Input

from .outline import Outline


def pending_steps(
    outline: Outline, reports: Collection[str], *, skipped: Collection[str], chosen: Collection[str]
) -> frozenset[str]:
    """Return the steps of which it isn't known if they run, or from which step they take a value.

    *reports* are the steps that have reported, *skipped* those that don't run, and *chosen* those
    whose condition holds.
    """
    known = {*reports, *skipped, *chosen}
    undecided = {name for name in outline.conditions if name not in known}
    uncertain = {
        name
        for name, inputs in outline.choices.items()
        if name not in reports and any(_is_uncertain(given, reports, skipped) for given in inputs)
    }
    return frozenset(undecided | uncertain)


def _is_uncertain(given: Input, reports: Collection[str], skipped: Collection[str]) -> bool:
    """Return whether the first source of *given* that is not left out has not run yet."""
    first = next((name for name in (given.step, *given.otherwise) if name not in skipped), None)
    return first is not None and first not in reports

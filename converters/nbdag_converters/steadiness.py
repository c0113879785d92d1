"""Whether a step would do the same again: what in its code says that it would not.

A cache may then not give back what the step left, as the notebook would leave something else. It
is not a finding about the notebook: reading the clock is fine. What code hides, the step's process
reports when it runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .analysis import Statement
from .dataflow import Flow, Placed
from .dataflow.placed import Choice, StepFlow

CLOCK = "it reads the clock, or what is new in each process"
FRESH = "it makes a generator of random numbers without a seed"
NETWORK = "it uses the network"

_FRESH = re.compile(
    r"\b(?:default_rng|RandomState|SeedSequence|PCG64\w*|MT19937|Philox|SFC64|Random|SystemRandom)"
    r"\(\s*(?:None\s*)?\)"
)
_NETWORK = re.compile(
    r"""["'](?:https?|ftp|s3|gs|gcs|abfss?|hdfs|[a-z0-9+]*sql)(?:\+\w+)?://"""
    r"|\burlopen\(|\burlretrieve\(|\brequests\.(?:get|post|put|patch|delete|head|request|Session)\b"
    r"|\bhttpx\.|\baiohttp\.|\bboto3\."
)
# What a text has that one of these finds something in: to look for these words is much quicker.
_HINTS = (
    *("default_rng(", "RandomState(", "SeedSequence(", "PCG64", "MT19937(", "Philox(", "SFC64("),
    *("Random(", "://", "urlopen(", "urlretrieve(", "requests.", "httpx.", "aiohttp.", "boto3."),
)


@dataclass(frozen=True, slots=True)
class Varying:
    """A statement for which a step would not do the same again, and why."""

    statement: Statement
    why: str


def varying(items: Sequence[Placed | Choice], flow: Flow) -> dict[str, tuple[Varying, ...]]:
    """Return for each step what makes it vary, each reason once, in notebook order."""
    own: dict[str, list[Statement]] = {name: [] for name in flow.steps}
    by_index: dict[int, Statement] = {}
    for placed in _placed(items):
        by_index[placed.statement.index] = placed.statement
        if placed.step in own:
            own[placed.step].append(placed.statement)
    for name, step in flow.steps.items():
        own[name] += [choice.test for choice in step.decides]
    return {
        name: tuple(_once(_of_step(step, own[name], by_index))) for name, step in flow.steps.items()
    }


def _placed(items: Sequence[Placed | Choice]) -> Iterator[Placed]:
    for item in items:
        if isinstance(item, Placed):
            yield item
        else:
            yield from (placed for branch in item.branches for placed in branch.body)


def _of_step(
    step: StepFlow, own: Sequence[Statement], by_index: Mapping[int, Statement]
) -> Iterator[Varying]:
    slices = [by_index[index] for index in sorted(step.slices) if index in by_index]
    given = {name for name in step.inputs if name.startswith("@random.")}
    given |= {name for inputs in step.slices.values() for name in inputs if name[0] == "@"}
    for statement in (*slices, *own):
        if "clock" in statement.flags:
            yield Varying(statement, CLOCK)
        for why in _said_by(statement.source):
            yield Varying(statement, why)
        for use in statement.random:
            name = f"@random.{use.generator}"
            if use.action == "draw" and name not in given and statement not in slices:
                why = f"it draws random numbers from {use.generator} without a seed"
                yield Varying(statement, why)
            given.add(name)


@lru_cache(maxsize=1 << 14)
def _said_by(source: str) -> tuple[str, ...]:
    if not any(word in source for word in _HINTS):
        return ()
    patterns = ((FRESH, _FRESH), (NETWORK, _NETWORK))
    return tuple(why for why, pattern in patterns if pattern.search(source))


def _once(found: Iterator[Varying]) -> Iterator[Varying]:
    seen: set[str] = set()
    for item in found:
        if item.why not in seen:
            seen.add(item.why)
            yield item

"""What the steps hand each other, as it is found out: inputs, slices' inputs, edges, problems."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from nbdag_converters.analysis import Alias, Statement
from nbdag_converters.model.pipeline import Rule

from .namespace import Namespace
from .placed import EdgeFlow, Problem, StepFlow


class Use(NamedTuple):
    """A statement of *step* wants *name* as *source* has it at *stamp*."""

    statement: Statement
    step: str
    name: str
    source: str
    stamp: int


@dataclass
class Flow:
    """What dataflow finds for all steps.

    `seeded` are the generators' names that something seeds, `matters` the statements after which
    two names share an object that is changed later. `seen` are, by the index of a loop, the names
    by which its iterations may see each other, and why. `owners` are the steps that have each
    variable at the end, the first one that has bound it.
    """

    steps: dict[str, StepFlow]
    edges: dict[tuple[str, str], EdgeFlow] = field(default_factory=dict[tuple[str, str], EdgeFlow])
    problems: list[Problem] = field(default_factory=list[Problem])
    uses: list[Use] = field(default_factory=list[Use])
    finals: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    seeded: set[str] = field(default_factory=set[str])
    matters: set[tuple[int, Alias]] = field(default_factory=set[tuple[int, Alias]])
    seen: dict[int, dict[str, str]] = field(default_factory=dict[int, dict[str, str]])
    owners: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def edge(
        self,
        source: str,
        target: str,
        rule: Rule,
        statement: Statement,
        *,
        names: Sequence[str] = (),
        files: Sequence[str] = (),
    ) -> None:
        """Let *target* come after *source*, because of *statement*."""
        if source == target:
            return
        edge = self.edges.get((source, target))
        if edge is None:
            edge = self.edges[source, target] = EdgeFlow()
        reason = edge.reasons.setdefault((rule, statement.cell, statement.line), {})
        for name in names:
            edge.names[name] = reason[name] = None
        for file in files:
            edge.files[file] = reason[file] = None

    def give(
        self,
        step: str,
        name: str,
        sources: Sequence[tuple[str, int]],
        rule: Rule,
        statement: Statement,
    ) -> None:
        """Give *step* the name from the first of *sources* (step, stamp) that ran."""
        found = _steps(sources)
        if step in found:
            found = tuple(other for other in found if other != step)
        if not found:
            return
        flow = self.steps[step]
        given = flow.inputs.get(name)
        if (given is not None and given != found) or (given is None and name in flow.bound):
            self.problems.append(Problem("interleaved", statement, name, step, found[0]))
            return
        flow.inputs[name] = found
        self._take(step, name, sources, rule, statement)

    def give_slice(
        self,
        step: str,
        name: str,
        sources: Sequence[tuple[str, int]],
        statement: Statement,
        inputs: dict[str, tuple[str, ...]],
    ) -> None:
        """Give a slice of *step*, *statement*, what it reads."""
        inputs[name] = _steps(sources)
        self._take(step, name, sources, "read", statement)

    def give_before(
        self, step: str, name: str, sources: Sequence[tuple[str, int]], statement: Statement
    ) -> None:
        """Give *step* what *name* was before *statement* in it, which may not bind it."""
        flow = self.steps[step]
        if name not in flow.inputs:
            flow.inputs[name] = _steps(sources)
            self._take(step, name, sources, "unset", statement)

    def _take(
        self,
        step: str,
        name: str,
        sources: Iterable[tuple[str, int]],
        rule: Rule,
        statement: Statement,
    ) -> None:
        for source, stamp in sources:
            self.steps[source].outputs.setdefault(name)
            self.uses.append(Use(statement, step, name, source, stamp))
            self.edge(source, step, rule, statement, names=(name,))

    def finish(self, step: str, namespace: Namespace) -> None:
        """Note in which state *step* leaves what it has."""
        for name in self.steps[step].changes:
            version = namespace.current.get(name)
            thing = namespace.thing(version) if version else None
            if thing is not None and thing.step == step:
                self.finals[step, name] = thing.stamp

    def check(self) -> None:
        """Check that each value was handed on as its step left it."""
        for use in self.uses:
            final = self.finals.get((use.source, use.name))
            if final is not None and final != use.stamp:
                self.problems.append(
                    Problem("moved-on", use.statement, use.name, use.step, use.source)
                )


def _steps(sources: Sequence[tuple[str, int]]) -> tuple[str, ...]:
    """Return the steps of (step, stamp) pairs, each once."""
    if len(sources) == 1:
        return (sources[0][0],)
    return tuple(dict.fromkeys([source for source, _ in sources]))

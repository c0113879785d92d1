"""What a step has to get for a statement: values, slices that make them again, files."""

from __future__ import annotations

from collections.abc import Sequence

from nbdag_converters.analysis import FileUse, Statement
from nbdag_converters.analysis.names import BUILTINS
from nbdag_converters.model.pipeline import Rule

from .files import Files
from .namespace import Namespace, Source, Sources, Thing, Version
from .placed import Placed, Problem, StepFlow
from .plan import Flow


class Needs:
    """Gives steps what they need of `space`, the versions as they are now; notes it in `plan`."""

    def __init__(self, steps: Sequence[str]) -> None:
        self.plan = Flow({name: StepFlow() for name in steps})
        self.space = Namespace()
        self.files = Files()
        self.again: set[str] = set()  # steps with cells apart from one another
        self.barrier: str | None = None
        self.stars = False
        self.moved = False  # a step has changed the working folder
        self.followed: set[tuple[str, int, int]] = set()
        self.taken: dict[tuple[str, str], tuple[Version, int]] = {}

    # Reading ----------------------------------------------------------------------------

    def use(self, step: str, statement: Statement) -> None:
        """Give *step* all that a statement of it reads."""
        for name in statement.reads:
            self.need(step, name, "read", statement)
        if statement.kind != "definition":
            for name in statement.late:
                self.need(step, name, "late", statement)
        if statement.flags & {"reads-all", "binds-any"}:
            for name in self.space.names():
                self.need(step, name, "order", statement)
        for use in statement.files:
            self._file(step, statement, use)

    def need(self, step: str, name: str, rule: Rule, statement: Statement) -> None:
        """Give *step* the present version of *name*."""
        version = self.space.current.get(name)
        if version is None:
            self._unknown(step, name, rule, statement)
            return
        if version.kind == "deleted":
            return
        self._settle(version)
        thing = self.space.thing(version)
        own = thing.step == step or (version.step == step and not thing.changed)
        if not own and self._is_another(step, version, thing):
            other = thing.step or version.step or "setup"
            self.plan.problems.append(Problem("interleaved", statement, name, step, other))
            return
        if version.kind == "parameter" and not thing.changed:
            self.plan.steps[step].parameters.setdefault(name)
        elif own:
            pass
        elif step in self.again and self._reads_own(step, version):
            self.plan.give(step, name, [(version.step or "", thing.stamp)], rule, statement)
        elif version.remade and not thing.changed:
            if version.placed is not None:
                self.plan.steps[step].wanted[name] = version.placed.statement.index
            self._remake(step, version, statement)
        else:
            if version.kind == "definition" and version.remade:
                self._remake(step, version, statement)  # the class itself; the input changes it
            sources = self._holders(step, self.space.source(version), statement)
            self.plan.give(step, name, sources, rule, statement)
        self._follow(step, version, statement)

    def _reads_own(self, step: str, version: Version) -> bool:
        """Return whether what could be made again reads what *step*, which comes again, has made.

        It would be made again before the first cell of the step, so another step hands it on.
        """
        if not version.remade or version.kind == "definition" or version.step in (None, step):
            return False
        seen: set[int] = set()
        todo = list(version.sources.values())
        while todo:
            source = todo.pop()
            if source.step == step:
                return True
            if id(source.version) not in seen:
                seen.add(id(source.version))
                todo += source.version.sources.values()
        return False

    def _is_another(self, step: str, version: Version, thing: Thing) -> bool:
        """Return whether *step*, which comes again, has another version of the name already.

        What is made again or loaded is there before its first cell, so there is room for one only.
        """
        state = (version, thing.stamp if thing.changed else -1)
        before = self.taken.setdefault((step, version.name), state)
        return before != state or version.name in self.plan.steps[step].bound

    def _holders(self, step: str, source: Source, statement: Statement) -> list[tuple[str, int]]:
        """Return the steps that may have the version; one that can be remade is, in *step*."""
        if source.step is not None and not source.remade:
            return [(source.step, source.stamp)]
        found: list[tuple[str, int]] = []
        for other in source.version.alternatives:
            version = other.version
            if version.kind == "deleted":
                continue
            if other.remade and version.kind == "parameter":
                self.plan.steps[step].parameters.setdefault(version.name)
            elif other.remade:
                self._remake(step, version, statement)
            elif other.step is not None:
                found.append((other.step, other.stamp))
        return found

    def _settle(self, version: Version) -> None:
        """Give the step of a name that may not have been bound what the name was before.

        This waits until somebody takes the version, so that two loops over `i` stay independent.
        """
        source = version.otherwise
        if source is None:
            return
        version.otherwise = None
        if version.step is None or version.placed is None:
            return
        step, name, statement = version.step, version.name, version.placed.statement
        if source.version.kind == "deleted" or source.step == step:
            return
        self._settle(source.version)
        if source.remade and source.version.kind == "parameter":
            self.plan.steps[step].parameters.setdefault(name)
        elif source.remade:
            self._remake(step, source.version, statement)
        else:
            sources = self._holders(step, source, statement)
            self.plan.give_before(step, name, sources, statement)

    def _follow(self, step: str, version: Version, statement: Statement) -> None:
        """Whoever gets a function, or a value that carries one, needs its globals too."""
        if not (version.captured or version.kind == "definition"):
            return
        key = (step, id(version), len(version.captured))
        if key in self.followed:
            return
        self.followed.add(key)
        if version.placed is not None and version.kind == "definition":
            for name in version.placed.statement.late:
                self.need(step, name, "late", statement)
        for name in version.captured:
            self.need(step, name, "late", statement)

    def _unknown(self, step: str, name: str, rule: Rule, statement: Statement) -> None:
        if self.barrier is not None and name not in BUILTINS:
            self.plan.give(step, name, [(self.barrier, -1)], "order", statement)
        elif not (name in BUILTINS or self.stars or rule != "read"):
            self.plan.problems.append(Problem("unset", statement, name, step))

    # Slices -----------------------------------------------------------------------------

    def _remake(self, step: str, version: Version, statement: Statement) -> None:
        if version.placed is not None:
            self.slice(step, version.placed, version.sources, statement)
        for other in self.space.together(version):
            if other is not version and other.placed is not None and other.remade:
                self.slice(step, other.placed, other.sources, statement)

    def slice(self, step: str, item: Placed, sources: Sources, statement: Statement) -> None:
        """Run *item* again in *step*, and before it what it reads."""
        flow = self.plan.steps[step]
        if item.statement.index in flow.slices or item.step == step:
            return
        inputs: dict[str, tuple[str, ...]] = {}
        flow.slices[item.statement.index] = inputs
        for name, source in sources.items():
            version = source.version
            if version.kind == "deleted":
                continue
            if source.step == step:  # slices run before the step has made it
                other = item.step or "setup"
                self.plan.problems.append(Problem("interleaved", statement, name, step, other))
                continue
            if source.remade and version.kind == "parameter":
                flow.parameters.setdefault(name)
            elif source.remade:
                self._remake(step, version, statement)
            else:
                holders = self._holders(step, source, statement)
                self.plan.give_slice(step, name, holders, item.statement, inputs)
            if version.kind == "definition" and version.placed is not None:
                for late in version.placed.statement.late:
                    self.need(step, late, "late", statement)
        for use in item.statement.files:
            self._file(step, item.statement, use)

    # Files ------------------------------------------------------------------------------

    def _file(self, step: str, statement: Statement, use: FileUse) -> None:
        flow = self.plan.steps[step]
        if "r" in use.mode:
            flow.reads_files.setdefault(use.path)
        if "w" in use.mode:
            flow.writes_files.setdefault(use.path)
        if self.moved and not use.path.startswith("/") and use.mode != "m":
            use = FileUse(use.mode, "*")
        self.wait_for(step, statement, use)

    def wait_for(self, step: str, statement: Statement, use: FileUse) -> None:
        """Let a step come after the earlier ones whose use of files goes before *use*."""
        for source, path in self.files.use(step, use):
            self.plan.edge(source, step, "file", statement, files=(path,))

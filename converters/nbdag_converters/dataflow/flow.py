"""Walk the statements in notebook order and keep the version of each name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from nbdag_converters.analysis import Alias, FileUse, Program, RandomUse, Statement
from nbdag_converters.analysis.facts import LIKELY
from nbdag_converters.analysis.names import BUILTINS
from nbdag_converters.model.pipeline import Rule

from .files import Files
from .placed import EdgeFlow, Placed, Source, Sources, StepFlow, Version
from .sharing import Groups, aliases_that_matter

#: Hidden state whose whole a step can hand on, where setup can't be run again.
MOVABLE_STATE = frozenset(
    ["environ", "cwd", "warnings", "matplotlib", "numpy", "pandas", "sys", "decimal", "locale"]
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that dataflow can't express, at a statement: the rule's code, name and step."""

    code: str
    statement: Statement
    name: str
    step: str | None
    other: str = ""


@dataclass
class Flow:
    """What dataflow finds for all steps."""

    steps: dict[str, StepFlow]
    edges: dict[tuple[str, str], EdgeFlow] = field(default_factory=dict[tuple[str, str], EdgeFlow])
    problems: list[Problem] = field(default_factory=list[Problem])


@dataclass
class _Group:
    """The object(s) behind some names: who has the present state, and whether it was changed."""

    step: str | None
    stamp: int  # the statement that made or changed it last
    changed: bool = False


def flow(placed: Sequence[Placed], steps: Sequence[str], program: Program) -> Flow:
    """Return inputs, outputs, slices and edges of *steps*, in the order of *placed*."""
    walk = _Walk(steps, program, placed)
    for item in placed:
        walk.take(item)
    walk.close()
    return walk.result


class _Walk:
    def __init__(self, steps: Sequence[str], program: Program, placed: Sequence[Placed]) -> None:
        self.program = program
        self.result = Flow({name: StepFlow() for name in steps})
        self.current: dict[str, Version] = {}
        self.groups = Groups()
        self.content: dict[int, _Group] = {}
        self.members: dict[int, list[Version]] = {}
        self.setups: list[tuple[Placed, Sources]] = []
        self.generators: dict[str, tuple[str | None, Placed | None, Sources]] = {}
        self.states: dict[str, str] = {}  # hidden state that a step hands on, and that step
        self.files = Files()
        self.started: list[str] = []
        self.last: str | None = None
        self.barrier: str | None = None
        self.stars = False
        self.followed: set[tuple[str, int, int]] = set()
        self.uses: list[tuple[Statement, str, str, str, int]] = []
        self.finals: dict[tuple[str, str], int] = {}
        identity = any("identity" in p.statement.flags for p in placed)
        self.matters = aliases_that_matter((p.statement for p in placed), identity=identity)
        self.asks_display = any(
            "_" in p.statement.reads and "_" not in program.assigned for p in placed
        )

    # Statements -------------------------------------------------------------------------

    def take(self, item: Placed) -> None:
        """Follow one statement."""
        statement = item.statement
        step = item.step
        if step is not None and step != self.last:
            if self.last is not None:
                self._finish(self.last)
            if step not in self.started:
                self._start(step, statement)
            self.last = step
        sources = self._sources(statement)
        if step is not None:
            self._reads(step, statement)
            self._files(step, statement)
            self._random(step, item, sources)
        elif statement.random:
            self._seed(item, sources)
        self._bind(item, sources)
        if step is not None:
            self._share(step, statement)
            self._changes(step, statement)
            self._deletes(step, statement)
        elif statement.aliases:
            self._share_remade(statement)
        self._setup(item, sources)
        if statement.kind == "star":
            self.stars = True
        if statement.kind == "star" or item.everywhere:
            self.setups.append((item, sources))
        if step is not None and "binds-any" in statement.flags:
            self._anything(step, statement)
        if step is not None and self.asks_display and statement.displays:
            self._bind_name(step, item, "_", certain=False, kind="data", sources={})

    def _sources(self, statement: Statement) -> Sources:
        names = [*statement.reads]
        if statement.kind != "definition":
            names += statement.late
        return {name: self._source(self.current[name]) for name in names if name in self.current}

    def _source(self, version: Version) -> Source:
        group = self._group(version)
        remade = (version.remade or version.kind == "parameter") and not group.changed
        return Source(version, group.step, remade, group.stamp)

    def _start(self, step: str, statement: Statement) -> None:
        """Begin a step: settings made above it are made again in it."""
        self.started.append(step)
        flow = self.result.steps[step]
        flow.known = {
            name: self._remaker(version)
            for name, version in self.current.items()
            if version.kind != "deleted"
        }
        for item, sources in self.setups:
            if item.step != step:
                self._slice(step, item, sources, statement)
        for state, source in self.states.items():
            self._input(step, state, source, "order", statement)
        if self.barrier is not None:
            self._edge(self.barrier, step, "order", (), statement)

    def _finish(self, step: str) -> None:
        for name, version in self.current.items():
            group = self._group(version)
            if group.step == step:
                self.finals[step, name] = group.stamp

    def _remaker(self, version: Version) -> int:
        remade = version.remade and not self._group(version).changed
        return version.placed.statement.index if remade and version.placed else -1

    # Reading ----------------------------------------------------------------------------

    def _reads(self, step: str, statement: Statement) -> None:
        for name in statement.reads:
            self._need(step, name, "read", statement)
        if statement.kind != "definition":
            for name in statement.late:
                self._need(step, name, "late", statement)
        if "reads-all" in statement.flags or "binds-any" in statement.flags:
            for name in list(self.current):
                self._need(step, name, "order", statement)

    def _need(self, step: str, name: str, rule: Rule, statement: Statement) -> None:
        """Give *step* the present version of *name*."""
        flow = self.result.steps[step]
        version = self.current.get(name)
        if version is None:
            self._unknown(step, name, rule, statement)
            return
        flow.used.add(name)
        if version.kind == "deleted":
            return
        self._settle(version)
        group = self._group(version)
        if version.kind == "parameter" and not group.changed:
            flow.parameters.setdefault(name)
        elif step in (version.step, group.step):
            pass
        elif version.remade and not group.changed:
            self._remake(step, version, statement)
        elif group.step is not None:
            if version.kind == "definition" and version.remade:
                self._remake(step, version, statement)  # the class itself; the input changes it
            self._input(step, name, group.step, rule, statement)
        self._follow(step, version, statement)

    def _settle(self, version: Version) -> None:
        """Give the step of a name that may not have been bound what the name was before.

        This waits until somebody takes the version, so that two loops over `i` stay independent.
        """
        source, version.otherwise = version.otherwise, None
        if source is None or version.step is None or version.placed is None:
            return
        step, name, statement = version.step, version.name, version.placed.statement
        if source.version.kind == "deleted" or source.step == step:
            return
        self._settle(source.version)
        flow = self.result.steps[step]
        if source.remade and source.version.kind == "parameter":
            flow.parameters.setdefault(name)
        elif source.remade:
            self._remake(step, source.version, statement)
        elif source.step is not None and name not in flow.inputs:
            flow.inputs[name] = source.step
            self.result.steps[source.step].outputs.setdefault(name)
            self.uses.append((statement, step, name, source.step, source.stamp))
            self._edge(source.step, step, "unset", (name,), statement)

    def _follow(self, step: str, version: Version, statement: Statement) -> None:
        """Whoever gets a function, or a value that carries one, needs its globals too."""
        key = (step, id(version), len(version.captured))
        if key in self.followed:
            return
        self.followed.add(key)
        if version.placed is not None and version.kind == "definition":
            for name in version.placed.statement.late:
                self._need(step, name, "late", statement)
        for name in version.captured:
            self._need(step, name, "late", statement)

    def _unknown(self, step: str, name: str, rule: Rule, statement: Statement) -> None:
        if self.barrier is not None and name not in BUILTINS:
            self._input(step, name, self.barrier, "order", statement)
        elif name in BUILTINS or self.stars or rule != "read":
            return
        else:
            self.result.problems.append(Problem("unset", statement, name, step))

    def _input(self, step: str, name: str, source: str, rule: Rule, statement: Statement) -> None:
        if source == step:
            return
        flow = self.result.steps[step]
        given = flow.inputs.get(name)
        if (given is not None and given != source) or (given is None and name in flow.bound):
            self.result.problems.append(Problem("interleaved", statement, name, step, source))
            return
        if given is None:
            flow.inputs[name] = source
            self.result.steps[source].outputs.setdefault(name)
        version = self.current.get(name)
        if version is not None and not name.startswith("@"):
            stamp = self._group(version).stamp
            self.uses.append((statement, step, name, source, stamp))
        self._edge(source, step, rule, (name,), statement)

    def _edge(
        self,
        source: str,
        target: str,
        rule: Rule,
        names: Iterable[str],
        statement: Statement,
        *,
        files: Iterable[str] = (),
    ) -> None:
        if source == target:
            return
        edge = self.result.edges.setdefault((source, target), EdgeFlow())
        edge.names.update(dict.fromkeys(names))
        edge.files.update(dict.fromkeys(files))
        reason = edge.reasons.setdefault((rule, statement.cell, statement.line), {})
        reason.update(dict.fromkeys([*names, *files]))

    # Slices -----------------------------------------------------------------------------

    def _remake(self, step: str, version: Version, statement: Statement) -> None:
        if version.placed is not None:
            self._slice(step, version.placed, version.sources, statement)
        for other in self.members.get(self.groups.find(version.group), ()):
            if other is not version and other.placed is not None and other.remade:
                self._slice(step, other.placed, other.sources, statement)

    def _slice(self, step: str, item: Placed, sources: Sources, statement: Statement) -> None:
        """Run *item* again in *step*, and before it what it reads."""
        flow = self.result.steps[step]
        if item.statement.index in flow.slices or item.step == step:
            return
        inputs: dict[str, str] = {}
        flow.slices[item.statement.index] = inputs
        for name, source in sources.items():
            version = source.version
            if version.kind == "deleted" or source.step == step:
                continue
            if source.remade and version.kind == "parameter":
                flow.parameters.setdefault(name)
            elif source.remade:
                self._remake(step, version, statement)
            elif source.step is not None:
                self._slice_input(step, name, source, item.statement, inputs)
            if version.kind == "definition" and version.placed is not None:
                for late in version.placed.statement.late:
                    self._need(step, late, "late", statement)
        for use in item.statement.files:
            self._file(step, item.statement, use)

    def _slice_input(
        self, step: str, name: str, source: Source, statement: Statement, inputs: dict[str, str]
    ) -> None:
        if source.step is None:
            return
        inputs[name] = source.step
        self.result.steps[source.step].outputs.setdefault(name)
        self.uses.append((statement, step, name, source.step, source.stamp))
        self._edge(source.step, step, "read", (name,), statement)

    def _setup(self, item: Placed, sources: Sources) -> None:
        """Let settings of libraries and of the process reach all later steps."""
        statement = item.statement
        if not statement.setup:
            return
        moved = [f"@state.{s}" for s in statement.setup if f"@state.{s}" in self.states]
        if statement.kind == "setup" and not moved:
            self.setups.append((item, sources))
            return
        for state in statement.setup:
            if item.step is not None and state in MOVABLE_STATE:
                self.states[f"@state.{state}"] = item.step
            elif state not in ("gc", "process"):
                self.result.problems.append(Problem("mixed-setup", statement, state, item.step))

    # Binding ----------------------------------------------------------------------------

    def _bind(self, item: Placed, sources: Sources) -> None:
        statement = item.statement
        kind: str = statement.kind
        if kind not in ("import", "definition", "constant"):
            kind = "data"
        if item.parameter:
            kind = "parameter"
        for name in statement.binds:
            self._bind_name(item.step, item, name, certain=True, kind=kind, sources=sources)
        for name in statement.may_bind:
            certain = statement.kind == "import"  # try: import x / except: x = None
            kind_of = kind if certain else "data"
            self._bind_name(item.step, item, name, certain=certain, kind=kind_of, sources=sources)

    def _bind_name(
        self,
        step: str | None,
        item: Placed,
        name: str,
        *,
        certain: bool,
        kind: str,
        sources: Sources,
    ) -> None:
        old = self.current.get(name)
        changed = item.statement.changes.get(name, 0) >= LIKELY
        if step is not None:
            flow = self.result.steps[step]
            flow.bound.add(name)
            flow.changes.setdefault(name)
        remade = kind in ("import", "definition", "constant") and all(
            source.remade for source in sources.values()
        )
        captured = self._captured(item.statement, sources)
        version = Version(
            name, step, item, kind, self.groups.new(), captured, dict(sources), remade
        )
        if not certain and old is not None:
            version.otherwise = self._source(old)
        self.content[version.group] = _Group(step, item.statement.index)
        self.members[version.group] = [version]
        self.current[name] = version
        if changed and old is not None and old.kind != "deleted":  # l += [1] keeps the object
            self._join(version, old, step, item.statement)

    def _captured(self, statement: Statement, sources: Sources) -> tuple[str, ...]:
        found = dict.fromkeys(statement.captured)
        for source in sources.values():
            found.update(dict.fromkeys(source.version.captured))
        return tuple(found)

    def _deletes(self, step: str, statement: Statement) -> None:
        for name in statement.deletes:
            version = Version(name, step, None, "deleted", self.groups.new())
            self.content[version.group] = _Group(step, statement.index)
            self.members[version.group] = []
            self.current[name] = version
            self.result.steps[step].changes.setdefault(name)

    # Objects ----------------------------------------------------------------------------

    def _group(self, version: Version) -> _Group:
        return self.content[self.groups.find(version.group)]

    def _names_of(self, version: Version) -> list[str]:
        """Return the names that have an object of this version's group now."""
        group = self.groups.find(version.group)
        return [
            name
            for name, other in self.current.items()
            if other.kind not in ("import", "deleted") and self.groups.find(other.group) == group
        ]

    def _share(self, step: str, statement: Statement) -> None:
        for alias in statement.aliases:
            if (statement.index, alias) not in self.matters:
                continue
            first, second = self._pair(alias)
            if first is None or second is None:
                continue
            self._need(step, alias.source, "alias", statement)
            self._need(step, alias.target, "alias", statement)
            self._join(first, second, step, statement)

    def _share_remade(self, statement: Statement) -> None:
        for alias in statement.aliases:
            if (statement.index, alias) in self.matters:
                first, second = self._pair(alias)
                if first is not None and second is not None:
                    self._join(first, second, None, statement)

    def _pair(self, alias: Alias) -> tuple[Version | None, Version | None]:
        first, second = self.current.get(alias.target), self.current.get(alias.source)
        if first is None or second is None or "import" in (first.kind, second.kind):
            return None, None
        return first, second

    def _join(
        self, first: Version, second: Version, step: str | None, statement: Statement
    ) -> None:
        """Make one group of two: from here on their names go together."""
        if self.groups.find(first.group) == self.groups.find(second.group):
            return
        both = (first, second)
        remade = all(v.remade and not self._group(v).changed for v in both)
        if step is not None and not remade:
            for version in both:
                for name in self._names_of(version):
                    self._need(step, name, "alias", statement)
                    self.result.steps[step].changes.setdefault(name)
        members = [m for v in both for m in self.members.get(self.groups.find(v.group), ())]
        owner = self._group(first).step
        joined = self.groups.join(first.group, second.group)
        self.members[joined] = members
        if remade:
            self.content[joined] = _Group(owner, statement.index)
        else:
            self.content[joined] = _Group(step, statement.index, changed=True)

    def _changes(self, step: str, statement: Statement) -> None:
        for name, level in statement.changes.items():
            version = self.current.get(name)
            if level < LIKELY or version is None or version.kind in ("import", "deleted"):
                continue
            self._need(step, name, "change", statement)
            for other in self._names_of(version):
                if other != name:
                    self._need(step, other, "alias", statement)
                self.result.steps[step].changes.setdefault(other)
            group = self._group(version)
            group.step, group.changed, group.stamp = step, True, statement.index
            if statement.captured:
                version.captured = tuple(dict.fromkeys((*version.captured, *statement.captured)))

    def _anything(self, step: str, statement: Statement) -> None:
        """Code that may do anything: all comes before, all later comes after."""
        for other in self.started[:-1]:
            self._edge(other, step, "order", (), statement)
        for name, version in list(self.current.items()):
            if version.kind not in ("import", "deleted"):
                self._need(step, name, "order", statement)
                group = self._group(version)
                group.step, group.changed, group.stamp = step, True, statement.index
                self.result.steps[step].changes.setdefault(name)
        self.barrier = step

    # Generators and files ---------------------------------------------------------------

    def _seed(self, item: Placed, sources: Sources) -> None:
        for use in item.statement.random:
            self.generators[use.generator] = (None, item, sources)

    def _random(self, step: str, item: Placed, sources: Sources) -> None:
        for use in item.statement.random:
            self.result.steps[step].random.setdefault(use.generator)
            if use.action == "seed":
                again = item if use.constant and item.statement.kind == "setup" else None
                self.generators[use.generator] = (step, again, sources)
            else:
                self._draw(step, use, item.statement)

    def _draw(self, step: str, use: RandomUse, statement: Statement) -> None:
        """Let the generator go on from where the last step that drew left it."""
        found = self.generators.get(use.generator)
        if found is None:
            return  # nobody seeded it: its numbers are anybody's
        source, seed, sources = found
        if seed is not None and seed.step != step:
            self._slice(step, seed, sources, statement)
        elif seed is None and source is not None:
            self._input(step, f"@random.{use.generator}", source, "random", statement)
        self.generators[use.generator] = (step, None, {})

    def _files(self, step: str, statement: Statement) -> None:
        for use in statement.files:
            self._file(step, statement, use)

    def _file(self, step: str, statement: Statement, use: FileUse) -> None:
        flow = self.result.steps[step]
        if "r" in use.mode:
            flow.reads_files.setdefault(use.path)
        if "w" in use.mode:
            flow.writes_files.setdefault(use.path)
        for source, path in self.files.use(step, use):
            self._edge(source, step, "file", (), statement, files=(path,))

    # The end ----------------------------------------------------------------------------

    def close(self) -> None:
        """Check that each value was handed on as its step left it."""
        if self.last is not None:
            self._finish(self.last)
        for statement, step, name, source, stamp in self.uses:
            final = self.finals.get((source, name))
            if final is not None and final != stamp:
                self.result.problems.append(Problem("moved-on", statement, name, step, source))

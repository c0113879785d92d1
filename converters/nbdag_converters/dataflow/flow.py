"""Walk the statements in notebook order and keep the version of each name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nbdag_converters.analysis import Alias, FileUse, Program, RandomUse, Statement
from nbdag_converters.analysis.facts import LIKELY
from nbdag_converters.analysis.knowledge.hidden import MOVABLE_STATE
from nbdag_converters.analysis.loops import Parallel
from nbdag_converters.analysis.names import BUILTINS

from .decide import decider
from .loops import seen_by
from .namespace import Outcome, Sources, Version, merge
from .needs import Needs
from .placed import Choice, Placed, Problem
from .plan import Flow
from .sharing import aliases_of, aliases_that_matter

_MOVABLE_NAMES = tuple(f"@state.{state}" for state in sorted(MOVABLE_STATE))


@dataclass(frozen=True, slots=True)
class _Setup:
    """A statement that is run again in all later steps, and what it read."""

    placed: Placed
    sources: Sources


def flow(items: Sequence[Placed | Choice], steps: Sequence[str], program: Program) -> Flow:
    """Return inputs, outputs, slices and edges of *steps*, in the order of *items*."""
    walk = _Walk(steps, program, items)
    for item in items:
        if isinstance(item, Choice):
            walk.choose(item)
        else:
            walk.take(item)
    walk.leave()
    walk.plan.owners = walk.space.owners()
    walk.plan.check()
    return walk.plan


def statements_of(items: Sequence[Placed | Choice]) -> list[Statement]:
    """Return all statements, those of branches after the tests."""
    found: list[Statement] = []
    for item in items:
        if isinstance(item, Choice):
            found.append(item.test)
            found += [p.statement for branch in item.branches for p in branch.body]
        else:
            found.append(item.statement)
    return found


class _Walk(Needs):
    def __init__(
        self, steps: Sequence[str], program: Program, items: Sequence[Placed | Choice]
    ) -> None:
        super().__init__(steps)
        self.setups: list[_Setup] = []
        self.started: list[str] = []
        self.last: str | None = None
        self.branch: str | None = None  # the step is one of several branches
        statements = statements_of(items)
        identity = any("identity" in s.flags for s in statements)
        branched = {
            placed.statement.index
            for item in items
            if isinstance(item, Choice)
            for branch in item.branches
            for placed in branch.body
        }
        self.matters = aliases_that_matter(statements, branched=branched, identity=identity)
        self.plan.matters = self.matters
        self.words = _words(items, sorted(BUILTINS & program.assigned))
        self.asks_display = any("_" in s.reads and "_" not in program.assigned for s in statements)

    # Statements -------------------------------------------------------------------------

    def take(self, item: Placed) -> None:
        """Follow one statement."""
        statement, step = item.statement, item.step
        if step is not None:
            self.enter(step, statement)
        own = (*statement.binds, *statement.may_bind)
        kept = own or statement.setup or statement.random or statement.kind == "star"
        sources = self.space.sources(_read_by(statement)) if kept else {}
        if step is not None:
            self.use(step, statement)
        if isinstance(statement.loop, Parallel):
            self.plan.seen[statement.index] = seen_by(statement, statement.loop, self.space)
        self._random(item, sources)
        old = {n: self.space.current[n] for n in own if n in self.space.current}
        self._bind(item, sources)
        self._share(step, statement, old)
        if step is not None:
            self._changes(step, statement)
            self._deletes(step, statement)
            if "binds-any" in statement.flags:
                self._anything(step, statement)
            if self.asks_display and statement.displays:
                self._bind_name(item, "_", certain=False, kind="data", sources={})
        self._setup(item, sources)
        if statement.kind == "star":
            self.stars = True
            self._shadow(item)
        if statement.kind == "star" or item.everywhere:
            self.setups.append(_Setup(item, sources))

    def enter(self, step: str, statement: Statement) -> None:
        """Go on in *step*, which may begin here."""
        if step == self.last:
            return
        self.leave()
        if step not in self.started:
            self._start(step, statement)
        else:
            self.again.add(step)
            self._start_again(step, statement)
        self.last = step

    def leave(self) -> None:
        """Note what the step that we are in has, so far."""
        if self.last is not None:
            self.plan.finish(self.last, self.space)
        self.last = None

    def choose(self, choice: Choice) -> None:
        """Follow an `if` whose branches are steps."""
        self.leave()
        source = decider(choice, self.space, self.plan)
        if source == choice.own_step:
            self.enter(source, choice.test)
            self.use(source, choice.test)
            self.leave()
        self.plan.steps[source].decides.append(choice)
        self.plan.steps[source].outputs.setdefault(f"@branch.{choice.name}")
        before, outcomes = self.space, list[Outcome]()
        for branch in choice.branches:
            self.space, self.branch = before.copy(), branch.step
            self.enter(branch.step, choice.test)
            self.plan.steps[branch.step].condition = (source, choice, branch)
            self.plan.edge(
                source, branch.step, "condition", choice.test, names=(f"@branch.{choice.name}",)
            )
            for item in branch.body:
                self.take(item)
            self.leave()
            outcomes.append(Outcome(branch.step, self.space))
        self.space, self.branch = before, None
        merge(before, outcomes, has_else=choice.has_else, stamp=choice.test.index)

    def _start(self, step: str, statement: Statement) -> None:
        """Begin a step: settings made above it are made again in it."""
        self.started.append(step)
        current = self.space.current
        self.plan.steps[step].known = {
            name: self._remaker(current[name])
            for name in self.words.get(step, ())
            if name in current and current[name].kind != "deleted"
        }
        for setup in self.setups:
            if setup.placed.step != step:
                self.slice(step, setup.placed, setup.sources, statement)
        for name in _MOVABLE_NAMES:
            if name in current:
                self.need(step, name, "order", statement)
        if self.barrier is not None:
            self.plan.edge(self.barrier, step, "order", statement)

    def _start_again(self, step: str, statement: Statement) -> None:
        """Go on with a step after others: settings made there came too late for its first cells."""
        for setup in self.setups:
            made = setup.placed
            states = made.statement.setup or ("*",) * (made.statement.kind == "star")
            if made.step != step and made.statement.index not in self.plan.steps[step].slices:
                self.plan.problems += [
                    Problem("interleaved", statement, state, step, made.step or "setup")
                    for state in states
                ]

    def _remaker(self, version: Version) -> int:
        remade = version.remade and not self.space.thing(version).changed
        return version.placed.statement.index if remade and version.placed else -1

    def _setup(self, item: Placed, sources: Sources) -> None:
        """Let settings of libraries and of the process reach all later steps."""
        statement = item.statement
        if not statement.setup:
            return
        moves = "cwd" in statement.setup and (self.moved or item.step is not None)
        self.moved |= moves
        if moves and item.step is not None:  # the folder may be one that earlier cells have made
            self.wait_for(item.step, statement, FileUse("r", "*"))
        handed_on = [s for s in statement.setup if f"@state.{s}" in self.space.current]
        again = statement.kind in ("setup", "definition")  # a decorator may register
        if again and not handed_on and not moves and self.branch is None:
            self.setups.append(_Setup(item, sources))
            return
        for state in statement.setup:
            if item.step is not None and state in MOVABLE_STATE:
                name = f"@state.{state}"
                self.space.set(Version(name, item.step, item, "data", 0), statement.index)
            elif state not in ("gc", "process"):
                self.plan.problems.append(Problem("mixed-setup", statement, state, item.step))

    # Binding ----------------------------------------------------------------------------

    def _bind(self, item: Placed, sources: Sources) -> None:
        statement = item.statement
        kind: str = statement.kind
        if item.parameter:
            kind = "parameter"
        elif kind not in ("import", "definition", "constant"):
            kind = "data"
        for name in statement.binds:
            self._bind_name(item, name, certain=True, kind=kind, sources=sources)
        for name in statement.may_bind:
            certain = statement.kind == "import"  # try: import x / except: x = None
            kind_of = kind if certain else "data"
            self._bind_name(item, name, certain=certain, kind=kind_of, sources=sources)

    def _bind_name(
        self, item: Placed, name: str, *, certain: bool, kind: str, sources: Sources
    ) -> None:
        step, statement = item.step, item.statement
        old = self.space.current.get(name)
        if step is not None:
            self.plan.steps[step].bound.add(name)
            self.plan.steps[step].changes.setdefault(name)
        captured = dict.fromkeys(statement.captured)
        for source in sources.values():
            if source.version.captured:
                captured.update(dict.fromkeys(source.version.captured))
        version = Version(name, step, item, kind, 0, tuple(captured), sources)
        version.remade = (
            self.branch is None
            and kind in ("import", "definition", "constant")
            and all(source.remade for source in sources.values())
        )
        if not certain and old is not None:
            version.otherwise = self.space.source(old)
        self.space.set(version, statement.index)
        changed = statement.changes.get(name, 0) >= LIKELY
        if changed and old is not None and old.kind != "deleted":  # l += [1] keeps the object
            self._join(version, old, step, statement)

    def _shadow(self, item: Placed) -> None:
        """Let a star import bind any name that is loaded, since inputs are bound after slices."""
        for name in self.space.names():
            version = self.space.current[name]
            remade = version.remade and not self.space.thing(version).changed
            if item.step is not None and not remade:
                self._bind_name(item, name, certain=False, kind="data", sources={})

    def _deletes(self, step: str, statement: Statement) -> None:
        for name in statement.deletes:
            self.space.set(Version(name, step, None, "deleted", 0), statement.index)
            self.plan.steps[step].changes.setdefault(name)

    # Objects ----------------------------------------------------------------------------

    def _share(self, step: str | None, statement: Statement, old: dict[str, Version]) -> None:
        """Join what shares an object now; *old* are the versions that the statement replaced."""
        for alias in aliases_of(statement):
            if (statement.index, alias) not in self.matters:
                continue
            for first, second in self._pairs(alias, old):
                if step is not None:
                    self.need(step, alias.source, "alias", statement)
                    self.need(step, alias.target, "alias", statement)
                self._join(first, second, step, statement)

    def _pairs(self, alias: Alias, old: dict[str, Version]) -> list[tuple[Version, Version]]:
        """Return the versions that share: in `a, b = b, a` the new a is what b was."""
        target = self.space.current.get(alias.target)
        sources = [old.get(alias.source)]
        if alias.target != alias.source:
            sources.append(self.space.current.get(alias.source))
        return [
            (target, source)
            for source in sources
            if target is not None
            and source is not None
            and not {target.kind, source.kind} & {"import", "deleted"}
        ]

    def _join(
        self, first: Version, second: Version, step: str | None, statement: Statement
    ) -> None:
        """Make one group of two: from here on their names go together."""
        space = self.space
        if space.groups.find(first.group) == space.groups.find(second.group):
            return
        names = [name for version in (first, second) for name in space.sharing(version)]
        remade = all(v.remade and not space.thing(v).changed for v in (first, second))
        if step is not None and not remade:
            for name in names:
                self.need(step, name, "alias", statement)
                self.plan.steps[step].changes.setdefault(name)
        space.join(first, second, step, statement.index)

    def _changes(self, step: str, statement: Statement) -> None:
        for name, level in statement.changes.items():
            version = self.space.current.get(name)
            if level < LIKELY or version is None or version.kind in ("import", "deleted"):
                continue
            self.need(step, name, "change", statement)
            thing = self.space.thing(version)
            if thing.step != step or not thing.changed:  # else all who share it came with it
                for other in self.space.sharing(version):
                    if other != name:
                        self.need(step, other, "alias", statement)
                    self.plan.steps[step].changes.setdefault(other)
            self._mark(version, step, statement)
            if statement.captured:
                version.captured = tuple(dict.fromkeys((*version.captured, *statement.captured)))

    def _mark(self, version: Version, step: str, statement: Statement) -> None:
        thing = self.space.thing(version)
        thing.step, thing.changed, thing.stamp = step, True, statement.index

    def _anything(self, step: str, statement: Statement) -> None:
        """Let code that may do anything come after all above and before all below."""
        for other in self.started[:-1]:
            self.plan.edge(other, step, "order", statement)
        for name in self.space.names():
            version = self.space.current[name]
            if version.kind != "import":
                self.need(step, name, "order", statement)
                self._mark(version, step, statement)
                self.plan.steps[step].changes.setdefault(name)
        self.barrier = step

    # Generators and files ---------------------------------------------------------------

    def _random(self, item: Placed, sources: Sources) -> None:
        for use in item.statement.random:
            if not use.sure and f"@random.{use.generator}" not in self.space.current:
                continue
            if item.step is not None:
                self.plan.steps[item.step].random.setdefault(use.generator)
            if use.action == "seed":
                self._seed(item, use, sources)
            elif item.step is not None:
                self._draw(item.step, use, item.statement)

    def _seed(self, item: Placed, use: RandomUse, sources: Sources) -> None:
        again = use.constant and item.statement.kind == "setup" and self.branch is None
        version = Version(
            f"@random.{use.generator}", item.step, item, "constant", 0, (), dict(sources)
        )
        version.remade = again and all(source.remade for source in sources.values())
        self.plan.seeded.add(version.name)
        self.space.set(version, item.statement.index)

    def _draw(self, step: str, use: RandomUse, statement: Statement) -> None:
        """Let the generator go on from where the last step that drew left it."""
        name = f"@random.{use.generator}"
        if name in self.space.current:  # else nobody seeded it: its numbers are anybody's
            self.need(step, name, "random", statement)
            self.space.set(Version(name, step, None, "data", 0), statement.index)


def _read_by(statement: Statement) -> list[str]:
    late = statement.late if statement.kind != "definition" else ()
    return [*statement.reads, *late]


def _words(items: Sequence[Placed | Choice], always: Sequence[str]) -> dict[str, dict[str, None]]:
    """Return the words that each step's code is made of, strings too, and *always* these.

    What a step doesn't name it can't read, but for code that is known to use any name.
    """
    found: dict[str, dict[str, None]] = {}
    for item in items:
        bodies = [b.body for b in item.branches] if isinstance(item, Choice) else [(item,)]
        for placed in (p for body in bodies for p in body):
            if placed.step is not None:
                words = found.setdefault(placed.step, dict.fromkeys(always))
                words.update(dict.fromkeys(_WORD.findall(placed.statement.source)))
    return found


_WORD = re.compile(r"[^\W\d]\w*")

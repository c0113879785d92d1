"""One pass over code in evaluation order: what it does to the names outside of it.

A `Visitor` is used for a top-level statement (`local` is None: all names are the notebook's) and
for a function's body (`local` are its own names). Comprehension variables are names of their own:
for each it is known over which names it runs, so that `[x.append(1) for x in xs]` changes `xs`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, TypeAlias

from . import assign, calls, kinds, special, state
from .applied import apply
from .beliefs import Beliefs
from .facts import Alias, Effects, Flag
from .imports import dotted
from .knowledge import methods
from .names import BUILTINS, COMPREHENSIONS, Nodes, children, methods_as_values, root_name
from .summaries import function_summary, summarise, told_caches
from .summary import Summaries, Summary

_Comprehension: TypeAlias = "ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp"


@dataclass
class World:
    """What is known of the whole notebook: imports, functions, and the kinds of names so far."""

    imports: dict[str, str] = field(default_factory=dict[str, str])
    assigned: set[str] = field(default_factory=set[str])
    stored: set[str] = field(default_factory=set[str])  # by assignment, not by def or class
    star: str = ""
    summaries: Summaries = field(default_factory=Summaries)
    kinds: Beliefs = field(default_factory=Beliefs)
    stable_kinds: dict[str, str] = field(default_factory=dict[str, str])
    constants: Beliefs = field(default_factory=Beliefs)
    process_wide: set[str] = field(default_factory=set[str])  # names of loggers and contexts
    callables_keep_state: bool = False  # calling a value may change what it holds
    told_caches: set[str] = field(default_factory=set[str])  # cached functions that show it
    dotted_names: dict[ast.AST, str | None] = field(default_factory=dict[ast.AST, "str | None"])

    def dotted(self, node: ast.AST) -> str | None:
        """Return the dotted name of an expression if its root is the notebook's own name.

        It is asked for the same node by many rules, so it is kept.
        """
        known = self.dotted_names
        if node not in known:
            known[node] = dotted(node, self.imports, self.assigned, self.star)
        return known[node]

    def is_module(self, name: str | None) -> bool:
        """Return whether the name is bound by imports only."""
        return name is not None and name in self.imports and name not in self.assigned

    def summarise(self, statements: Sequence[ast.AST], nodes: Nodes) -> None:
        """Learn the notebook's functions and classes from all statements and nodes of its trees."""
        summarise(statements, self)
        self.told_caches = told_caches(nodes, self.summaries)
        functions = [s for group in self.summaries.functions.values() for s in group]
        self.callables_keep_state = any(s.keeps_state for s in functions) or any(
            self.changes_self(node) for node in methods_as_values(nodes)
        )

    def changes_self(self, node: ast.Attribute) -> bool:
        """Return whether the method *node*, taken as a value, changes its object when called."""
        name = root_name(node)
        if name is not None and self.is_module(name):
            return False
        own = self.summaries.methods.get(node.attr)
        if own is not None:
            return any(summary.change_of("self", method=True) for summary in own)
        return node.attr in methods.CHANGING


@cache
def _statements() -> Mapping[type[ast.stmt], Callable[[Visitor, Any], None]]:
    from .statements import STATEMENTS  # which itself needs visitors

    return STATEMENTS


class Visitor:
    """Gathers the `effects` of statements and expressions."""

    def __init__(
        self,
        world: World,
        *,
        local: set[str] | None = None,
        summary: Summary | None = None,
        shown: bool = False,
    ) -> None:
        self.world = world
        self.is_top = local is None
        self.local: set[str] = local if local is not None else set()
        self.summary = summary
        self.shown = shown  # the value of an expression statement is displayed, so it is used
        self.effects = Effects()
        self.scopes: list[dict[str, set[str]]] = []
        self.origins: dict[str, set[str]] = {}
        self.closed_changes: set[str] = set()  # local names that nested functions change
        self._lambdas: dict[ast.Lambda, Summary] = {}

    # Names ------------------------------------------------------------------------------

    def is_outer(self, name: str) -> bool:
        """Return whether the name belongs to the notebook, not to this function or loop."""
        if name in self.local:
            return False
        return not self.scopes or not any(name in scope for scope in self.scopes)

    def read(self, name: str, node: ast.expr, *, called: bool = False) -> None:
        """Note that the value of *name* is taken."""
        if not self.is_outer(name):
            return
        if name not in self.effects.bound:
            self.effects.reads.setdefault(name, node)
        if not called:
            self.effects.escaping.add(name)
        if not called and name not in self.effects.bound:
            for summary in self.world.summaries.functions.get(name, ()):
                apply(self, summary)  # it may be called by whoever gets it

    def bind(self, name: str, node: ast.AST | None) -> None:
        """Note that *name* is bound, maybe."""
        if self.is_outer(name):
            self.effects.binds.setdefault(name, node)
            self.effects.bound.add(name)

    def change(self, name: str | None, level: int) -> None:
        """Note that the object of *name* is changed in place."""
        if name is None or not level:
            return
        for scope in reversed(self.scopes):
            if name in scope:
                for origin in scope[name]:
                    self.change(origin, level)
                return
        if self.world.is_module(name):
            return
        effects = self.effects
        where = effects.inner_changes if name in effects.bound else effects.changes
        where[name] = max(level, where.get(name, 0))

    def share(self, target: str | None, source: str | None) -> None:
        """Note that two names may have an object in common from now on."""
        if target is None or source is None or self._unshared(source):
            return
        if target == source and not self.is_top:
            return  # at the top `a = a or b` may leave the very object that a was
        for scope in reversed(self.scopes):
            if source in scope:
                for origin in scope[source]:
                    self.share(target, origin)
                return
            if target in scope:
                scope[target].add(source)
                return
        if self.is_top:
            self.effects.aliases.append(Alias(target, source))
        else:
            self.origins.setdefault(target, set()).add(source)
            self.origins.setdefault(source, set())

    def _unshared(self, name: str) -> bool:
        if self.world.is_module(name):
            return True
        if name in BUILTINS and name not in self.world.assigned:
            return True
        if not self.is_top:
            return False
        return self.world.kinds.get(name) in kinds.IMMUTABLE

    def local_origins(self, name: str) -> set[str]:
        """Return the names that may share an object with a local name, itself among them."""
        seen, todo = {name}, [name]
        while todo:
            for other in self.origins.get(todo.pop(), ()):
                if other not in seen:
                    seen.add(other)
                    todo.append(other)
        return seen

    def kind_of_name(self, name: str) -> str | None:
        """Return the kind of the value that *name* has here."""
        world = self.world
        if self.scopes and any(name in scope for scope in self.scopes):
            return None
        if not self.is_top:
            return None if name in self.local else world.stable_kinds.get(name)
        if name in world.summaries.functions and name not in world.kinds:
            return "function"
        return world.kinds.get(name)

    def kind(self, node: ast.expr) -> str | None:
        """Return the kind of an expression's value."""
        return kinds.kind_of(node, self)

    def dotted(self, node: ast.AST) -> str | None:
        """Return the dotted name of a module's member, a builtin or an imported name."""
        found = self.world.dotted(node)
        if found is None or not (self.local or self.scopes):
            return found
        first = root_name(node)
        return found if first is None or self.is_outer(first) else None

    def flag(self, *flags: Flag) -> None:
        """Note something about the statement as a whole."""
        self.effects.flags.update(flags)

    # Expressions ------------------------------------------------------------------------

    def expression(self, node: ast.AST | None, *, discarded: bool = False) -> None:
        """Visit an expression; *discarded*: nobody takes its value."""
        if node is None or isinstance(node, ast.Constant):
            return
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                self.read(node.id, node)
                state.name(self, node)
            return
        if isinstance(node, ast.Call):
            calls.call(self, node, discarded=discarded)
        elif isinstance(node, ast.Attribute):
            self.base(node.value)
        else:
            _COMPOUND.get(type(node), Visitor._children)(self, node)
        for note in _NOTES.get(type(node), ()):
            note(self, node)

    def either(self, node: ast.IfExp) -> None:
        """Visit `a if test else b`."""
        self.expression(node.test)
        self.branches([partial(self.expression, node.body), partial(self.expression, node.orelse)])

    def boolean(self, node: ast.BoolOp) -> None:
        """Visit `a and b`, whose b may not run."""
        self.expression(node.values[0])
        self.maybe(partial(self.expressions, node.values[1:]))

    def expressions(self, nodes: Iterable[ast.expr]) -> None:
        """Visit expressions in order."""
        for node in nodes:
            self.expression(node)

    def base(self, node: ast.expr) -> None:
        """Visit what an attribute is taken of, or a class derived from: a class isn't called."""
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            known = self.world.summaries.functions.get(node.id, ())
            self.read(node.id, node, called=any(summary.is_class for summary in known))
            state.name(self, node)
        else:
            self.expression(node)

    def _children(self, node: ast.AST) -> None:
        for child in children(node):
            if isinstance(child, (ast.expr, ast.keyword, ast.FormattedValue)):
                self.expression(child)

    def walrus(self, node: ast.NamedExpr) -> None:
        """Visit `name := value`."""
        self.expression(node.value)
        outer, self.scopes = self.scopes, []  # it binds in the scope around the comprehension
        assign.target(self, node.target, node.value)
        self.scopes = outer

    def lambda_(self, node: ast.Lambda) -> None:
        """Visit a lambda: its defaults now, its body whenever somebody calls it."""
        self.defaults(node.args)
        self.inner(self.lambda_summary(node))

    def lambda_summary(self, node: ast.Lambda) -> Summary:
        """Return what calling the lambda does; it is asked for where it is made and handed on."""
        known = self._lambdas.get(node)
        if known is None:
            known = self._lambdas[node] = function_summary(node, "<lambda>", self.world)
        return known

    def defaults(self, arguments: ast.arguments) -> None:
        """Visit default values, which are worked out where the function is made."""
        for default in (*arguments.defaults, *arguments.kw_defaults):
            self.expression(default)

    def inner(self, summary: Summary) -> None:
        """Take over what a nested function does when it is called."""
        effects = self.effects
        for name in sorted(summary.free):
            if self.is_outer(name):
                effects.late.setdefault(name)
        for name, level in summary.global_changes.items():
            self.closed_changes.add(name)
            self.change(name, level)
        for name in sorted(summary.binds):
            self.bind(name, None)
            effects.bound.discard(name)
        effects.random += sorted(summary.random, key=str)
        effects.setup += sorted(summary.setup)
        effects.files += sorted(summary.files, key=str)
        effects.flags |= summary.flags
        if self.summary is not None:
            self.summary.calls += summary.calls
        else:
            for callee in {c.callee for c in summary.calls if not c.method}:
                for inner in self.world.summaries.functions.get(callee, ()):
                    apply(self, inner)

    def comprehension(self, node: _Comprehension) -> None:
        """Visit a comprehension, whose variables are its own."""
        names: dict[str, set[str]] = {}
        for position, generator in enumerate(node.generators):
            self.expression(generator.iter)
            special.use(self, generator.iter, "__iter__", "__next__")
            assign.consume(self, generator.iter)
            origins = assign.iterated(self, generator.iter)
            if position == 0:
                self.scopes.append(names)
            for name in assign.stored_names(generator.target):
                names[name] = set(origins)
            for condition in generator.ifs:
                self.expression(condition)
        results = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
        for result in results:
            self.maybe(partial(self.expression, result))
        self.scopes.pop()

    # Branches ---------------------------------------------------------------------------

    def maybe(self, visit: Callable[[], Any]) -> None:
        """Visit something that may not run: what it binds is not certain afterwards."""
        before = set(self.effects.bound)
        visit()
        self.effects.bound = before

    def uncertain(self, *visits: Callable[[], Any]) -> None:
        """Visit alternatives, any of which may not run: known afterwards is what all agree on.

        Each begins with what is known before.
        """
        for known in (self.world.kinds, self.world.constants):
            known.fork()
        for visit in visits:
            visit()
            for known in (self.world.kinds, self.world.constants):
                known.back()
        for known in (self.world.kinds, self.world.constants):
            known.join()

    def branches(self, visits: Iterable[Callable[[], Any]]) -> None:
        """Visit alternatives, one of which runs: certain is what all of them bind."""
        before = set(self.effects.bound)
        after: set[str] | None = None
        for visit in visits:
            self.effects.bound = set(before)
            visit()
            after = self.effects.bound if after is None else after & self.effects.bound
        self.effects.bound = before | (after or set())

    # Statements -------------------------------------------------------------------------

    def statement(self, node: ast.stmt) -> None:
        """Visit a statement with all that is in it."""
        visit = _statements().get(type(node))
        if visit is not None:
            visit(self, node)
            return
        for child in children(node):
            if isinstance(child, ast.stmt):
                self.statement(child)
            else:
                self.expression(child)

    def body(self, statements: Iterable[ast.stmt]) -> None:
        """Visit statements in order."""
        for statement in statements:
            self.statement(statement)


_COMPOUND: dict[type[ast.AST], Callable[[Visitor, Any], None]] = {
    ast.NamedExpr: Visitor.walrus,
    ast.Lambda: Visitor.lambda_,
    ast.IfExp: Visitor.either,
    ast.BoolOp: Visitor.boolean,
    **dict.fromkeys(COMPREHENSIONS, Visitor.comprehension),
}

_NOTES: dict[type[ast.AST], list[Callable[[Visitor, Any], None]]] = {
    kind: [table[kind] for table in (special.NOTES, state.NOTES) if kind in table]
    for kind in (special.NOTES | state.NOTES)
}

"""One pass over code in evaluation order: what it does to the names outside of it.

A `Visitor` is used for a top-level statement (`local` is None: all names are the notebook's) and
for a function's body (`local` are its own names). Comprehension variables are names of their own:
for each it is known over which names it runs, so that `[x.append(1) for x in xs]` changes `xs`.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from . import assign, calls, kinds
from .facts import CERTAIN, Alias, Effects, FileUse, Flag
from .imports import dotted
from .names import BUILTINS, COMPREHENSIONS, certain_names, local_names, root
from .summaries import Summaries, Summary, function_summary, summarise


@dataclass
class World:
    """What is known of the whole notebook: imports, functions, and the kinds of names so far."""

    imports: dict[str, str] = field(default_factory=dict[str, str])
    assigned: set[str] = field(default_factory=set[str])
    star: str = ""
    summaries: Summaries = field(default_factory=Summaries)
    kinds: dict[str, str | None] = field(default_factory=dict[str, "str | None"])
    stable_kinds: dict[str, str] = field(default_factory=dict[str, str])
    constants: dict[str, str | None] = field(default_factory=dict[str, "str | None"])
    process_wide: set[str] = field(default_factory=set[str])  # names of loggers and contexts

    def is_module(self, name: str | None) -> bool:
        """Return whether the name is bound by imports only."""
        return name is not None and name in self.imports and name not in self.assigned

    def summarise(self, trees: Iterable[ast.AST]) -> None:
        """Learn the notebook's functions and classes."""
        summarise(trees, self)


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

    # Names ------------------------------------------------------------------------------

    def is_outer(self, name: str) -> bool:
        """Return whether the name belongs to the notebook, not to this function or loop."""
        return name not in self.local and not any(name in scope for scope in self.scopes)

    def read(self, name: str, node: ast.AST, *, called: bool = False) -> None:
        """Note that the value of *name* is taken."""
        if not self.is_outer(name):
            return
        if name not in self.effects.bound:
            self.effects.reads.setdefault(name, node)
        if not called:
            self.effects.escaping.add(name)
        if not called and name not in self.effects.bound:
            for summary in self.world.summaries.functions.get(name, ()):
                calls.apply(self, summary)  # it may be called by whoever gets it

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
        if target is None or source is None or target == source or self._unshared(source):
            return
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
        if any(name in scope for scope in self.scopes):
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
        found = dotted(node, self.world.imports, self.world.assigned, self.world.star)
        first = root(node).name
        return found if first is None or self.is_outer(first) else None

    def flag(self, *flags: Flag) -> None:
        """Note something about the statement as a whole."""
        self.effects.flags.update(flags)

    # Expressions ------------------------------------------------------------------------

    def expression(self, node: ast.AST | None, *, discarded: bool = False) -> None:
        """Visit an expression; *discarded*: nobody takes its value."""
        if node is None:
            return
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                self.read(name, node)
                calls.history(self, name)
            case ast.Call():
                calls.call(self, node, discarded=discarded)
            case ast.NamedExpr(target=target, value=value):
                self._walrus(target, value)
            case ast.Lambda():
                self.lambda_(node)
            case ast.Compare(ops=operators):
                if any(isinstance(op, (ast.Is, ast.IsNot)) for op in operators):
                    self._identity(node)
                self._children(node)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.expression(test)
                self.branches([lambda: self.expression(body), lambda: self.expression(orelse)])
            case ast.BoolOp(values=values):
                self.expression(values[0])
                rest = values[1:]
                self.maybe(lambda: self.expressions(rest))
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                self.comprehension(node.generators, [node.elt])
            case ast.DictComp(key=key, value=value):
                self.comprehension(node.generators, [key, value])
            case _:
                self._children(node)

    def expressions(self, nodes: Iterable[ast.expr]) -> None:
        """Visit expressions in order."""
        for node in nodes:
            self.expression(node)

    def _children(self, node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.expr, ast.keyword, ast.FormattedValue)):
                self.expression(child)

    def _identity(self, node: ast.Compare) -> None:
        sides = (node.left, *node.comparators)
        if not any(isinstance(side, ast.Constant) for side in sides):
            self.flag("identity")

    def _walrus(self, target: ast.expr, value: ast.expr) -> None:
        self.expression(value)
        outer, self.scopes = self.scopes, []  # it binds in the scope around the comprehension
        assign.target(self, target, value)
        self.scopes = outer

    def lambda_(self, node: ast.Lambda) -> None:
        """Visit a lambda: its defaults now, its body whenever somebody calls it."""
        self.defaults(node.args)
        self.inner(function_summary(node, "<lambda>", self.world))

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
                    calls.apply(self, inner)

    def comprehension(self, generators: list[ast.comprehension], results: list[ast.expr]) -> None:
        """Visit a comprehension, whose variables are its own."""
        names: dict[str, set[str]] = {}
        for position, generator in enumerate(generators):
            self.expression(generator.iter)
            assign.consume(self, generator.iter)
            origins = assign.iterated(self, generator.iter)
            if position == 0:
                self.scopes.append(names)
            for name in assign.stored_names(generator.target):
                names[name] = set(origins)
            for condition in generator.ifs:
                self.expression(condition)
        for result in results:
            self.maybe(partial(self.expression, result))
        self.scopes.pop()

    # Branches ---------------------------------------------------------------------------

    def maybe(self, visit: Callable[[], Any]) -> None:
        """Visit something that may not run: what it binds is not certain afterwards."""
        before = set(self.effects.bound)
        visit()
        self.effects.bound = before

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
        visit = _STATEMENTS.get(type(node))
        if visit is not None:
            visit(self, node)
            return
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                self.statement(child)
            else:
                self.expression(child)

    def body(self, statements: Iterable[ast.stmt]) -> None:
        """Visit statements in order."""
        for statement in statements:
            self.statement(statement)


def _expression_statement(visitor: Visitor, node: ast.Expr) -> None:
    visitor.expression(node.value, discarded=not visitor.shown)


def _assign(visitor: Visitor, node: ast.Assign) -> None:
    visitor.expression(node.value)
    for target in node.targets:
        assign.target(visitor, target, node.value)
    names = [t.id for t in node.targets if isinstance(t, ast.Name)]
    if visitor.kind(node.value) not in kinds.IMMUTABLE:
        for first, second in zip(names, names[1:], strict=False):
            visitor.share(first, second)
    if visitor.is_top:
        assign.remember_constant(visitor, node)


def _annotated(visitor: Visitor, node: ast.AnnAssign) -> None:
    visitor.expression(node.annotation)
    if node.value is not None:
        visitor.expression(node.value)
        assign.target(visitor, node.target, node.value)


def _augmented(visitor: Visitor, node: ast.AugAssign) -> None:
    visitor.expression(node.value)
    if not isinstance(node.target, ast.Name):
        assign.target(visitor, node.target, None)
        return
    name = node.target.id
    visitor.read(name, node.target)
    kind = visitor.kind_of_name(name)
    if kind not in kinds.IMMUTABLE:
        visitor.change(name, CERTAIN)
    visitor.bind(name, node.target)
    if visitor.is_top:
        visitor.world.kinds[name] = kind if kind in ("number", "str", "list", "numpy") else None
        visitor.world.constants[name] = None


def _delete(visitor: Visitor, node: ast.Delete) -> None:
    for target in node.targets:
        parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
        for part in parts:
            if isinstance(part, ast.Name):
                visitor.read(part.id, part)
                if visitor.is_outer(part.id):
                    visitor.effects.deletes.setdefault(part.id)
                    visitor.effects.bound.discard(part.id)
            else:
                assign.target(visitor, part, None)


def _if(visitor: Visitor, node: ast.If) -> None:
    visitor.expression(node.test)
    visitor.branches([lambda: visitor.body(node.body), lambda: visitor.body(node.orelse)])


def _while(visitor: Visitor, node: ast.While) -> None:
    visitor.expression(node.test)
    visitor.maybe(lambda: visitor.body([*node.body, *node.orelse]))


def _for(visitor: Visitor, node: ast.For | ast.AsyncFor) -> None:
    visitor.expression(node.iter)
    assign.consume(visitor, node.iter)

    def loop() -> None:
        assign.loop_target(visitor, node.target, node.iter)
        visitor.body(node.body)

    visitor.maybe(loop)
    visitor.maybe(lambda: visitor.body(node.orelse))


def _match(visitor: Visitor, node: ast.Match) -> None:
    visitor.expression(node.subject)

    def case(item: ast.match_case) -> None:
        for part in ast.walk(item.pattern):
            for attribute in ("name", "rest"):
                name = getattr(part, attribute, None)
                if isinstance(name, str):
                    visitor.bind(name, part)
                    visitor.share(name, root(node.subject).name)
            if isinstance(part, (ast.MatchValue, ast.MatchClass)):
                visitor.expression(part.value if isinstance(part, ast.MatchValue) else part.cls)
        visitor.expression(item.guard)
        visitor.body(item.body)

    for item in node.cases:
        visitor.maybe(partial(case, item))


def _with(visitor: Visitor, node: ast.With | ast.AsyncWith) -> None:
    for item in node.items:
        visitor.expression(item.context_expr)
        if item.optional_vars is not None:
            assign.target(visitor, item.optional_vars, item.context_expr)
    settings = len(visitor.effects.setup)
    visitor.body(node.body)
    if _restores_settings(node):
        del visitor.effects.setup[settings:]
    visitor.effects.bound &= certain_names(node) | (visitor.effects.bound - _bound_in(node))


_RESTORING = frozenset(
    [
        "catch_warnings",
        "rc_context",
        "option_context",
        "localcontext",
        "errstate",
        "printoptions",
        "style",
        "context",
        "config_context",
        "axes_style",
        "plotting_context",
        "patch",
        "set_grad_enabled",
        "no_grad",
        "chdir",
    ]
)


def _restores_settings(node: ast.With | ast.AsyncWith) -> bool:
    return any(
        {*root(item.context_expr).way, root(item.context_expr).name} & _RESTORING
        for item in node.items
    )


def _bound_in(node: ast.With | ast.AsyncWith) -> set[str]:
    return local_names(node.body)


def _try(visitor: Visitor, node: ast.Try) -> None:
    before = set(visitor.effects.bound)
    visitor.body(node.body)
    after = set(visitor.effects.bound)
    for handler in node.handlers:
        visitor.effects.bound = set(before)
        visitor.expression(handler.type)
        if handler.name:
            visitor.bind(handler.name, handler)  # and unbound again at the end
        visitor.body(handler.body)
        if not (handler.body and isinstance(handler.body[-1], ast.Raise)):
            after &= visitor.effects.bound
    visitor.effects.bound = set(after)
    visitor.body(node.orelse)
    visitor.effects.bound = set(after)
    visitor.body(node.finalbody)


def _function(visitor: Visitor, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    for decorator in node.decorator_list:
        visitor.expression(decorator)
    visitor.defaults(node.args)
    arguments = node.args
    for argument in (
        *arguments.posonlyargs,
        *arguments.args,
        *arguments.kwonlyargs,
        *(a for a in (arguments.vararg, arguments.kwarg) if a),
    ):
        visitor.expression(argument.annotation)
    visitor.expression(node.returns)
    visitor.bind(node.name, node)
    if visitor.is_top:
        _defined(visitor, node.name)
    else:
        visitor.inner(function_summary(node, node.name, visitor.world))


def _defined(visitor: Visitor, name: str) -> None:
    visitor.world.kinds[name] = "function"
    for summary in visitor.world.summaries.functions.get(name, ()):
        for free in sorted(summary.free):
            visitor.effects.late.setdefault(free)


def _class(visitor: Visitor, node: ast.ClassDef) -> None:
    for part in (*node.decorator_list, *node.bases, *(k.value for k in node.keywords)):
        visitor.expression(part)
    own = local_names(node.body)
    inner = Visitor(visitor.world, local=visitor.local | own, shown=True)
    inner.scopes = visitor.scopes
    for item in node.body:
        if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for decorator in item.decorator_list:
                inner.expression(decorator)
            inner.defaults(item.args)
        elif isinstance(item, ast.ClassDef):
            _class(inner, item)
        else:
            inner.statement(item)
    effects = inner.effects
    for name, where in effects.reads.items():
        visitor.read(name, where)
    for name, level in (effects.changes | effects.inner_changes).items():
        if name not in own:
            visitor.change(name, level)
    visitor.effects.late |= {name: None for name in effects.late if name not in own}
    visitor.effects.random += effects.random
    visitor.effects.files += effects.files
    visitor.effects.setup += effects.setup
    visitor.effects.flags |= effects.flags
    visitor.bind(node.name, node)
    if visitor.is_top:
        _defined(visitor, node.name)


def _import(visitor: Visitor, node: ast.Import | ast.ImportFrom) -> None:
    level = node.level if isinstance(node, ast.ImportFrom) else 0
    modules = (
        [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
    )
    for module in modules:
        top = module.split(".")[0]
        if top and not level and top not in sys.stdlib_module_names:
            visitor.effects.files.append(FileUse("m", top))
    for alias in node.names:
        if alias.name != "*":
            name = alias.asname or (
                alias.name if isinstance(node, ast.ImportFrom) else alias.name.split(".")[0]
            )
            visitor.bind(name, node)
            if visitor.is_top:
                visitor.world.kinds[name] = None if name in visitor.world.assigned else "module"


def _skip(visitor: Visitor, node: ast.stmt) -> None:
    del visitor, node


_STATEMENTS: dict[type[ast.stmt], Callable[[Visitor, Any], None]] = {
    ast.Expr: _expression_statement,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Delete: _delete,
    ast.If: _if,
    ast.While: _while,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.Match: _match,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    **({ast.TryStar: _try} if hasattr(ast, "TryStar") else {}),  # Python 3.11
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Import: _import,
    ast.ImportFrom: _import,
    ast.Global: _skip,
    ast.Nonlocal: _skip,
}

__all__ = ["COMPREHENSIONS", "Visitor", "World"]

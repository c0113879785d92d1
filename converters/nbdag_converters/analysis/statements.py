"""What each kind of statement does: for visitors, one function a kind."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

from . import assign, kinds, paths, special
from .facts import CERTAIN, Effects, FileUse
from .names import certain_names, local_names, nodes_of, root_name, root_words, walk_scope
from .summaries import function_summary
from .visitor import Visitor


def _expression_statement(visitor: Visitor, node: ast.Expr) -> None:
    visitor.expression(node.value, discarded=not visitor.shown)


def _assign(visitor: Visitor, node: ast.Assign) -> None:
    visitor.expression(node.value)
    for target in node.targets:
        assign.target(visitor, target, node.value)
    names = [t.id for t in node.targets if isinstance(t, ast.Name)]
    if len(names) > 1 and visitor.kind(node.value) not in kinds.IMMUTABLE:
        for first, second in pairwise(names):
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
    bodies = [partial(visitor.body, node.body), partial(visitor.body, node.orelse)]
    visitor.branches([partial(visitor.uncertain, body) for body in bodies])


def _while(visitor: Visitor, node: ast.While) -> None:
    visitor.expression(node.test)
    visitor.maybe(lambda: visitor.uncertain(partial(visitor.body, [*node.body, *node.orelse])))


def _for(visitor: Visitor, node: ast.For | ast.AsyncFor) -> None:
    visitor.expression(node.iter)
    special.use(visitor, node.iter, "__iter__", "__next__")
    assign.consume(visitor, node.iter)

    def loop() -> None:
        assign.loop_target(visitor, node.target, node.iter)
        visitor.body(node.body)

    visitor.maybe(partial(visitor.uncertain, loop))
    visitor.maybe(lambda: visitor.body(node.orelse))


def _match(visitor: Visitor, node: ast.Match) -> None:
    visitor.expression(node.subject)

    def case(item: ast.match_case) -> None:
        for part in nodes_of(item.pattern):
            for attribute in ("name", "rest"):
                name = getattr(part, attribute, None)
                if isinstance(name, str):
                    visitor.bind(name, part)
                    visitor.share(name, root_name(node.subject))
            if isinstance(part, (ast.MatchValue, ast.MatchClass)):
                visitor.expression(part.value if isinstance(part, ast.MatchValue) else part.cls)
        visitor.expression(item.guard)
        visitor.body(item.body)

    for item in node.cases:
        visitor.maybe(partial(visitor.uncertain, partial(case, item)))


def _with(visitor: Visitor, node: ast.With | ast.AsyncWith) -> None:
    for item in node.items:
        visitor.expression(item.context_expr)
        special.use(visitor, item.context_expr, "__enter__", "__exit__")
        if item.optional_vars is not None:
            assign.target(visitor, item.optional_vars, item.context_expr)
    settings, used = len(visitor.effects.setup), len(visitor.effects.files)
    visitor.body(node.body)
    for item in node.items:
        _in_folder(visitor, item.context_expr, used)
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


def _in_folder(visitor: Visitor, node: ast.expr, used: int) -> None:
    """`with contextlib.chdir("sub")`: the files that are used in there lie in that folder."""
    if not isinstance(node, ast.Call) or visitor.dotted(node.func) != "contextlib.chdir":
        return
    effects, folder = visitor.effects, node.args[0] if node.args else None
    inside = effects.files[used:]
    del effects.files[used:]
    paths.use(visitor, "r", folder)
    for item in inside:
        relative = item.mode != "m" and not item.path.startswith("/")
        effects.files.append(FileUse(item.mode, paths.UNKNOWN) if relative else item)


def _restores_settings(node: ast.With | ast.AsyncWith) -> bool:
    return any(root_words(item.context_expr) & _RESTORING for item in node.items)


def _bound_in(node: ast.With | ast.AsyncWith) -> set[str]:
    return local_names(walk_scope(node.body))


def _try(visitor: Visitor, node: ast.Try) -> None:
    before = set(visitor.effects.bound)
    visitor.uncertain(partial(visitor.body, node.body))
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
        for default in (*arguments.defaults, *(d for d in arguments.kw_defaults if d)):
            assign.share_value(visitor, node.name, default)
    else:
        visitor.inner(function_summary(node, node.name, visitor.world))


def _defined(visitor: Visitor, name: str) -> None:
    visitor.world.kinds[name] = "function"
    for summary in visitor.world.summaries.functions.get(name, ()):
        for free in sorted(summary.free):
            visitor.effects.late.setdefault(free)


def _class_body(visitor: Visitor, node: ast.ClassDef, own: set[str]) -> Effects:
    """Visit what runs when the class is made; methods run later."""
    inner = Visitor(visitor.world, local=visitor.local | own, shown=True)
    inner.scopes = visitor.scopes
    for item in node.body:
        if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inner.expressions(item.decorator_list)
            inner.defaults(item.args)
        elif isinstance(item, ast.ClassDef):
            _class(inner, item)
        else:
            inner.statement(item)
    return inner.effects


def _class(visitor: Visitor, node: ast.ClassDef) -> None:
    visitor.expressions((*node.decorator_list, *(k.value for k in node.keywords)))
    for base in node.bases:
        visitor.base(base)
        special.use(visitor, base, "__init_subclass__")
    for keyword in node.keywords:
        special.use(visitor, keyword.value, "__new__", "__init__")
    own = local_names(walk_scope(node.body))
    effects = _class_body(visitor, node, own)
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


STATEMENTS: dict[type[ast.stmt], Callable[[Visitor, Any], None]] = {
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

"""Calls: what a function or method does to its arguments, its object, files and hidden state."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from . import assign, captures, kinds, magics, paths
from .facts import CERTAIN, KNOWN, LIKELY, POSSIBLE, FileUse, RandomUse
from .knowledge import drawing, files, functions, hidden, methods
from .names import BUILTINS, root
from .summaries import PARAMETER, Call, Summary

if TYPE_CHECKING:
    from .visitor import Visitor


class Argument(NamedTuple):
    """A name that goes into a call: where, and the expression whose root it is."""

    position: int | str
    name: str
    node: ast.expr


def call(visitor: Visitor, node: ast.Call, *, discarded: bool) -> None:
    """Visit a call; *discarded*: nobody takes its result."""
    func = node.func
    name = visitor.dotted(func)
    if isinstance(func, ast.Name):
        visitor.read(func.id, func, called=True)
    else:
        visitor.expression(func.value if isinstance(func, ast.Attribute) else func)
    visitor.expressions((*node.args, *(k.value for k in node.keywords)))
    arguments = _arguments(visitor, node)
    _use_up(visitor, name, arguments)
    _names_in_text(visitor, node, name)
    if name:
        _hidden(visitor, name, node)
        if name in files.FUNCTIONS:
            paths.function_use(visitor, name, node)
    if isinstance(func, ast.Attribute):
        _method(visitor, func, node, arguments, discarded=discarded)
    elif isinstance(func, ast.Name):
        _function(visitor, func.id, node, arguments, discarded=discarded)
    elif not isinstance(func, ast.Lambda):
        for argument in arguments:
            visitor.change(argument.name, POSSIBLE)
    else:
        _lambda_called(visitor, func, arguments)


def _arguments(visitor: Visitor, node: ast.Call) -> list[Argument]:
    placed: list[tuple[int | str, ast.expr]] = list(enumerate(node.args))
    placed += [(k.arg or "*", k.value) for k in node.keywords]
    found: list[Argument] = []
    starred = False
    for position, value in placed:
        starred |= isinstance(value, ast.Starred)
        inner = value.value if isinstance(value, ast.Starred) else value
        parts = inner.elts if isinstance(inner, (ast.Tuple, ast.List, ast.Set)) else [inner]
        for part in parts:
            name, called, _ = root(part)
            if name and not called and not visitor.world.is_module(name):
                found.append(Argument("*" if starred else position, name, part))
    return found


def _use_up(visitor: Visitor, name: str | None, arguments: list[Argument]) -> None:
    """Handing on an iterator or a generator of random numbers advances it."""
    if name in functions.NOT_CONSUMING:
        return
    for argument in arguments:
        kind = visitor.kind_of_name(argument.name)
        if kind == "iterator" or (kind == "generator" and isinstance(argument.node, ast.Name)):
            visitor.change(argument.name, KNOWN)


def _names_in_text(visitor: Visitor, node: ast.Call, name: str | None) -> None:
    """Formulas and queries name variables inside of strings: `df.query("a > @t")`."""
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    for position, value in [
        *enumerate(node.args),
        *((k.arg, k.value) for k in node.keywords),
    ]:
        if not (isinstance(value, ast.Constant) and isinstance(value.value, str)):
            if method in ("query", "eval") and position == 0:
                visitor.flag("reads-all")  # a computed query may name any variable
            continue
        text = value.value
        found: list[str] = []
        if "~" in text and (position in (0, "formula") or method == "from_formula"):
            found = re.findall(r"[^\W\d]\w*", text)
        elif method in ("query", "eval") or name == "pandas.eval":
            found = re.findall(r"@([^\W\d]\w*)", text)
            if name == "pandas.eval":
                found = re.findall(r"[^\W\d]\w*", text)
        elif name == "numexpr.evaluate":
            found = re.findall(r"[^\W\d]\w*", text)
        world = visitor.world
        for word in found:
            if word in world.assigned or word in world.imports or word in world.summaries.functions:
                visitor.read(word, value)


# Functions ------------------------------------------------------------------------------


def apply(visitor: Visitor, summary: Summary) -> None:
    """Take over what calling a function of the notebook does, whatever its arguments."""
    effects = visitor.effects
    effects.random += sorted(summary.random, key=str)
    effects.setup += sorted(summary.setup)
    effects.files += sorted(
        (FileUse(u.mode, "*") if u.path.startswith(PARAMETER) else u for u in summary.files),
        key=str,
    )
    effects.flags |= summary.flags
    for name in sorted(summary.free):
        if visitor.is_outer(name):
            effects.late.setdefault(name)
    for name in sorted(summary.binds | summary.deletes):
        was_bound = name in effects.bound
        visitor.bind(name, None)
        if not was_bound:
            effects.bound.discard(name)
    for name, level in summary.global_changes.items():
        if name not in BUILTINS or name in visitor.world.assigned:
            visitor.change(name, level)


def _note_call(
    visitor: Visitor, callee: str, arguments: list[Argument], *, method: str | None = None
) -> None:
    """Inside a function: remember the call until all functions are known."""
    if visitor.summary is None:
        return

    def seen(name: str) -> str:
        own = name in visitor.summary.parameters if visitor.summary else False
        return name if own or not visitor.is_outer(name) else "global " + name

    pairs = [(seen(a.name), a.position) for a in arguments]
    for argument in list(pairs):  # what is known by another name inside the function
        for origin in visitor.local_origins(argument[0]) - {argument[0]}:
            pairs.append((seen(origin), argument[1]))
    if method is not None:
        pairs += [(seen(origin), "self") for origin in visitor.local_origins(method)]
    visitor.summary.calls.append(Call(callee, tuple(pairs), method is not None or "." in callee))


def _function(
    visitor: Visitor, name: str, node: ast.Call, arguments: list[Argument], *, discarded: bool
) -> None:
    world = visitor.world
    _note_call(visitor, name, arguments)
    if name in world.summaries.functions and visitor.is_outer(name):
        for summary in world.summaries.functions[name]:
            if visitor.is_top:
                _apply_with_paths(visitor, summary, node)
            for argument in arguments:
                visitor.change(argument.name, summary.change_of(argument.position))
        return
    dotted = visitor.dotted(node.func)
    if dotted in functions.CHANGING:
        for argument in arguments:
            if argument.position in functions.CHANGING[dotted]:
                visitor.change(argument.name, KNOWN)
        return
    if dotted and (dotted in functions.PURE_BUILTINS or _is_pure(dotted)):
        _changed_by_keyword(visitor, arguments)
        return
    if name in BUILTINS and name not in world.assigned:
        return
    if visitor.is_outer(name) and name in world.assigned and name not in world.imports:
        # a value that can be called: a closure may keep state
        keeps_state = any(
            s.keeps_state for group in world.summaries.functions.values() for s in group
        )
        visitor.change(name, KNOWN if keeps_state else POSSIBLE)
    for argument in arguments:
        visitor.change(argument.name, LIKELY if discarded else POSSIBLE)


def _apply_with_paths(visitor: Visitor, summary: Summary, node: ast.Call) -> None:
    """Apply a function's effects, its path parameters replaced by what is given here."""
    known = {u for u in summary.files if not u.path.startswith(PARAMETER)}
    plain = Summary(
        summary.name,
        summary.parameters,
        free=summary.free,
        binds=summary.binds,
        deletes=summary.deletes,
        global_changes=summary.global_changes,
        random=summary.random,
        setup=summary.setup,
        files=known,
        flags=summary.flags,
    )
    apply(visitor, plain)
    offset = 1 if summary.is_class else 0
    for item in sorted(summary.files - known, key=str):
        parameter = item.path.removeprefix(PARAMETER)
        given = next((k.value for k in node.keywords if k.arg == parameter), None)
        if given is None and parameter in summary.parameters:
            index = summary.parameters.index(parameter) - offset
            given = node.args[index] if 0 <= index < len(node.args) else None
        paths.use(visitor, item.mode, given)


def _lambda_called(visitor: Visitor, func: ast.Lambda, arguments: list[Argument]) -> None:
    from .summaries import function_summary

    summary = function_summary(func, "<lambda>", visitor.world)
    for argument in arguments:
        visitor.change(argument.name, summary.change_of(argument.position))


def _is_pure(dotted: str) -> bool:
    return dotted.split(".", maxsplit=1)[0].lstrip(".") in functions.PURE_MODULES


def _changed_by_keyword(visitor: Visitor, arguments: list[Argument]) -> None:
    for argument in arguments:
        if argument.position in functions.KEYWORDS:
            visitor.change(argument.name, KNOWN)


# Methods --------------------------------------------------------------------------------


def _method(
    visitor: Visitor,
    func: ast.Attribute,
    node: ast.Call,
    arguments: list[Argument],
    *,
    discarded: bool,
) -> None:
    world = visitor.world
    name, called, way = root(func.value)
    builtin = name in BUILTINS and name not in world.assigned
    if name is not None and (world.is_module(name) or builtin) and visitor.is_outer(name):
        _module_function(visitor, func, arguments, called=called, discarded=discarded)
        return
    if name in world.process_wide and visitor.is_outer(name or ""):
        if func.attr in methods.CHANGING or methods.CHANGING_PREFIX.match(func.attr):
            visitor.effects.setup.append("logging")
        return
    kind = visitor.kind(func.value)
    paths.method_use(visitor, func, node, kind)
    _method_draws(visitor, func.attr, node, kind)
    _note_call(visitor, func.attr, arguments, method=None if name is None else name)
    level = max(
        _inplace(node),
        _user_method(visitor, func.attr, arguments, node),
        _library_method(visitor, func, arguments, kind, discarded=discarded),
    )
    _changed_by_keyword(visitor, arguments)
    if func.attr in methods.KEEPING_ARGUMENT:
        _keep(visitor, name if not called else None, arguments, node)
    if name is None or not level:
        return
    if called:  # a change to what a method returned changes its object if that was a part of it
        parts = any(step in methods.GIVING_PARTS for step in way) or kind == "plot"
        level = min(level, KNOWN) if parts else POSSIBLE if level >= KNOWN else 0
    visitor.change(name, level)


def _module_function(
    visitor: Visitor,
    func: ast.Attribute,
    arguments: list[Argument],
    *,
    called: bool,
    discarded: bool,
) -> None:
    dotted = visitor.dotted(func) or ""
    if dotted in functions.CHANGING or func.attr == "shuffle":
        changed = functions.CHANGING.get(dotted, (0,))
        for argument in arguments:
            if argument.position in changed:
                visitor.change(argument.name, KNOWN)
    elif not (_is_pure(dotted) or called):
        for argument in arguments:
            visitor.change(argument.name, LIKELY if discarded else POSSIBLE)
    _changed_by_keyword(visitor, arguments)
    _note_call(visitor, func.attr, arguments)


def _inplace(node: ast.Call) -> int:
    given = next((k.value for k in node.keywords if k.arg == "inplace"), None)
    if given is None or (isinstance(given, ast.Constant) and given.value is False):
        return 0
    return CERTAIN


def _user_method(visitor: Visitor, method: str, arguments: list[Argument], node: ast.Call) -> int:
    """Apply all methods of that name that the notebook defines; return how it changes `self`."""
    level = 0
    for summary in visitor.world.summaries.methods.get(method, ()):
        level = max(level, summary.change_of("self", method=True))
        if visitor.is_top:
            apply(visitor, summary)
        for argument in arguments:
            visitor.change(argument.name, summary.change_of(argument.position, method=True))
    del node
    return level


_LEAVES_ARRAYS = frozenset(
    [
        "set",
        "update",
        "add",
        "remove",
        "seed",
        "read",
        "text",
        "grid",
        "table",
        "plot",
        "count",
        "index",
        "compile",
        "transform",
        "pie",
        "bar",
        "sample",
        "pop",
        "append",
    ]
)
_GENERATOR_NAMES = re.compile(r"^(rng|rs|rnd|random_state|rand_state|generator|gen)$")


def _library_method(
    visitor: Visitor,
    func: ast.Attribute,
    arguments: list[Argument],
    kind: str | None,
    *,
    discarded: bool,
) -> int:
    """Return how sure it is that a library's method changes its object."""
    method, name = func.attr, root(func.value).name or ""
    if kind == "generator" or (
        method in methods.DRAWING_RANDOM and method != "f" and _GENERATOR_NAMES.match(name)
    ):
        if method == "shuffle":
            for argument in arguments:
                visitor.change(argument.name, KNOWN if argument.position in (0, "x") else 0)
        return KNOWN
    if kind == "plot":
        return 0 if method.startswith("get_") or method in ("savefig", "show") else KNOWN
    if kind in ("str", "number", "path"):
        return 0
    if kind == "pandas":
        return KNOWN if method in ("pop", "insert", "update", "setflags") else 0
    if method in methods.PLOTTING:
        axes = re.match(r"^(ax|axes|axs|fig|subplot|p\d|g$)", name)
        return KNOWN if axes else 0
    if method in methods.CHANGING or methods.CHANGING_PREFIX.match(method):
        return 0 if method in _LEAVES_ARRAYS and kind in ("numpy", "fresh") else KNOWN
    if method in methods.PURE or method in visitor.world.summaries.methods:
        return 0
    for argument in arguments:
        if argument.name != name:
            visitor.change(argument.name, LIKELY if discarded else POSSIBLE)
    return LIKELY if discarded else POSSIBLE


def _keep(visitor: Visitor, name: str | None, arguments: list[Argument], node: ast.Call) -> None:
    """`l.append(x)`: from now on l holds x itself."""
    for value in node.args:
        captures.capture(visitor, value)
    if name is None:
        return
    for argument in arguments:
        if visitor.kind(argument.node) not in kinds.UNSHARED:
            visitor.share(name, argument.name)
    for value in node.args:
        if isinstance(value, (ast.Call, ast.Dict, ast.List, ast.Tuple)):
            assign.share_value(visitor, name, value)


# Hidden state ---------------------------------------------------------------------------


def history(visitor: Visitor, name: str) -> None:
    """`Out[3]`, `_3`, `In` count executions: they have no meaning in a DAG."""
    if visitor.is_outer(name) and name not in visitor.world.assigned:
        if re.match(r"^(In|Out|_i+|_i?\d+|__|___|_ih|_oh|_dh)$", name):
            visitor.flag("history")


def store_in_globals(visitor: Visitor, node: ast.Attribute | ast.Subscript) -> None:
    """`globals()["x"] = …` binds a name."""
    key = node.slice if isinstance(node, ast.Subscript) else None
    if isinstance(key, ast.Constant) and isinstance(key.value, str):
        visitor.bind(key.value, node)
    else:
        visitor.flag("binds-any", "reads-all")


_UNSEEDED = ("random_state", "seed", "rng")


def _seeded(node: ast.Call) -> bool:
    given = next((k.value for k in node.keywords if k.arg in _UNSEEDED), None)
    return given is not None and not (isinstance(given, ast.Constant) and given.value is None)


def _method_draws(visitor: Visitor, method: str, node: ast.Call, kind: str | None) -> None:
    draw = RandomUse("numpy", "draw")
    if method in ("rvs", "sample") and kind in ("pandas", None, "fresh") and not _seeded(node):
        visitor.effects.random.append(draw)
    elif method.startswith("fit") and kind in ("drawing-estimator", None):
        if any(d.split(".")[0] == "sklearn" for d in visitor.world.imports.values()):
            visitor.effects.random.append(draw)


def _hidden(visitor: Visitor, name: str, node: ast.Call) -> None:
    for pattern, generator in hidden.SEEDS:
        if pattern.match(name):
            given = (*node.args, *(k.value for k in node.keywords))
            constant = bool(given) and all(kinds.is_literal(a) for a in given)
            visitor.effects.random.append(RandomUse(generator, "seed", constant))
            return
    for known, state in hidden.SETUP_CALLS:
        if known.match(name):
            visitor.effects.setup.append(state)
            return
    if name.startswith("get_ipython()"):
        magics.visit(visitor, name.removeprefix("get_ipython()."), node)
        return
    drawn = _draws_from(name, node)
    if drawn:
        visitor.effects.random.append(RandomUse(drawn, "draw"))
    if _CLOCK.match(name):
        visitor.flag("clock")
    _reflection(visitor, name, node)


_CLOCK = re.compile(
    r"^(time\.(time|time_ns|perf_counter|perf_counter_ns|monotonic|process_time|ctime|localtime"
    r"|gmtime|asctime)|datetime\.(datetime\.|date\.)?(now|today|utcnow)|os\.(getpid|urandom)"
    r"|uuid\.uuid[14]|secrets\.\w+|pandas\.Timestamp\.(now|today))$"
)


def _draws_from(name: str, node: ast.Call) -> str | None:
    parts = name.split(".")
    last, top = parts[-1], parts[0]
    if name.startswith("numpy.random.") or (top == "scipy" and last == "rvs"):
        own = last in hidden.NOT_DRAWING or "()" in name
        return None if own or _seeded(node) else "numpy"
    if top == "random" and len(parts) > 1:
        return None if "()" in name or last in hidden.NOT_DRAWING else "random"
    if hidden.DRAWS_TORCH.match(name):
        return "torch"
    if hidden.DRAWS_TENSORFLOW.match(name):
        return "tensorflow"
    if top == "seaborn":
        return "numpy" if last in hidden.DRAWS_SEABORN else None
    if top not in hidden.LIBRARIES_THAT_DRAW or _seeded(node):
        return None
    if last in drawing.SPLITTERS:
        return "numpy" if any(k.arg == "shuffle" for k in node.keywords) else None
    return "numpy" if last in drawing.DRAWING else None


def _reflection(visitor: Visitor, name: str, node: ast.Call) -> None:
    """`eval`, `exec`, `globals()` and their kin reach names that the code doesn't show."""
    if name in ("globals", "locals", "vars", "dir") and not node.args:
        visitor.flag("reads-all")
    elif name == "id":
        visitor.flag("identity")
    elif name in ("eval", "exec") and node.args:
        text = paths.constant_text(visitor, node.args[0])
        try:
            tree = ast.parse(text) if text is not None else None
        except SyntaxError:
            return
        if len(node.args) > 1 or node.keywords:
            return  # in a namespace of its own
        if tree is None:
            visitor.flag("reads-all")
            if name == "exec":
                visitor.flag("binds-any")
        elif name == "exec":
            visitor.body(tree.body)
        else:
            for statement in tree.body:
                visitor.expression(statement.value if isinstance(statement, ast.Expr) else None)
    elif (
        name.startswith("globals().")
        and name.rsplit(".", maxsplit=1)[-1] in ("update", "pop", "setdefault")
    ) or name in ("runpy.run_path", "builtins.exec", "code.interact"):
        visitor.flag("reads-all", "binds-any")

"""Hidden state: generators of random numbers, settings, the clock, and reflection on names."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from . import kinds, magics, paths
from .facts import KNOWN, RandomUse
from .knowledge import drawing, hidden
from .names import root_name

if TYPE_CHECKING:
    from .visitor import Visitor


_HISTORY = re.compile(r"^(In|Out|_i+|_i?\d+|__|___|_ih|_oh|_dh)$")


_ALL_NAMES = re.compile(r"^(__main__\.|sys\.modules$|get_ipython\(\)\.user_(ns|global_ns)$)")


def name(visitor: Visitor, node: ast.Name) -> None:
    """Note a name that is read and that counts executions."""
    known = node.id in visitor.world.assigned
    if not known and _HISTORY.match(node.id) and visitor.is_outer(node.id):
        visitor.flag("history")


def _attribute(visitor: Visitor, node: ast.Attribute) -> None:
    dotted = visitor.dotted(node)
    if dotted is not None and _ALL_NAMES.match(dotted):
        visitor.flag("reads-all")


def _comparison(visitor: Visitor, node: ast.Compare) -> None:
    sides = (node.left, *node.comparators)
    compares = any(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops)
    if compares and not any(isinstance(side, ast.Constant) for side in sides):
        visitor.flag("identity")


#: What a node has to do with names and objects beyond what it says.
NOTES: dict[type[ast.AST], Callable[[Visitor, Any], None]] = {
    ast.Attribute: _attribute,
    ast.Compare: _comparison,
}


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


_DRAW = RandomUse("numpy", "draw")
_FIT = RandomUse("numpy", "draw", sure=False)


def method_draws(visitor: Visitor, method: str, node: ast.Call, kind: str | None) -> None:
    """Note a method that draws from numpy's generator unless it is given one of its own."""
    if method in ("rvs", "sample") and kind in ("pandas", None, "fresh") and not _seeded(node):
        visitor.effects.random.append(_DRAW)
    elif method.startswith("fit") and kind in ("drawing-estimator", None):
        libraries = {dotted.split(".")[0] for dotted in visitor.world.imports.values()}
        if "sklearn" in libraries:
            visitor.effects.random.append(_FIT)


@lru_cache(maxsize=1 << 12)
def _seeds(name: str) -> str | None:
    return next((which for pattern, which in hidden.SEEDS if pattern.match(name)), None)


@lru_cache(maxsize=1 << 12)
def _sets(name: str) -> str | None:
    return next((state for known, state in hidden.SETUP_CALLS if known.match(name)), None)


def use(visitor: Visitor, name: str, node: ast.Call) -> None:
    """Note what a call of a known function does to hidden state, and reads of it."""
    generator, state = _seeds(name), _sets(name)
    if generator is not None:
        given = (*node.args, *(k.value for k in node.keywords))
        constant = bool(given) and all(kinds.is_literal(a) for a in given)
        visitor.effects.random.append(RandomUse(generator, "seed", constant))
        return
    if state is not None:
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


_OPEN_ENDED = re.compile(
    r"^(globals\(\)\.(update|pop|setdefault|__setitem__)|runpy\.run_path|code\.interact)$"
)


def _reflection(visitor: Visitor, name: str, node: ast.Call) -> None:
    """Note the names that `eval`, `exec`, `globals()` and their kin reach unseen."""
    if name in ("globals", "locals", "vars", "dir") and not node.args:
        visitor.flag("reads-all")
    elif name == "id":
        visitor.flag("identity")
    elif name in ("eval", "exec") and len(node.args) == 1 and not node.keywords:
        _evaluate(visitor, name, node.args[0])
    elif name == "exec" and len(node.args) > 1:
        visitor.change(root_name(node.args[1]), KNOWN)
    elif _OPEN_ENDED.match(name):
        visitor.flag("reads-all", "binds-any")


def _evaluate(visitor: Visitor, name: str, argument: ast.expr) -> None:
    text = paths.constant_text(visitor, argument)
    if text is None:
        visitor.flag("reads-all")
        if name == "exec":
            visitor.flag("binds-any")
        return
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    if name == "exec":
        visitor.body(tree.body)
    else:
        visitor.expressions(s.value for s in tree.body if isinstance(s, ast.Expr))

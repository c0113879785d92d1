"""The class of a statement: whether it may be run again in another step, or its result is sent.

Imports, definitions, constants and setup may: they depend on nothing but one another, and running
them twice changes nothing. All else is data.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .facts import LIKELY, Effects, Flag, StatementKind
from .kinds import is_literal
from .knowledge.hidden import MOVABLE_STATE
from .names import root

#: Calls whose result is as good when it is made again.
_REMADE = frozenset(
    [
        "threading.Lock",
        "threading.RLock",
        "threading.Event",
        "threading.Semaphore",
        "threading.local",
        "logging.getLogger",
        "re.compile",
        "Path",
        "PurePath",
        "Decimal",
        "Fraction",
        "timedelta",
        "date",
        "datetime",
        "object",
        "namedtuple",
        "TypeVar",
        "NewType",
        "Lock",
        "RLock",
        "getLogger",
        "ParamSpec",
    ]
)


_UNPLAIN: frozenset[Flag] = frozenset({"binds-any", "reads-all", "unknown-magic"})


def classify(node: ast.stmt, effects: Effects, *, displays: bool) -> StatementKind:
    """Return the class of a top-level statement from its form and its effects."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return "star" if any(a.name == "*" for a in node.names) else "import"
    changes = max(effects.changes.values(), default=0) >= LIKELY
    plain = not (changes or effects.random or effects.deletes)
    plain = plain and not (effects.files and any(use.mode != "m" for use in effects.files))
    plain = plain and _UNPLAIN.isdisjoint(effects.flags)
    if _is_guarded_import(node) and not (changes or effects.random):
        return "import"
    if _is_definition(node):
        return "definition" if plain else "data"
    if effects.setup or (effects.random and _only_seeds(effects)):
        own = effects.binds or changes or effects.deletes or _reads_another_time(effects)
        return "data" if own else "setup"
    if plain and not effects.setup and _is_constant(node):
        return "constant"
    if isinstance(node, ast.Pass) and not (effects.files or effects.binds or effects.flags):
        return "nothing"
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and not displays:
        return "nothing"
    return "data"


def _reads_another_time(effects: Effects) -> bool:
    """Return whether a setting comes from a file, which may have changed when it is made again."""
    movable = MOVABLE_STATE.issuperset(effects.setup)
    return movable and any("r" in use.mode for use in effects.files)


#: Functions of setup that return None, so that nothing is displayed.
_SILENT = frozenset(
    """
    append basicConfig chdir filterwarnings insert manual_seed rc resetwarnings seed set_option
    set_printoptions set_style set_theme setrecursionlimit simplefilter use
    """.split()  # noqa: SIM905
)
_SILENT_MAGICS = frozenset({"matplotlib", "config", "load_ext", "autoreload", "reload_ext"})


def is_silent(node: ast.stmt) -> bool:
    """Return whether it is known that this statement, at the end of a cell, displays nothing."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="run_line_magic"), args=[first, *_])):
            return isinstance(first, ast.Constant) and first.value in _SILENT_MAGICS
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=attr))):
            return attr in _SILENT
        case ast.Expr():
            return False
        case _:
            return True


def _only_seeds(effects: Effects) -> bool:
    return all(use.action == "seed" and use.constant for use in effects.random)


def _is_definition(node: ast.stmt) -> bool:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return True
        case ast.Assign(targets=[ast.Name()], value=ast.Lambda()):
            return True
        case _:
            return False


def _is_constant(node: ast.stmt) -> bool:
    match node:
        case ast.Assign(targets=targets, value=value):
            return all(map(_is_plain_target, targets)) and _is_remade(value)
        case ast.AnnAssign(target=ast.Name(), value=ast.expr() as value):
            return _is_remade(value)
        case _:
            return False


def _is_plain_target(node: ast.expr) -> bool:
    if isinstance(node, (ast.Tuple, ast.List)):
        return all(isinstance(item, ast.Name) for item in node.elts)
    return isinstance(node, ast.Name)


def _is_remade(value: ast.expr) -> bool:
    if is_literal(value, set()):
        return True
    if not isinstance(value, ast.Call):
        return False
    name, _, way = root(value.func)
    last = way[-1] if way else name
    if last not in _REMADE and _in_module(value.func) not in _REMADE:
        return False
    arguments = [*value.args, *(k.value for k in value.keywords)]
    return all(is_literal(a, set()) for a in arguments)


def _in_module(node: ast.expr) -> str:
    """Return `re.compile` of that very form, "" of any other."""
    match node:
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            return f"{module}.{name}"
        case _:
            return ""


def _blocks(node: ast.Try | ast.If) -> Iterator[ast.stmt]:
    yield from node.body
    yield from node.orelse
    if isinstance(node, ast.Try):
        for handler in node.handlers:
            yield from handler.body
        yield from node.finalbody


def _is_guarded_import(node: ast.stmt) -> bool:
    """`try: import x` / `except ImportError: x = None`."""
    if not isinstance(node, (ast.Try, ast.If)):
        return False
    parts = list(_blocks(node))
    allowed = (ast.Import, ast.ImportFrom, ast.Pass, ast.Assign, ast.FunctionDef)
    if not any(isinstance(part, (ast.Import, ast.ImportFrom)) for part in parts):
        return False
    if not all(isinstance(p, allowed) for p in parts):
        return False
    return all(not isinstance(p, ast.Assign) or is_literal(p.value, set()) for p in parts)

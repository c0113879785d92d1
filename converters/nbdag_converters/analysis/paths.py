"""Paths as far as they can be known from the text; an unknown rest is a `*`."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from .facts import FileUse
from .imports import dotted
from .knowledge import files
from .summary import PARAMETER

if TYPE_CHECKING:
    from .visitor import Visitor

UNKNOWN = "*"
_PATTERN = re.compile(r"[*?\[]")
_JOINING = frozenset({"os.path.join", "pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath"})
_SAME = frozenset({"str", "os.path.abspath", "os.path.expanduser", "os.path.normpath", "os.fspath"})
_REMOTE = ("http://", "https://", "ftp://", "s3://", "gs://", "hdfs://", ":memory:")


def constant_text(visitor: Visitor, node: ast.expr) -> str | None:
    """Return the text of an expression that is known here, as `'data/' + name` may be."""
    text = fold(visitor, node)
    return None if text.endswith(UNKNOWN) or text.startswith(PARAMETER) else text


def _joined(texts: list[str], separator: str) -> str:
    """Join parts, and stop behind the first that is not known to its end."""
    out = ""
    for text in texts:
        if text.startswith(PARAMETER) and out:
            return out + separator + UNKNOWN
        out = text if text.startswith("/") or not out else out.rstrip("/") + separator + text
        if out.endswith(UNKNOWN) or out.startswith(PARAMETER):
            return out if not out.startswith(PARAMETER) or len(texts) == 1 else UNKNOWN
    return out


def fold(visitor: Visitor, node: ast.expr) -> str:
    """Return the known beginning of a path; a last `*` stands for what isn't known."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Constant(value=bytes(text)):
            return text.decode("utf-8", "replace")
        case ast.Name(id=name):
            return _name(visitor, name)
        case ast.JoinedStr(values=values):
            return _concatenated([_formatted(visitor, value) for value in values])
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _concatenated([fold(visitor, left), fold(visitor, right)])
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _joined([fold(visitor, left), fold(visitor, right)], "/")
        case ast.BinOp(left=left, op=ast.Mod()):
            return fold(visitor, left).split("%")[0] + UNKNOWN
        case ast.Call():
            return _call(visitor, node)
        case _:
            return UNKNOWN


def _name(visitor: Visitor, name: str) -> str:
    if visitor.summary is not None and name in visitor.summary.parameters:
        return PARAMETER + name
    if not visitor.is_outer(name) or not visitor.is_top:
        return UNKNOWN
    return visitor.world.constants.get(name) or UNKNOWN


def _formatted(visitor: Visitor, node: ast.expr) -> str:
    if isinstance(node, ast.FormattedValue):
        plain = node.conversion == -1 and node.format_spec is None
        return fold(visitor, node.value) if plain else UNKNOWN
    return fold(visitor, node)


def _concatenated(texts: list[str]) -> str:
    out = ""
    for text in texts:
        if text.startswith(PARAMETER):
            return out + UNKNOWN
        out += text
        if out.endswith(UNKNOWN):
            return out
    return out


def _call(visitor: Visitor, node: ast.Call) -> str:
    called = visitor.dotted(node.func) or dotted(node.func, visitor.world.imports) or ""
    if called in _JOINING and node.args:
        return _joined([fold(visitor, a) for a in node.args], "/")
    if called in _SAME and node.args:
        return fold(visitor, node.args[0])
    if isinstance(node.func, ast.Attribute):
        base = node.func.value
        if node.func.attr == "joinpath":
            return _joined([fold(visitor, x) for x in (base, *node.args)], "/")
        if node.func.attr == "format":
            return fold(visitor, base).split("{")[0] + UNKNOWN
    return UNKNOWN


def use(visitor: Visitor, mode: str, node: ast.expr | None, *, ending: str = "") -> None:
    """Note that the file at *node* is used; *ending* is added to a name without it."""
    path = UNKNOWN if node is None else fold(visitor, node) or UNKNOWN
    if not path.endswith((UNKNOWN, ending)) and not path.startswith(PARAMETER):
        path += ending
    path = path.removeprefix("./") or UNKNOWN
    pattern = _PATTERN.search(path)
    if pattern:  # `part*.csv` may be any file that begins so
        path = path[: pattern.start()] + UNKNOWN
    if mode and not path.startswith(_REMOTE):
        visitor.effects.files.append(FileUse(mode, path))


def function_use(visitor: Visitor, name: str, node: ast.Call) -> None:
    """Note the files that a known library function uses."""
    mode, position = files.FUNCTIONS[name]
    if position is None:
        paths = [a for a in node.args[:2] if not isinstance(a, ast.Constant) or a.value]
        if name in files.TWO_PATHS and paths:
            for given in paths:
                use(visitor, mode, given)
        else:
            use(visitor, mode, None)
        return
    path = _argument(node, position)
    if path is None and name in files.ELSE_HERE:
        path = ast.Constant(".")
    if path is None or _is_buffer(visitor, path) or _only_follows(visitor, name, path):
        return
    if mode == "m":
        module = (constant_text(visitor, path) or "").split(".")[0]
        visitor.effects.files.append(FileUse(mode, module))
        return
    if mode == "?":
        mode = _open_mode(node)
    use(visitor, mode, path, ending=files.ENDINGS.get(name, ""))


def method_use(visitor: Visitor, func: ast.Attribute, node: ast.Call, kind: str | None) -> None:
    """Note the files that a method such as `to_csv` or `write_text` uses."""
    if func.attr == "open" and kind == "path":
        use(visitor, _open_mode(node, 0), func.value)
        return
    found = _known_method(visitor, func, kind)
    if found is None or _only_follows(visitor, func.attr, func.value):
        return
    mode, position = found
    if func.attr == "mkdir" and any(k.arg == "parents" for k in node.keywords):
        mode = "wd"
    if func.attr in files.OTHER_PATH and kind == "path":
        mode = "r" if mode == "r" else "rw"
        use(visitor, mode, node.args[0] if node.args else None)
    if position is None:
        use(visitor, mode, func.value)
        return
    path = _argument(node, position)
    if path is not None and not _is_buffer(visitor, path):
        use(visitor, mode, path)


def _known_method(
    visitor: Visitor, func: ast.Attribute, kind: str | None
) -> tuple[str, int | None] | None:
    """Return the mode and the position of the path of a method that uses files."""
    if func.attr == "replace" and kind == "path":
        return files.METHODS["rename"]
    if func.attr == "extract" and _unpacks(visitor, func):
        return "w", None
    found = files.METHODS.get(func.attr)
    if found is None or kind in ("str", "list", "dict", "number"):
        return None
    if kind == ("pandas" if found[0] == "" else ""):
        return None
    return None if func.attr in files.ONLY_ON_PATHS and kind not in ("path", None) else found


def _only_follows(visitor: Visitor, name: str, path: ast.expr) -> bool:
    return name in files.FOLLOWING and fold(visitor, path) in (UNKNOWN, ".", "")


def _unpacks(visitor: Visitor, func: ast.Attribute) -> bool:
    """Return whether `x.extract(…)` may be that of an archive; `s.str.extract(…)` is pandas'."""
    archives = {"zipfile", "tarfile"}.intersection(visitor.world.imports.values())
    return bool(archives) and not (
        isinstance(func.value, ast.Attribute) and func.value.attr == "str"
    )


def _argument(node: ast.Call, position: int) -> ast.expr | None:
    if position < len(node.args):
        return node.args[position]
    return next((k.value for k in node.keywords if k.arg in files.KEYWORDS), None)


def _is_buffer(visitor: Visitor, node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return visitor.dotted(node.func) in ("io.StringIO", "io.BytesIO", "sys.stdout")
    return isinstance(node, ast.Constant) and not isinstance(node.value, (str, bytes))


def _open_mode(node: ast.Call, position: int = 1) -> str:
    by_name = [k.value for k in node.keywords if k.arg == "mode"]
    given = next(iter([*node.args[position : position + 1], *by_name]), None)
    if given is None:
        return "r"
    if not (isinstance(given, ast.Constant) and isinstance(given.value, str)):
        return "rw"
    text = given.value
    if set(text) <= set("rbtU"):
        return "r"
    return "rw" if set(text) & set("ra+") else "w"

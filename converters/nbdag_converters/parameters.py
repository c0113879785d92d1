"""The cell tagged `parameters` → Parameters; and values that are given for a run."""

from __future__ import annotations

import ast
import difflib
import io
import json
import math
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from .diagnostics import Diagnostic
from .errors import ParameterError
from .magics import to_python
from .model import Parameter, Value
from .notebook import Cell
from .rules import did_you_mean, settings

TYPES = {
    int: "int",
    float: "float",
    bool: "bool",
    str: "str",
    type(None): "none",
    list: "list",
    tuple: "list",
    dict: "dict",
}
# Annotation → type. Others are left to the default.
ANNOTATIONS = {
    **{name: name for name in ("int", "float", "bool", "str", "list", "dict")},
    "List": "list",
    "Sequence": "list",
    "tuple": "list",
    "Tuple": "list",
    "Dict": "dict",
    "Mapping": "dict",
}
SHOWN = {"none": "None", "list": "a list", "dict": "a dict"}


class NotLiteral(ValueError):
    """An expression is no literal: the reason, and what to do."""

    def __init__(self, node: ast.AST, problem: str, advice: str) -> None:
        super().__init__(problem)
        self.node, self.problem, self.advice = node, problem, advice


MOVE = "Move it to the cell below, or write the value itself."


def read_parameters(
    cells: Sequence[Cell],
) -> tuple[tuple[Parameter, ...], tuple[Diagnostic, ...]]:
    """Return the parameters that the cells tagged `parameters` set, and what is wrong in them."""
    found: dict[str, Parameter] = {}
    diagnostics: list[Diagnostic] = []
    for cell in cells:
        source = to_python(cell.source, cell=cell.number)
        setup = {magic.line for magic in source.magics if magic.setup}
        comments = comments_of(source.text)
        for statement in source.tree.body:
            if statement.lineno in setup or is_harmless(statement):
                continue
            try:
                made = tuple(parameters_of(statement, cell, comments))
            except NotLiteral as error:
                diagnostics.append(not_a_literal(cell, error))
                continue
            for parameter in made:
                other = found.setdefault(parameter.name, parameter)
                if other is not parameter:
                    diagnostics.append(set_twice(cell, parameter, other))
                elif not agrees(parameter):
                    diagnostics.append(wrong_default(cell, parameter))
    return tuple(found.values()), tuple(diagnostics)


def is_harmless(statement: ast.stmt) -> bool:
    """Return whether a statement may stand among parameters: imports and texts."""
    return isinstance(statement, ast.Import | ast.ImportFrom | ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def parameters_of(
    statement: ast.stmt, cell: Cell, comments: Mapping[int, str]
) -> Iterator[Parameter]:
    """Yield the parameters that a statement sets.

    Raises
    ------
    NotLiteral
        If it does anything else.
    """
    about = comments.get(statement.end_lineno or statement.lineno, "")
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        name = statement.target.id
        if statement.value is None:
            raise NotLiteral(
                statement, f"the parameter '{name}' has no value", f"Write `{name}: ... = None`."
            )
        default = literal(statement.value)
        kind = annotated_type(statement.annotation) or TYPES[type(default)]
        yield Parameter(name, kind, default, cell.number, statement.lineno, about)
    elif isinstance(statement, ast.Assign):
        if len(statement.targets) > 1 and isinstance(literal(statement.value), list | dict):
            raise NotLiteral(statement, "one list or dict has two names", "Write it twice.")
        for target in statement.targets:
            for name, value in pairs_of(target, statement.value):
                default = literal(value)
                kind = TYPES[type(default)]
                yield Parameter(name, kind, default, cell.number, statement.lineno, about)
    else:
        raise NotLiteral(statement, f"`{shown_statement(statement)}` stands", MOVE)


def pairs_of(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names that an assignment sets, each with its value: `a, b = 1, 2`."""
    if isinstance(target, ast.Name):
        yield target.id, value
    elif (
        isinstance(target, ast.Tuple | ast.List)
        and isinstance(value, ast.Tuple | ast.List)
        and len(target.elts) == len(value.elts)
    ):
        for one, its_value in zip(target.elts, value.elts, strict=True):
            yield from pairs_of(one, its_value)
    else:
        raise NotLiteral(target, f"`{ast.unparse(target)}` is set", MOVE)


def literal(node: ast.expr) -> Value:
    """Return the JSON value of a literal.

    Raises
    ------
    NotLiteral
        If it is computed, or isn't exactly what JSON can hold.
    """
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        number = literal(node.operand)
        if isinstance(number, int | float) and not isinstance(number, bool):
            return -number if isinstance(node.op, ast.USub) else number
    if isinstance(node, ast.Constant):
        return constant(node)
    if isinstance(node, ast.List):
        return [literal(item) for item in node.elts]
    if isinstance(node, ast.Dict):
        return dict(item_of(key, value) for key, value in zip(node.keys, node.values, strict=True))
    if isinstance(node, ast.Tuple):
        raise NotLiteral(
            node,
            f"the tuple `{ast.unparse(node)}` stands",
            "Write a list, since the value of a parameter is JSON, which has no tuples.",
        )
    raise NotLiteral(node, f"`{shortened(ast.unparse(node))}` is computed", MOVE)


def constant(node: ast.Constant) -> Value:
    """Return the JSON value of a constant."""
    value = node.value
    if isinstance(value, float) and not math.isfinite(value):
        raise NotLiteral(node, "an infinite number stands", "Write the largest number you mean.")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    kind = type(value).__name__
    raise NotLiteral(
        node,
        f"`{shortened(ast.unparse(node))}` is of type {kind}",
        "A parameter's value is JSON. " + MOVE,
    )


def item_of(key: ast.expr | None, value: ast.expr) -> tuple[str, Value]:
    """Return one item of a dict."""
    if isinstance(key, ast.Constant) and isinstance(key.value, str):
        return key.value, literal(value)
    raise NotLiteral(
        key or value, "a dict has a key that is no text", "A parameter's value is JSON. " + MOVE
    )


def annotated_type(annotation: ast.expr) -> str | None:
    """Return the type that an annotation means, None if it says nothing about JSON."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value, mode="eval").body
        except (SyntaxError, ValueError):
            return None
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        sides = [annotated_type(side) for side in (annotation.left, annotation.right)]
        known = [side for side in sides if side]
        return known[0] if len(known) == 1 else None
    if isinstance(annotation, ast.Subscript):
        name = ast.unparse(annotation.value).rpartition(".")[2]
        return annotated_type(annotation.slice) if name == "Optional" else ANNOTATIONS.get(name)
    return ANNOTATIONS.get(ast.unparse(annotation).rpartition(".")[2])


def comments_of(text: str) -> dict[int, str]:
    """Return the comments that stand behind code, by line."""
    found: dict[int, str] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and token.line[: token.start[1]].strip():
                found[token.start[0]] = token.string.lstrip("# ").strip()
    except (tokenize.TokenError, SyntaxError):
        pass
    return found


def is_of_type(value: object, kind: str) -> bool:
    """Return whether a value may be given for a parameter of that type."""
    if kind == "none":
        return is_json(value)
    if kind in ("int", "float"):
        numbers = (int, float) if kind == "float" else int
        return isinstance(value, numbers) and not isinstance(value, bool) and is_json(value)
    expected = {"bool": bool, "str": str, "list": list, "dict": dict}[kind]
    return isinstance(value, expected) and is_json(value)


def is_json(value: object) -> bool:
    """Return whether *value* is exactly a JSON value."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, list):
        return all(is_json(item) for item in cast("list[object]", value))
    if isinstance(value, dict):
        items = cast("dict[object, object]", value).items()
        return all(isinstance(key, str) and is_json(item) for key, item in items)
    return value is None or isinstance(value, bool | int | str)


def agrees(parameter: Parameter) -> bool:
    """Return whether the default has the parameter's type; None is fine for all."""
    return parameter.default is None or is_of_type(parameter.default, parameter.type)


def check_values(parameters: Sequence[Parameter], given: Mapping[str, Value]) -> dict[str, Value]:
    """Return the values of all parameters for a run: *given*, and defaults for the rest.

    Raises
    ------
    ParameterError
        If there is no parameter of a name, or its type doesn't fit; all such are told.
    """
    known = {parameter.name: parameter for parameter in parameters}
    wrong: list[Diagnostic] = []
    for name, value in given.items():
        parameter = known.get(name)
        if parameter is None:
            wrong.append(unknown_parameter(name, tuple(known)))
        elif not is_of_type(value, parameter.type) and (
            value is not None or parameter.default is not None
        ):
            wrong.append(wrong_value(parameter, value))
    if wrong:
        raise ParameterError(tuple(wrong))
    return {name: given.get(name, parameter.default) for name, parameter in known.items()}


def parse_value(parameter: Parameter, text: str) -> Value:
    """Return the value that *text*, from a command line, means for a parameter.

    Raises
    ------
    ParameterError
        If it doesn't fit the parameter's type.
    """
    value = text if parameter.type == "str" else value_of_text(parameter.type, text.strip())
    nothing = text.strip().lower() in ("none", "null") and parameter.type != "str"
    if nothing and parameter.default is None:
        return None
    if not is_of_type(value, parameter.type):
        raise ParameterError((wrong_value(parameter, value),))
    return cast("Value", value)


def value_of_text(kind: str, text: str) -> object:
    """Return what *text* means: a number, a truth value, JSON or a Python literal, or itself."""
    if kind == "bool":
        truth = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        return truth.get(text.lower(), text)
    for read in (json.loads, ast.literal_eval):
        try:
            value: Any = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
        if kind == "int" and isinstance(value, float) and value.is_integer() and "e" in text:
            return int(value)
        return value
    return text


def not_a_literal(cell: Cell, error: NotLiteral) -> Diagnostic:
    """Return the finding that something in the cell is no literal."""
    line = getattr(error.node, "lineno", None)
    tag = next((tag for tag in cell.tags if tag.endswith("parameters")), "parameters")
    return settings.NOT_A_LITERAL.at(
        cell.place(line), problem=error.problem, tag=tag, advice=error.advice
    )


def set_twice(cell: Cell, parameter: Parameter, other: Parameter) -> Diagnostic:
    """Return the finding that two lines set one parameter."""
    return settings.PARAMETER_TWICE.at(
        cell.place(parameter.line),
        name=parameter.name,
        other_cell=other.cell,
        other_line=other.line,
    )


def wrong_default(cell: Cell, parameter: Parameter) -> Diagnostic:
    """Return the finding that default and annotation disagree."""
    return settings.WRONG_DEFAULT.at(
        cell.place(parameter.line),
        name=parameter.name,
        expected=SHOWN.get(parameter.type, parameter.type),
        given=shown_value(parameter.default),
    )


def unknown_parameter(name: str, known: tuple[str, ...]) -> Diagnostic:
    """Return the finding that there is no such parameter."""
    close = difflib.get_close_matches(name, known, 1)
    there_are = f"It has {', '.join(known)}." if known else "No cell is tagged `parameters`."
    advice = did_you_mean(close[0] if close else None, otherwise=there_are)
    return settings.UNKNOWN_PARAMETER.at(name=name, advice=advice)


def wrong_value(parameter: Parameter, value: object) -> Diagnostic:
    """Return the finding that a value has the wrong type."""
    return settings.WRONG_VALUE.at(
        name=parameter.name,
        expected=SHOWN.get(parameter.type, parameter.type),
        given=shown_value(value),
        advice=f"Its default is `{shortened(repr(parameter.default))}`.",
    )


def shown_value(value: object) -> str:
    """Return a value and its type for a message."""
    return "None" if value is None else f"`{shortened(repr(value))}` ({type(value).__name__})"


def shown_statement(statement: ast.stmt) -> str:
    """Return the first line of a statement."""
    return shortened(ast.unparse(statement).split("\n")[0])


def shortened(text: str) -> str:
    """Return *text* with at most 60 characters."""
    return text if len(text) <= 60 else text[:57] + "..."

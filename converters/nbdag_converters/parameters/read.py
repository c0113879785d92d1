"""The cells tagged `parameters` → Parameters."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.magics import to_python
from nbdag_converters.model import Parameter, Value
from nbdag_converters.notebook import Cell
from nbdag_converters.rules import settings

from .literals import MOVE, NotLiteralError, literal, shortened
from .values import SHOWN, is_of_type, shown_value

INJECTED = "injected-parameters"
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
            except NotLiteralError as error:
                diagnostics.append(not_a_literal(cell, error))
                continue
            for parameter in made:
                other = found.setdefault(parameter.name, parameter)
                if other is not parameter and INJECTED in cell.tags:
                    found[parameter.name] = injected(parameter, other)
                elif other is not parameter:
                    diagnostics.append(set_twice(cell, parameter, other))
                elif not agrees(parameter):
                    diagnostics.append(wrong_default(cell, parameter))
    return tuple(found.values()), tuple(diagnostics)


def injected(parameter: Parameter, other: Parameter) -> Parameter:
    """Return a parameter that papermill set anew; it keeps its type and help where they fit."""
    kind = other.type if is_of_type(parameter.default, other.type) else parameter.type
    return replace(parameter, type=kind, help=parameter.help or other.help)


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
    NotLiteralError
        If it does anything else.
    """
    about = comments.get(statement.end_lineno or statement.lineno, "")
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        name = statement.target.id
        if statement.value is None:
            raise NotLiteralError(
                statement, f"the parameter '{name}' has no value", f"Write `{name}: ... = None`."
            )
        default = literal(statement.value)
        kind = annotated_type(statement.annotation) or type_of(default)
        yield Parameter(name, kind, default, cell.number, statement.lineno, about)
    elif isinstance(statement, ast.Assign):
        if len(statement.targets) > 1 and isinstance(literal(statement.value), list | dict):
            raise NotLiteralError(statement, "one list or dict has two names", "Write it twice.")
        for target in statement.targets:
            for name, value in pairs_of(target, statement.value):
                default = literal(value)
                kind = type_of(default)
                yield Parameter(name, kind, default, cell.number, statement.lineno, about)
    else:
        raise NotLiteralError(statement, f"`{shown_statement(statement)}` stands", MOVE)


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
        raise NotLiteralError(target, f"`{ast.unparse(target)}` is set", MOVE)


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


def agrees(parameter: Parameter) -> bool:
    """Return whether the default has the parameter's type; None is fine for all."""
    return parameter.default is None or is_of_type(parameter.default, parameter.type)


def not_a_literal(cell: Cell, error: NotLiteralError) -> Diagnostic:
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


def shown_statement(statement: ast.stmt) -> str:
    """Return the first line of a statement."""
    return shortened(ast.unparse(statement).split("\n")[0])


def type_of(value: Value) -> str:
    """Return the type of a default."""
    return "none" if value is None else type(value).__name__

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbdag_converters.errors import ParameterError
from nbdag_converters.model import Parameter, Value
from nbdag_converters.notebook import Cell
from nbdag_converters.parameters import check_values, parse_value
from nbdag_converters.parameters.read import INJECTED, read_parameters


def cell(source: str, number: int = 2) -> Cell:
    return Cell(number, "id", "code", source, ("parameters",))


def read(source: str) -> tuple[Parameter, ...]:
    parameters, diagnostics = read_parameters((cell(source),))
    assert diagnostics == ()
    return parameters


def parameter(kind: str, default: Value = None) -> Parameter:
    return Parameter("p", kind, default, 1, 1)


@pytest.mark.parametrize(
    ("source", "kind", "default"),
    [
        ("p = 3", "int", 3),
        ("p = -1", "int", -1),
        ("p = +1_000", "int", 1000),
        ("p = 0x1F", "int", 31),
        ("p = 1e-3", "float", 0.001),
        ("p = -.5", "float", -0.5),
        ("p = True", "bool", True),
        ("p = 'a' 'b'", "str", "ab"),
        ("p = None", "none", None),
        ("p = [1, 'a', [None]]", "list", [1, "a", [None]]),
        ("p = {'a': {'b': -1}}", "dict", {"a": {"b": -1}}),
        ("p = []", "list", []),
        ("p: int = 3", "int", 3),
        ("p: float = 3", "float", 3),
        ("p: 'float' = 3", "float", 3),
        ("p: list[int] = [1]", "list", [1]),
        ("p: typing.Dict[str, int] = {}", "dict", {}),
        ("p: int | None = None", "int", None),
        ("p: Optional[float] = 2", "float", 2),
        ("p: Union[int, str] = 2", "int", 2),
        ("p: Path = 'x'", "str", "x"),
        ("p: '((' = 1", "int", 1),
    ],
)
def test_a_literal_becomes_a_parameter(source: str, kind: str, default: Value) -> None:
    (found,) = read(source)
    assert (found.name, found.type, found.default) == ("p", kind, default)
    assert type(found.default) is type(default)


def test_places_and_comments_are_kept() -> None:
    found = read(
        "import os\n'''Text.'''\na = 1  # how many\n# no\nb = [\n  1,\n]  # sizes\nc = 'x # y'"
    )
    assert [(p.name, p.cell, p.line, p.help) for p in found] == [
        ("a", 2, 3, "how many"),
        ("b", 2, 5, "sizes"),
        ("c", 2, 8, ""),
    ]


def test_several_names_may_be_set_at_once() -> None:
    found = read("a, (b, c) = 1, ('x', None)\nd = e = 5")
    assert [(p.name, p.default) for p in found] == [
        ("a", 1), ("b", "x"), ("c", None), ("d", 5), ("e", 5),
    ]  # fmt: skip


def test_imports_and_setup_may_stand_among_parameters() -> None:
    assert read("import os\nfrom math import pi\n%matplotlib inline\npass\nn = 1")[0].line == 5


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("p = a + 1", "`a + 1` is computed"),
        ("p = 60 * 60", "computed"),
        ("p = f'{x}'", "computed"),
        ("p = [x]", "`x` is computed"),
        ("p = (1, 2)", "tuple"),
        ("p = b'x'", "bytes"),
        ("p = 1j", "complex"),
        ("p = ...", "ellipsis"),
        ("p = {1, 2}", "computed"),
        ("p = {1: 2}", "key"),
        ("p = {**a}", "key"),
        ("p = 1e999", "infinite"),
        ("p = -True", "computed"),
        ("p: int", "no value"),
        ("a, b = c", "is set"),
        ("a, b = 1, 2, 3", "is set"),
        ("a, *b = 1, 2", "is set"),
        ("a.b = 1", "`a.b` is set"),
        ("a = b = []", "two names"),
        ("p += 1", "`p += 1` stands"),
        ("print(p)", "`print(p)` stands"),
        ("for p in x: pass", "`for p in x:` stands"),
        ("!ls", "stands"),
    ],
)
def test_what_is_no_literal_is_told_with_its_line(source: str, problem: str) -> None:
    parameters, (finding,) = read_parameters((cell("n = 1\n" + source),))
    assert [p.name for p in parameters] == ["n"]
    assert (finding.code, finding.cell, finding.line) == ("NB130", 2, 2)
    assert problem in finding.message


def test_a_name_that_is_set_twice_is_told_with_both_places() -> None:
    parameters, (finding,) = read_parameters((cell("n = 1", 2), cell("m = 1\nn = 2", 5)))
    assert [p.default for p in parameters] == [1, 1]
    assert (finding.code, finding.cell, finding.line) == ("NB131", 5, 2)
    assert "cell 2, line 1" in finding.message


def test_values_that_papermill_injected_take_the_place_of_defaults() -> None:
    injected = Cell(3, "id", "code", "# Parameters\nrate = 1\nsize = 'big'\nnew = 2", (INJECTED,))
    parameters, diagnostics = read_parameters(
        (cell("rate: float = 0.5  # a share\nsize = 3\nkept = 1"), injected)
    )
    assert diagnostics == ()
    assert [(p.name, p.type, p.default, p.cell, p.help) for p in parameters] == [
        ("rate", "float", 1, 3, "a share"),
        ("size", "str", "big", 3, ""),
        ("kept", "int", 1, 2, ""),
        ("new", "int", 2, 3, ""),
    ]


@pytest.mark.parametrize("source", ["p: int = 'a'", "p: int = 1.5", "p: bool = 1", "p: list = {}"])
def test_a_default_that_is_not_of_its_annotation_is_told(source: str) -> None:
    _, (finding,) = read_parameters((cell(source),))
    assert finding.code == "NB134"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("int", 3), ("float", 3), ("float", 0.5), ("bool", False), ("str", ""), ("none", [1]),
        ("none", None), ("list", [1, [2.5]]), ("dict", {"a": None}),
    ],
)  # fmt: skip
def test_a_value_of_the_right_type_is_taken(kind: str, value: Value) -> None:
    default: Value = 0
    given = check_values([parameter(kind, default), Parameter("q", "int", 7, 1, 1)], {"p": value})
    assert given == {"p": value, "q": 7}


def test_none_may_be_given_where_it_is_the_default() -> None:
    assert check_values([parameter("int", None)], {"p": None}) == {"p": None}
    with pytest.raises(ParameterError):
        check_values([parameter("int", 3)], {"p": None})


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("int", 1.5), ("int", True), ("int", "3"), ("float", "x"), ("float", True), ("bool", 1),
        ("float", float("nan")), ("none", float("inf")), ("str", 3), ("list", (1,)),
        ("list", [{1: 2}]), ("list", [object()]), ("dict", []), ("dict", {1: 2}),
    ],
)  # fmt: skip
def test_a_value_of_a_wrong_type_is_refused(kind: str, value: Any) -> None:
    with pytest.raises(ParameterError) as caught:
        check_values([parameter(kind, 0)], {"p": value})
    (finding,) = caught.value.diagnostics
    assert finding.code == "NB133"


def test_all_that_is_wrong_is_told_at_once_and_like_names_are_offered() -> None:
    with pytest.raises(ParameterError) as caught:
        check_values(
            [Parameter("threshold", "float", 1.0, 1, 1)], {"treshold": 1, "threshold": "x"}
        )
    first, second = caught.value.diagnostics
    assert (first.code, first.fix) == ("NB132", "Did you mean `threshold`?")
    assert second.code == "NB133"


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("int", "3", 3), ("int", " -3 ", -3), ("int", "1_000", 1000), ("int", "1e3", 1000),
        ("float", "3", 3), ("float", "1e-3", 0.001), ("bool", "true", True), ("bool", "No", False),
        ("bool", "1", True), ("str", "3", "3"), ("str", " a ", " a "), ("str", "null", "null"),
        ("list", "[1, 'a']", [1, "a"]), ("list", '[1, "a", null]', [1, "a", None]),
        ("dict", '{"a": 1}', {"a": 1}), ("none", "text", "text"), ("none", "3", 3),
        ("int", "None", None), ("list", "null", None),
    ],
)  # fmt: skip
def test_a_text_of_the_command_line_is_read_by_type(kind: str, text: str, value: Value) -> None:
    found = parse_value(parameter(kind, None), text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("int", "x"), ("int", "1.5"), ("int", ""), ("float", "nan"), ("float", "Infinity"),
        ("bool", "maybe"), ("list", "1"), ("list", "[1"), ("list", "(1,)"), ("dict", "[]"),
        ("int", "true"), ("int", "9" * 5000), ("list", "[" * 5000),
    ],
)  # fmt: skip
def test_a_text_that_does_not_fit_is_refused(kind: str, text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        parse_value(parameter(kind, 1), text)
    assert len(str(caught.value)) < 400


@given(st.sampled_from(["int", "float", "bool", "str", "none", "list", "dict"]), st.text())
def test_what_is_read_from_a_text_may_be_given(kind: str, text: str) -> None:
    one = parameter(kind, None)
    try:
        value = parse_value(one, text)
    except ParameterError:
        return
    assert check_values([one], {"p": value}) == {"p": value}

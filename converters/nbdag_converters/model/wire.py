"""Pipeline ⇄ JSON text: lossless, and the same text for the same pipeline.

The form is that of the dataclasses: an object a dataclass, a list a tuple, fields in their order.
A field that has its default is left out, so that the text stays short and can be read. `format`
says which version of this form it is; a text of another version, or with a field that this version
doesn't know, is refused rather than read as something else.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from functools import cache, lru_cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from nbdag_converters.errors import PipelineError

from .pipeline import Pipeline, Slice

FORMAT = 1

# What is written was made of frozen data, which holds no circles.
_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False)

T = TypeVar("T")


class WireError(PipelineError):
    """A text isn't a pipeline, or a pipeline can't be written.

    `path` says where, as `steps[2].name`; it is empty where the whole is meant.
    """

    def __init__(self, problem: str, *, path: str = "") -> None:
        super().__init__(problem)
        self.path, self.problem = path, problem

    def below(self, part: str) -> WireError:
        """Return the same of a whole, of which the value is the *part*: a name or `[index]`."""
        rest = f".{self.path}" if self.path[:1] not in ("", "[") else self.path
        return WireError(self.problem, path=part + rest)

    def __str__(self) -> str:
        place = f" at {self.path}" if self.path else ""
        return f"This pipeline's JSON is wrong{place}: {self.problem}."


def pipeline_to_json(pipeline: Pipeline) -> str:
    """Return *pipeline* as JSON text, which ends with a line feed.

    Raises
    ------
    WireError
        If a parameter holds what JSON can't: a number that isn't finite, or a key that isn't text.
    """
    data = {"format": FORMAT, **pipeline_to_data(pipeline)}
    return json_lines(data)


def json_lines(data: Mapping[str, Any]) -> str:
    """Return *data* as JSON, an entry of the outermost object or of a list in it a line.

    `json.dumps` with an indent is written in Python, and ten times slower.
    """
    lines: list[str] = []
    for key, value in data.items():
        head = f" {_dump(key)}: "
        if isinstance(value, list) and value:
            inner = ",\n".join("  " + _dump(item) for item in value)
            lines.append(f"{head}[\n{inner}\n ]")
        else:
            lines.append(head + _dump(value))
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _dump(value: Any) -> str:
    return _JSON.encode(value)


def pipeline_from_json(text: str) -> Pipeline:
    """Return the pipeline that `pipeline_to_json` wrote.

    Raises
    ------
    WireError
        If *text* is no JSON, of another format, or not a pipeline.
    """
    try:
        data: object = json.loads(text)
    except ValueError as error:
        problem = f"it can't be parsed ({error})"
        raise WireError(problem) from None
    return pipeline_from_data(data)


def pipeline_to_data(pipeline: Pipeline) -> dict[str, Any]:
    """Return *pipeline* as what `json.dumps` takes, without the format's number."""
    return _encode_dataclass(pipeline)


def pipeline_from_data(data: object) -> Pipeline:
    """Return the pipeline of an already parsed text, see `pipeline_from_json`."""
    if not isinstance(data, dict):
        problem = f"an object is expected, not {_kind(data)}"
        raise WireError(problem)
    found = dict(cast("dict[str, object]", data))
    version = found.pop("format", None)
    if version != FORMAT:
        problem = f"its format is {version!r}, this version of nbdag reads format {FORMAT}"
        raise WireError(problem, path="format")
    return _decode_dataclass(Pipeline, found, "")


# Writing --------------------------------------------------------------------------------


_PLAIN = frozenset({str, int, bool, NoneType})


def _encode(value: object) -> object:
    kind: Any = type(value)
    return _encoder(kind)(value)


@cache
def _encoder(kind: Any) -> Callable[[Any], object]:
    """Return what encodes values of that class."""
    if issubclass(kind, (list, tuple)):
        return _encode_items
    if kind is Slice:
        return _encode_slice
    if is_dataclass(kind):
        return _encode_dataclass
    if issubclass(kind, Mapping):
        return _encode_mapping
    if issubclass(kind, float):
        return _encode_number
    return _as_it_is if kind is NoneType or issubclass(kind, (int, str)) else _refuse


def _as_it_is(value: object) -> object:
    return value


def _encode_number(value: float) -> float:
    if not math.isfinite(value):
        problem = f"JSON has no number {value}"
        raise WireError(problem)
    return value


def _refuse(value: object) -> object:
    problem = f"JSON has no {type(value).__name__}"
    raise WireError(problem)


def _encode_dataclass(value: object) -> dict[str, object]:
    encoded: dict[str, object] = {}
    name = ""
    try:
        of: Any = type(value)
        for name, default in _defaults(of):
            item: object = getattr(value, name)
            if item is default:
                continue
            kind: Any = type(item)
            if kind is type(default) and item == default:
                continue
            encoded[name] = item if kind in _PLAIN else _encoder(kind)(item)
    except WireError as error:
        raise error.below(name) from None
    return encoded


@lru_cache(maxsize=256)
def _encode_slice(value: Slice) -> dict[str, object]:
    """Return the data of a slice: many steps have the same ones."""
    return _encode_dataclass(value)


def _encode_items(items: Sequence[object]) -> list[object]:
    if _PLAIN.issuperset(map(type, items)):
        return list(items)  # names: most are
    encoded: list[object] = []
    try:
        for item in items:
            encoded.append(_encode(item))  # noqa: PERF401 - it counts
    except WireError as error:
        index = f"[{len(encoded)}]"
        raise error.below(index) from None
    return encoded


def _encode_mapping(value: Mapping[object, object]) -> dict[str, object]:
    encoded: dict[str, object] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            problem = f"JSON's keys are text, not {key!r}"
            raise WireError(problem)
        try:
            encoded[key] = _encode(item)
        except WireError as error:
            raise error.below(key) from None
    return encoded


@cache
def _defaults(cls: Hashable) -> tuple[tuple[str, object], ...]:
    """Return the fields of a dataclass with their defaults, MISSING where they have none."""
    found: list[tuple[str, object]] = []
    for field in fields(cast("Any", cls)):
        made = field.default_factory
        found.append((field.name, field.default if made is MISSING else made()))
    return tuple(found)


# Reading --------------------------------------------------------------------------------


@cache
def _hints(cls: Hashable) -> Mapping[str, Any]:
    # `Value` is recursive, which `get_type_hints` can't unfold; any JSON is one.
    return get_type_hints(cast("type", cls), localns={"Value": object})


def _decode_dataclass(cls: type[T], data: object, path: str) -> T:
    if not isinstance(data, dict):
        problem = f"an object is expected, not {_kind(data)}"
        raise WireError(problem, path=path)
    found = cast("dict[str, object]", data)
    hints = _hints(cast("Hashable", cls))
    for name in found:
        if name not in hints:
            problem = "there is no such field"
            raise WireError(problem, path=_join(path, name))
    for field in fields(cast("Any", cls)):
        required = field.default is MISSING and field.default_factory is MISSING
        if required and field.name not in found:
            problem = "it is missing"
            raise WireError(problem, path=_join(path, field.name))
    return cls(**{name: _decode(hints[name], found[name], _join(path, name)) for name in found})


def _decode(hint: Any, data: object, path: str) -> object:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        if data is None:
            return None
        (hint,) = (arg for arg in get_args(hint) if arg is not NoneType)
        origin = get_origin(hint)
    if hint is object:
        return data
    if origin is tuple:
        return _decode_tuple(get_args(hint), data, path)
    if origin is Literal:
        return _decode_literal(get_args(hint), data, path)
    if is_dataclass(hint):
        return _decode_dataclass(cast("type[object]", hint), data, path)
    return _decode_scalar(hint, data, path)


def _decode_literal(allowed: tuple[object, ...], data: object, path: str) -> object:
    if data not in allowed:
        problem = f"{data!r} is none of {', '.join(map(str, allowed))}"
        raise WireError(problem, path=path)
    return data


def _decode_tuple(args: tuple[Any, ...], data: object, path: str) -> tuple[object, ...]:
    if not isinstance(data, list):
        problem = f"a list is expected, not {_kind(data)}"
        raise WireError(problem, path=path)
    items = cast("list[object]", data)
    hints = args[:1] * len(items) if args[1:] == (...,) else args
    if len(hints) != len(items):
        problem = f"{len(hints)} items are expected, not {len(items)}"
        raise WireError(problem, path=path)
    pairs = zip(hints, items, strict=True)
    return tuple(_decode(hint, item, f"{path}[{i}]") for i, (hint, item) in enumerate(pairs))


def _decode_scalar(hint: type, data: object, path: str) -> object:
    if hint is float and type(data) is int:
        return float(data)
    if type(data) is not hint:
        problem = f"{hint.__name__} is expected, not {_kind(data)}"
        raise WireError(problem, path=path)
    return data


def _kind(data: object) -> str:
    return "null" if data is None else type(data).__name__


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name

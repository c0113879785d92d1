"""Verdict: whether two runs of a notebook gave the same; pure.

A Trace is what a run left: variables, files, what each cell showed, and the error that ended it.
`compare` puts the notebook's own Trace beside that of its DAG, and makes a row of each thing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal, NamedTuple, TypeAlias

from nbdag_converters.diagnostics import Diagnostic

Kind: TypeAlias = Literal["variable", "file", "output", "error"]


class Match(str, Enum):
    """How a thing of the notebook's run compares with the same thing of the DAG's run."""

    EQUAL = "equal"
    DIFFERENT = "different"
    ONLY_NOTEBOOK = "only in the notebook's run"
    ONLY_DAG = "only in the DAG's run"
    UNKNOWN = "not comparable"

    @property
    def wrong(self) -> bool:
        """Whether the DAG's run breaks the promise here."""
        return self not in (Match.EQUAL, Match.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing: a variable's or file's name, `cell 7`, or the error; *details* show both sides."""

    kind: Kind
    name: str
    match: Match
    details: str = ""


class Seen(NamedTuple):
    """A thing as a run left it: *digest* is equal for equal things, "" where it can't be told."""

    digest: str
    shown: str = ""


class Stop(NamedTuple):
    """The notebook's own error: the number of its cell, and the exception's class."""

    cell: int
    exception: str


@dataclass(frozen=True, slots=True)
class Trace:
    """What a run left. `outputs` are by cell number.

    `unset` are names that the run never had to make: code above the steps that no step needs.
    """

    variables: Mapping[str, Seen] = field(default_factory=dict[str, Seen])
    files: Mapping[str, Seen] = field(default_factory=dict[str, Seen])
    outputs: Mapping[int, Seen] = field(default_factory=dict[int, Seen])
    stop: Stop | None = None
    unset: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that was compared; or `diagnostics`, the clear error in place of a result.

    `equal` says that the DAG's run kept the promise by giving the same. `refused` says that it kept
    it by saying clearly that it can't.
    """

    notebook: str
    rows: tuple[Row, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether there is a clear error in place of a result."""
        return bool(self.diagnostics)

    @property
    def differences(self) -> tuple[Row, ...]:
        """The rows that break the promise."""
        return tuple(row for row in self.rows if row.match.wrong)

    @property
    def equal(self) -> bool:
        """Whether the DAG gives what the notebook gives, as far as it can be compared."""
        return not self.refused and not self.differences

    def __str__(self) -> str:
        if self.refused:
            return "\n".join(str(diagnostic) for diagnostic in self.diagnostics)
        counts = ", ".join(_counted(self.rows))
        if self.equal:
            return f"{self.notebook}: the DAG gives what the notebook gives: {counts}"
        lines = [f"{self.notebook}: the DAG does NOT give what the notebook gives: {counts}"]
        for row in self.differences:
            details = f"\n    {row.details}" if row.details else ""
            lines.append(f"  {row.kind} {row.name}: {row.match.value}{details}")
        return "\n".join(lines)


def _counted(rows: Sequence[Row]) -> Iterator[str]:
    for match in Match:
        count = sum(row.match is match for row in rows)
        if count or match is Match.EQUAL:
            yield f"{count} {match.value}"


def compare(reference: Trace, dag: Trace) -> tuple[Row, ...]:
    """Return a row of each thing of the two.

    Where the notebook itself stops with an error, only that error and what the cells up to it
    showed are compared: the DAG may have run later steps that don't depend on the failed one.
    """
    if reference.stop or dag.stop:
        last = reference.stop.cell if reference.stop else 0
        before = {cell: seen for cell, seen in reference.outputs.items() if cell <= last}
        also = {cell: seen for cell, seen in dag.outputs.items() if cell <= last}
        return (_compare_stops(reference.stop, dag.stop), *_compare_outputs(before, also))
    return (
        *_compare_things("variable", reference.variables, dag.variables, dag.unset),
        *_compare_things("file", reference.files, dag.files),
        *_compare_outputs(reference.outputs, dag.outputs),
    )


def without_unsteady(rows: Iterable[Row], again: Iterable[Row]) -> tuple[Row, ...]:
    """Return *rows*, not comparable where two runs of the notebook itself differ, as *again* shows.

    A clock, an unseeded generator, a process id: the notebook promises no value there.
    """
    unsteady = {(row.kind, row.name) for row in again if row.match.wrong}
    return tuple(
        Row(row.kind, row.name, Match.UNKNOWN, "it differs between two runs of the notebook")
        if row.match.wrong and (row.kind, row.name) in unsteady
        else row
        for row in rows
    )


def _compare_stops(reference: Stop | None, dag: Stop | None) -> Row:
    match = Match.EQUAL if reference == dag else Match.DIFFERENT
    return Row("error", "", match, f"notebook: {_told(reference)}; DAG: {_told(dag)}")


def _told(stop: Stop | None) -> str:
    return f"{stop.exception} in cell {stop.cell}" if stop else "no error"


def _compare_outputs(reference: Mapping[int, Seen], dag: Mapping[int, Seen]) -> Iterator[Row]:
    numbers = sorted({*reference, *dag})
    return _compare_things(
        "output",
        {f"cell {number}": reference.get(number, NOTHING) for number in numbers},
        {f"cell {number}": dag.get(number, NOTHING) for number in numbers},
    )


def _compare_things(
    kind: Kind,
    reference: Mapping[str, Seen],
    dag: Mapping[str, Seen],
    unset: frozenset[str] = frozenset(),
) -> Iterator[Row]:
    for name in sorted({*reference, *dag}):
        here, there = reference.get(name), dag.get(name)
        if here is None:
            yield Row(kind, name, Match.ONLY_DAG, there.shown if there else "")
        elif there is None and name in unset:
            yield Row(kind, name, Match.UNKNOWN, "no step needs it")
        elif there is None:
            yield Row(kind, name, Match.ONLY_NOTEBOOK, here.shown)
        else:
            yield _compare_seen(kind, name, here, there)


def _compare_seen(kind: Kind, name: str, here: Seen, there: Seen) -> Row:
    if here.digest == there.digest and here.digest:
        return Row(kind, name, Match.EQUAL)
    if not here.digest or not there.digest:
        return Row(kind, name, Match.UNKNOWN, here.shown or there.shown)
    if kind == "file" and name.endswith(VARYING):
        return Row(kind, name, Match.UNKNOWN, "such files differ in bytes with the same content")
    return Row(kind, name, Match.DIFFERENT, f"notebook: {here.shown}; DAG: {there.shown}")


VARYING = (".pkl", ".pickle", ".joblib", ".zip", ".gz", ".npz", ".pdf", ".h5", ".pyc")
"""Files that hold times, or that depend on which equal strings are one object."""

# Outputs --------------------------------------------------------------------------------

_UNSTEADY = (
    (re.compile(r"0x[0-9a-fA-F]{6,}"), "0x…"),  # addresses
    (re.compile(r"\b(sk-\w+-id)-\d+"), r"\1-…"),  # scikit-learn counts the diagrams of a process
    (re.compile(r"\bT_[0-9a-f]{5}"), "T_…"),  # pandas' Styler draws an id
    (re.compile(r"(?m)^(CPU times|Wall time): .*$"), r"\1: …"),  # %time
    (re.compile(r"(?m)^[\d.,]+ ?[nµμm]?s ± .* per loop.*$"), "… per loop"),  # %timeit
    (re.compile(r"(?m)^[\d.,]+ ?[nµμm]?s, best of .*$"), "…, best of"),
)
_SHOWN = 120


def outputs_seen(outputs: Iterable[Mapping[str, Any]]) -> Seen:
    """Return what a cell showed, from its nbformat outputs.

    Neighbouring pieces of one stream are one; addresses and times taken are left out, and of an
    error only its class and text count, since tracebacks hold line numbers of libraries.
    """
    parts = [part for output in _joined(outputs) if (part := _output_text(output))]
    text = "\n".join(parts)
    return Seen(text, _shortened(text)) if text else NOTHING


NOTHING = Seen("nothing", "nothing")


def _joined(outputs: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    stream: dict[str, Any] | None = None
    for output in outputs:
        if output.get("output_type") != "stream":
            if stream:
                yield stream
            stream = None
            yield output
        elif stream and stream.get("name") == output.get("name"):
            stream["text"] += _text(output.get("text"))
        else:
            if stream:
                yield stream
            stream = {**output, "text": _text(output.get("text"))}
    if stream:
        yield stream


def _output_text(output: Mapping[str, Any]) -> str:
    kind = output.get("output_type")
    if kind == "stream":
        return f"{output.get('name')}: {_steady(output['text'])}" if output["text"] else ""
    if kind == "error":
        return f"error: {output.get('ename')}: {_steady(str(output.get('evalue')))}"
    data = output.get("data", {})
    body = "; ".join(f"{mime}: {_steady(_text(data[mime]))}" for mime in sorted(data))
    return f"{kind}: {body}"


def _text(value: object) -> str:
    if isinstance(value, list):
        return "".join(str(part) for part in value)  # pyright: ignore[reportUnknownArgumentType]
    return value if isinstance(value, str) else repr(value)


def _steady(text: str) -> str:
    for pattern, replacement in _UNSTEADY:
        text = pattern.sub(replacement, text)
    return text


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters)"

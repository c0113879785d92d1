"""Samples as Prometheus reads them from a file, or from what is pushed to a gateway."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .families import Family


@dataclass(frozen=True, slots=True)
class Sample:
    """One value; `suffix` is that of a part of a histogram, as `_bucket`."""

    family: Family
    labels: Mapping[str, str]
    value: float
    suffix: str = ""


def to_text(samples: Iterable[Sample]) -> str:
    """Return the samples in the text format of Prometheus; those of a family stand together."""
    lines: list[str] = []
    last: Family | None = None
    for sample in samples:
        family = sample.family
        if family != last:
            lines += [
                f"# HELP {family.series} {family.help}",
                f"# TYPE {family.series} {family.kind}",
            ]
            last = family
        labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in sample.labels.items())
        lines.append(f"{family.series}{sample.suffix}{{{labels}}} {_number(sample.value)}")
    return "".join(f"{line}\n" for line in lines)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))

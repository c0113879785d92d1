"""Rule: one kind of Diagnostic, with its page of documentation."""

from __future__ import annotations

from dataclasses import dataclass

from nbdag_converters.diagnostics import Diagnostic, Severity


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding is; see `Diagnostic` for the meaning of the fields."""

    cell: int | None = None
    line: int | None = None
    column: int | None = None
    end_column: int | None = None
    source: str = ""


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Rule:
    """A code, and how its findings are told.

    `message` and `fix` are `str.format` templates that are filled by `at`. `help` is Markdown:
    what the finding says, why it is one, how to fix it, with an example.
    """

    code: str
    severity: Severity
    title: str
    message: str
    fix: str
    help: str

    def at(self, place: Place = NOWHERE, /, **values: object) -> Diagnostic:
        """Return the Diagnostic of this rule at *place*, its templates filled with *values*."""
        return Diagnostic(
            code=self.code,
            severity=self.severity,
            message=self.message.format_map(values),
            cell=place.cell,
            line=place.line,
            column=place.column,
            end_column=place.end_column,
            source=place.source,
            fix=self.fix.format_map(values),
            tag=str(values.get("tag", "")),
            suggestion=str(values.get("suggestion") or ""),
        )


def did_you_mean(suggestion: str | None, *, otherwise: str = "") -> str:
    """Return the sentence that offers *suggestion*, or *otherwise* where there is none."""
    return f"Did you mean `{suggestion}`?" if suggestion else otherwise

"""Diagnostic: a finding at a place of the notebook, drawn with its source line.

```
NB201 cell 7, line 3: step 'train' reads 'scaler', which no cell above sets.
    model.fit(scaler.transform(X))
              ^^^^^^
Set it in a cell above, or check its spelling.
```
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A finding. `cell`, `line` and `column` count from 1; `None` where there is no such place.

    `cell` counts all cells of the notebook, Markdown too. `end_column` is exclusive.
    `source` is the source line, `fix` what to do about it. `tag` is a tag of the cell that it is
    about, `suggestion` the one that would be right, in its place or, without it, beside the others.
    """

    code: str
    severity: Severity
    message: str
    cell: int | None = None
    line: int | None = None
    column: int | None = None
    end_column: int | None = None
    source: str = ""
    fix: str = ""
    tag: str = ""
    suggestion: str = ""

    @property
    def place(self) -> str:
        """Return `cell 7, line 3`, or as much of it as is known."""
        parts = [
            f"{word} {number}"
            for word, number in (("cell", self.cell), ("line", self.line))
            if number is not None
        ]
        return ", ".join(parts)

    def __str__(self) -> str:
        head = f"{self.code} {self.place}: " if self.place else f"{self.code}: "
        lines = [head + self.message]
        if self.source.strip():
            indent = len(self.source) - len(self.source.lstrip())
            lines.append("    " + self.source.strip())
            if self.column is not None:
                start = max(self.column - 1 - indent, 0)
                width = max((self.end_column or self.column + 1) - self.column, 1)
                room = len(self.source.strip()) - start or 1
                lines.append("    " + " " * start + "^" * min(width, room))
        if self.fix:
            lines.append(self.fix)
        return "\n".join(lines)

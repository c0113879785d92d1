"""Finding: a Diagnostic, the step that is to blame, and the steps that suffer."""

from __future__ import annotations

from dataclasses import dataclass

from nbdag_converters.diagnostics import Diagnostic


@dataclass(frozen=True, slots=True)
class Finding:
    """*step* did what *diagnostic* says to *name*; *victims* have, or would get, a wrong value."""

    diagnostic: Diagnostic
    step: str
    name: str
    victims: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it the same finding, though more reports may tell more about it."""
        return self.diagnostic.code, self.step, self.name

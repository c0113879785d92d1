"""Slots: what differs between steps of one template, as text or as an input of the template."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Slots:
    """Texts of one step's template. If `shared`, templates hold inputs and tasks give the texts.

    A pipeline of many steps would have more templates than a workflow may, so that steps which
    differ in nothing but names share one.
    """

    shared: bool
    given: dict[str, str] = field(default_factory=dict[str, str])

    def text(self, name: str, literal: str) -> str:
        """Return what stands in the template for *literal*."""
        if not self.shared:
            return literal
        self.given[name] = literal
        return f"{{{{inputs.parameters.{name}}}}}"

    def pass_on(self) -> dict[str, str]:
        """Return the arguments with which a template hands its own inputs to another."""
        return {name: f"{{{{inputs.parameters.{name}}}}}" for name in self.given}

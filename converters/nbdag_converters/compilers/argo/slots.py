"""Slots: what differs between steps of one template, as text or as an input of the template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nbdag_converters.compilers.plan import Plan


@dataclass(frozen=True, slots=True)
class Slots:
    """Texts of one step's template. If `shared`, templates hold inputs and tasks give the texts.

    A pipeline of many steps would have more templates than a workflow may, so that steps which
    differ in nothing but names share one. `step` is the step's name in the notebook.
    """

    shared: bool
    step: str
    texts: Mapping[str, str]

    def text(self, name: str) -> str:
        """Return what stands in the template for a text."""
        return f"{{{{inputs.parameters.{name}}}}}" if self.shared else self.texts[name]

    @property
    def name(self) -> str:
        """What metrics call the step: in a shared template it has the name of its task alone."""
        return self.text("step") if self.shared else self.step

    @property
    def given(self) -> Mapping[str, str]:
        """What tasks give to the template."""
        return self.texts if self.shared else {}

    def pass_on(self) -> dict[str, str]:
        """Return the arguments with which a template hands its own inputs to another."""
        return {name: self.text(name) for name in self.given}


def slots_of(tasks: Mapping[str, str], plan: Plan, *, shared: bool) -> Slots:
    """Return the slots of a step's template; *tasks* are the names of tasks by step."""
    values = {f"values-{n}": tasks[source.step] for n, source in enumerate(plan.values)}
    texts = {"step": tasks[plan.step.name], **values, "number": str(plan.number)}
    return Slots(shared, plan.step.name, texts)

"""The catalogue of Diagnostics: every finding is made by a Rule that is written down here.

To add a rule, write a constant into the module of its range and use it:

    diagnostics.append(structure.UNKNOWN_STEP.at(Place(cell=3), tag="prev:lod", ...))

| module | codes | about |
|---|---|---|
| `structure` | NB101-NB108, NB110-NB129 | the file, cells, steps and tags |
| `settings` | NB130-NB169 | parameters, metrics, settings in the metadata |
| `dataflow` | NB200-NB249 | names, and what flows between steps |
| `guard` | NB250-NB299 | what a run showed and the analysis did not know |
| `travel` | NB300-NB399 | what can't move into another process |
| `control` | NB400-NB499 | conditions, loops, retries |
| `environment` | NB500-NB599 | packages, files and machines |
| `targets` | NB600-NB699 | what a target doesn't have |

This package must not import anything of nbdag but `diagnostics`.
"""

from __future__ import annotations

from . import control, dataflow, environment, guard, settings, structure, targets, travel
from .rule import NOWHERE, Place, Rule, did_you_mean

RULES: dict[str, Rule] = {
    rule.code: rule
    for rule in sorted(
        (
            rule
            for module in (
                structure,
                settings,
                dataflow,
                guard,
                travel,
                control,
                environment,
                targets,
            )
            for rule in vars(module).values()
            if isinstance(rule, Rule)
        ),
        key=lambda rule: rule.code,
    )
}
"""All rules by code, in the order of their codes."""


def find(code: str) -> Rule:
    """Return the rule of that code.

    Raises
    ------
    KeyError
        If there is none.
    """
    return RULES[code.upper()]


__all__ = ["NOWHERE", "RULES", "Place", "Rule", "did_you_mean", "find"]

"""Whether a step that ran would do the same again: what it shows that it would not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from nbdag_converters.model import Step

from .key import sources_of

_EFFECTS = {
    "network": "it uses the network",
    "program": "it starts another program, whose files can't be seen",
}
_SEEDING = re.compile(r"seed|set_?state|manual_seed", re.IGNORECASE)
# In local modules, which the analysis does not read.
_UNSTEADY = re.compile(
    rb"\btime\.(?:time|monotonic|perf_counter)|\b(?:now|today|utcnow|uuid[14]|urandom)\("
    rb"|\bsecrets\.|\b(?:default_rng|RandomState|SystemRandom|Random)\(\s*\)"
)


def unsteady(step: Step, order: Mapping[str, Any], report: Mapping[str, Any]) -> Iterator[str]:
    """Yield why the outcome of *step* isn't to be used again, none where it may be.

    What analysis sees in the code is in the step; what its process did is in its report.
    """
    yield from step.varies
    for effect in report.get("effects", ()):
        yield _EFFECTS.get(effect, f"it uses {effect}")
    for path in report.get("outside", {}).get("writes", ()):
        yield f"it writes {path}, outside the notebook's folder"
    for library in report.get("random", ()):
        if not _has_state(order, library):
            yield f"it draws random numbers from {library} without a seed"


def speaks_of_time(source: bytes) -> bool:
    """Return whether the text of a local module may read the clock or draw fresh numbers."""
    return _UNSTEADY.search(source) is not None


def _has_state(order: Mapping[str, Any], library: str) -> bool:
    name = f"@random.{library}"
    given = name in order["inputs"] or any(name in piece["inputs"] for piece in order["slices"])
    return given or any(_SEEDING.search(source) for source in sources_of(order))

"""StepState: how far a step has come, and how every drawing shows that: an icon, a word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Phase: TypeAlias = Literal[
    "pending", "running", "succeeded", "cached", "skipped", "failed", "waiting"
]

ICONS: Mapping[Phase, str] = {
    "pending": "○",
    "running": "◐",
    "succeeded": "✓",
    "cached": "⟲",
    "skipped": "⤼",
    "failed": "✕",
    "waiting": "✋",
}

_PHASES: Mapping[str, Phase] = {
    **{phase: phase for phase in ICONS},
    "error": "failed",
    "suspended": "waiting",
}


@dataclass(frozen=True, slots=True)
class StepState:
    """What a drawing shows of a step's run.

    `phase` is that of a run in any case (`Succeeded`), or `cached` or `waiting`; an unknown one
    is drawn as pending. `seconds` is how long it ran, or has been running. `detail` is one line
    more: where it failed, whom it waits for, why it was skipped.
    """

    phase: str
    seconds: float | None = None
    detail: str = ""

    @property
    def look(self) -> Phase:
        """Return the phase as drawn."""
        return _PHASES.get(self.phase.lower(), "pending")

    @property
    def icon(self) -> str:
        """Return the phase as one character."""
        return ICONS[self.look]

    @property
    def label(self) -> str:
        """Return the phase and the time in words: `3.2 s`, `failed after 3.2 s`, `skipped`."""
        look = self.look
        if self.seconds is None or look in {"pending", "skipped", "cached"}:
            return look
        time = duration(self.seconds)
        if look == "failed":
            return f"failed after {time}"
        return time if look == "succeeded" else f"{look} {time}"


def duration(seconds: float) -> str:
    """Return a time as people say it: `0.3 s`, `42 s`, `3 min 05 s`, `1 h 02 min`."""
    if seconds < 9.95:
        return f"{max(seconds, 0.0):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min"

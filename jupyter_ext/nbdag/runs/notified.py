"""Notified: tells how a run here has ended, to whom the notebook's setting `notify` names."""

from __future__ import annotations

from collections.abc import Iterator

from nbdag_converters.model import Pipeline
from nbdag_converters.runtime.notify import notify, told

from .events import Run


def tell(pipeline: Pipeline, run: Run) -> Iterator[tuple[str, str]]:
    """Yield what kind of message was sent, and why it could not be, "" if it was.

    Addresses are those of this process's environment: they are secrets, which no event holds.
    """
    words = " ".join(
        f"{each.when}:{each.kind}:{each.secret.env}" for each in pipeline.config.notify
    )
    failures = [(step.name, step.message) for step in run.failures]
    if run.phase.bad and not failures:
        failures = [("", run.message)]
    ended = {
        "pipeline": pipeline.name,
        "run": run.id,
        "status": run.phase.value,
        "seconds": round(run.seconds or 0.0, 3),
        "failures": told(failures),
    }
    yield from notify(words, ended)

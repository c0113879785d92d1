"""Gates: the steps of a run that wait until somebody lets them through."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from nbdag_converters.model import Step

from .plan import Ask
from .recorder import Recorder


class Gates:
    """Steps that wait, and those that were let through and have not begun.

    *ask* is who may answer at once, if anybody; *answer* gets what was said: `resume` or `deny`.
    """

    def __init__(
        self, recorder: Recorder, ask: Ask | None, answer: Callable[[str, str], object]
    ) -> None:
        self._recorder, self._question, self._answer = recorder, ask, answer
        self._waiting: dict[str, None] = {}
        self._open: deque[str] = deque()

    def __bool__(self) -> bool:
        """Return whether a step is here."""
        return bool(self._waiting or self._open)

    def wait_at(self, step: Step) -> None:
        """Let *step* wait, and ask."""
        text = step.config.approve or f"Run step '{step.name}'?"
        self._waiting[step.name] = None
        self._recorder.record("waiting", step.name, message=text)
        if self._question:
            args = (self._question, step.name, text)
            threading.Thread(target=self._ask, args=args, name="nbdag-gate", daemon=True).start()

    def open(self, name: str | None) -> None:
        """Let the step of that name through its gate, or all that wait."""
        for step in self.named(name):
            del self._waiting[step]
            self._recorder.record("approved", step)
            self._open.append(step)

    def named(self, name: str | None) -> list[str]:
        """Return which steps of that name wait, or all that do."""
        return [step for step in self._waiting if name in (None, "", step)]

    def take(self) -> str | None:
        """Return a step that may begin, which is here no more; None if there is none."""
        return self._open.popleft() if self._open else None

    def leave(self, name: str) -> bool:
        """Take a step away, whether it waits or not; return whether it was here."""
        if name in self._open:
            self._open.remove(name)
            return True
        return self._waiting.pop(name, self) is None

    def clear(self) -> tuple[str, ...]:
        """Take all steps away, and return them."""
        left = (*self._waiting, *self._open)
        self._waiting.clear()
        self._open.clear()
        return left

    def _ask(self, ask: Ask, name: str, text: str) -> None:
        answer = ask(name, text)
        if answer is not None:
            self._answer("resume" if answer else "deny", name)

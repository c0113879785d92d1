"""The widget: what a notebook's front end shows, and what a person answers in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from nbdag_converters.errors import PipelineError

STATIC = Path(__file__).parent / "static"


def _whole(_: object, widget: DagWidget) -> Mapping[str, Any] | None:
    return widget.whole()


class DagWidget(anywidget.AnyWidget):
    """A DAG and its run, told in pieces once the front end says that it can put them together.

    Before that, as its code is still being loaded, what is sent to it may be lost.

    Parameters
    ----------
    pipeline
        See `drawn.drawn`.
    run
        Returns the run as it is now, `None` where there is none.
    answer
        Does what a person has answered at the gate of a step.
    """

    _esm = STATIC / "dag.js"
    _css = STATIC / "dag.css"
    pipeline: Any = traitlets.Dict().tag(sync=True)
    # Made when all of it is to be sent; else `tell` sends what is new.
    run: Any = traitlets.Any().tag(sync=True, to_json=_whole)

    def __init__(
        self,
        pipeline: Mapping[str, Any],
        run: Callable[[], Mapping[str, Any] | None],
        answer: Callable[[str, bool], None],
    ) -> None:
        self.whole = run
        self._answer = answer
        self._ready = False
        super().__init__(pipeline=dict(pipeline))
        self.on_msg(self._asked)

    def tell(self, news: Mapping[str, Any]) -> None:
        """Send what is new in the run to all that show it."""
        if self._ready:
            self.send({"told": dict(news)})
        else:
            self.send_state("run")

    def end(self) -> None:
        """Send all of the run, which is over."""
        self.send_state("run")

    def _asked(self, _: object, content: Mapping[str, Any], __: object) -> None:
        if content.get("ready"):
            self._ready = True
            self.send_state("run")
        step, value = content.get("approve"), content.get("value", True)
        if not isinstance(step, str) or not isinstance(value, bool):
            return
        try:
            self._answer(step, value)
        except PipelineError as problem:
            self.send({"trouble": str(problem)})

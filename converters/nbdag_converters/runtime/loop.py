"""The loop that runs while cells run, as in a kernel: `await`, tasks, and no `asyncio.run`.

asyncio takes longer to import than Python takes to start. So where nothing has imported it, the
loop is there from the moment on that something does: a cell that names it, or a library.
"""

from __future__ import annotations

import sys
from _thread import get_ident
from typing import Any, Coroutine

from .kernel import find

_UNSET = object()


class Loop:
    """The loop of a step's cells; it stands among Python's finders until asyncio is imported."""

    def __init__(self) -> None:
        self.loop: Any = None
        self.task: Any = None  # stands for the cell in which the loop was opened
        self.thread, self.running = get_ident(), False
        if "asyncio" in sys.modules:
            self._open()
        else:
            sys.meta_path.insert(0, self)

    def run(self, source: str, work: Coroutine[Any, Any, Any]) -> Any:
        """Return what *work*, which runs *source*, returns; what it sets in the context stays set.

        A loop runs a coroutine in a copy of the context, which is lost with it. In a kernel all
        cells run in one task, so numpy's print options or decimal's precision hold for the cells
        below.
        """
        if "asyncio" in sys.modules or "async" in source or "await" in source:
            self._open()
        if self.loop is None:
            return self._run_at_once(work)
        import contextvars

        async def kept() -> Any:
            return await work, contextvars.copy_context()

        result, after = self.loop.run_until_complete(kept())
        for variable, value in after.items():
            if variable.get(_UNSET) is not value:
                variable.set(value)
        return result

    def find_spec(self, name: str, *_: Any) -> Any:
        """Return asyncio's spec, whose loader opens the loop too, and None for other modules."""
        if name != "asyncio":
            return None
        sys.meta_path.remove(self)
        spec = find(name)
        execute = spec.loader.exec_module

        def exec_module(module: Any) -> None:
            del spec.loader.exec_module
            execute(module)
            if get_ident() == self.thread:
                self._open()

        spec.loader.exec_module = exec_module
        return spec

    def _open(self) -> None:
        if self.loop is not None:
            return
        import asyncio

        if self.loop is None:  # the import has not opened it
            self.loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self.loop)
            if self.running:
                self._enter()

    def _run_at_once(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run to its end what awaits nothing; the loop may be opened meanwhile."""
        self.running = True
        try:
            work.send(None)
        except StopIteration as end:
            result = end.value
        else:
            work.close()
            message = "the cell waits for something, though neither `await` nor `async` is in it"
            raise RuntimeError(message)
        finally:
            self.running = False
            if self.task is not None:
                self._leave()
        if self.task is not None:
            self.loop.run_until_complete(self.task)  # tasks that the cell has made begin
            self.task = None
        return result

    def _enter(self) -> None:
        """Have the cell that runs be one that the loop runs."""
        import asyncio

        self.task = self.loop.create_task(_nothing())
        self.loop._thread_id = self.thread  # what `is_running` asks for
        asyncio._set_running_loop(self.loop)
        asyncio.tasks._enter_task(self.loop, self.task)

    def _leave(self) -> None:
        import asyncio

        asyncio.tasks._leave_task(self.loop, self.task)
        asyncio._set_running_loop(None)
        self.loop._thread_id = None


async def _nothing() -> None:
    pass

"""Executes one order: inputs, slices, cells, outputs, report."""

from __future__ import annotations

import gc
import os
import sys
from functools import partial
from json import dumps as to_json  # the notebook's code may put another in its place
from typing import Any, Callable, Dict, Set

from . import kernel, sources
from .container import Loader, Outputs
from .definitions import find, matches
from .events import COMMON, Failure, emit
from .guard import Guard
from .hidden import PREFIXES, set_hidden
from .ipython import IPythonCells, make_shell
from .namespace import MissedNameError, guard_of, make_main
from .order import Order, folder_of, last_cell, resolve
from .outputs import Recorder, Stream

ABSENT = object()
NO_MEMORY = "there is not enough memory to look at the step's values and to save them"


def execute(order: Order, shell: Any = None) -> int:
    """Execute *order* in this process; return its exit status.

    *shell* is IPython's, from `make_shell`, where there is one already.
    """
    if order.loop is not None:
        COMMON.update(part=order.loop.part, index=order.loop.number)
    try:
        _Step(order, shell).execute()
    except Failure as failure:
        fields = {key: value for key, value in vars(failure).items() if value is not None}
        emit("failed", step=order.step, **fields)
        return 1
    except MemoryError:
        fields = {"kind": "save", "cell": last_cell(order), "message": NO_MEMORY}
        emit("failed", step=order.step, **fields)
        return 1
    except Exception as error:  # the boundary of the process: a fault of ours, or a full disk
        import traceback

        try:
            os.write(2, traceback.format_exc().encode())
        except OSError:  # the log's disk is full
            pass
        text = "%s: %s" % (type(error).__name__, error)
        emit("failed", step=order.step, kind="order", message="the step can't be executed: " + text)
        return 1
    emit("succeeded", step=order.step)
    return 0


def _make_cells(shell: Any, main: Any, recorder: Recorder, unwatched: Any) -> Any:
    if shell:
        return IPythonCells(shell, main, recorder)
    if kernel.find("IPython"):
        from .late import LateCells

        return LateCells(main, recorder, unwatched)
    from .plain import PlainCells

    return PlainCells(main, recorder)


class _Step:
    """The state of a step while it is executed."""

    def __init__(self, order: Order, shell: Any) -> None:
        values = os.environ.get("NBDAG_VALUES", "")
        self.order = order = resolve(order, values)
        if shell is None:
            from .late import may_do_without  # a zygote has a shell

            shell = None if may_do_without(order) else make_shell()
        self.folder = os.path.join(values, folder_of(order))
        os.makedirs(self.folder, exist_ok=True)
        self.recorder = Recorder(os.path.join(self.folder, "outputs.jsonl"))
        open(self.recorder.path, "w").close()
        for number, name in ((1, "stdout"), (2, "stderr")):
            setattr(sys, name, Stream(name, number, self.recorder.stream))
        kernel.prepare()
        main = make_main(order.step, order.before)
        self.namespace: Any = main.__dict__
        self.cells = _make_cells(shell, main, self.recorder, self._unwatched)
        self.loader = Loader(values, self.namespace)
        self.guard = Guard(order, self.namespace, self.folder)
        self.parts = self._parts(values)

    def _unwatched(self, work: Callable[[], Any]) -> Any:
        return self.guard.audit.without(work)

    def _parts(self, values: str) -> Any:
        if self.order.loop is None:
            return None
        from .parts import Parts  # most steps have no use for it

        return Parts(self.order, self.order.loop, self.namespace, values)

    def execute(self) -> None:
        emit("started", step=self.order.step, python=sys.version.split()[0])
        if self.order.parameters:
            from copy import deepcopy

            self.namespace.update(deepcopy(self.order.parameters))
        try:
            self._work()
        except BaseException:
            try:
                self._report()
            except Failure:  # what went wrong before says more
                pass
            raise
        self._report()
        self._metrics()

    def _work(self) -> None:
        order = self.order
        self._slices()
        self._bind(order.inputs)
        if self.parts:
            self._bind(self.parts.inputs())
        self._check_definitions()
        self.loader.forget()
        if self.parts:
            self.parts.prepare(self.loader.load)
        self.guard.begin()
        for cell in self.parts.cells() if self.parts else order.cells:
            self._cell(cell.number, cell.source)
        self._decide()
        gc.disable()  # or it looks at each of many objects again and again
        self._save()

    def _bind(self, inputs: Dict[str, str]) -> Dict[str, Any]:
        """Bind *inputs* in the namespace; return them."""
        values = self.loader.load(inputs)
        for name in inputs:
            if name.startswith(PREFIXES):
                if name in values:
                    set_hidden(name, values[name])
            elif name in values:
                self.namespace[name] = values[name]
            else:
                dict.pop(self.namespace, name, None)
                guard = guard_of(self.namespace)
                if guard:
                    guard.before.discard(name)
        return values

    def _adopt(self) -> None:
        """Let a class that was loaded with an object stand for the same class of a slice."""
        for (name, code), value in self.loader.made.items():
            other = dict.get(self.namespace, name)
            if isinstance(value, type) and isinstance(other, type) and matches(other, code):
                self.namespace[name] = value

    def _check_definitions(self) -> None:
        """Fail if a class was loaded that a slice has defined later, since the two would differ."""
        for (name, code), value in self.loader.made.items():
            other = find(self.namespace, name)
            if isinstance(value, type) and isinstance(other, type) and other is not value:
                message = "an object of class %r was loaded before the class is defined" % name
                if matches(other, code):
                    raise Failure(message, kind="load", name=name)

    def _slices(self) -> None:
        """Run the slices, then forget what only they have needed."""
        borrowed: Dict[str, Any] = {}
        bound: Set[str] = set()
        for item in self.order.slices:
            missing = {key: step for key, step in item.inputs.items() if key not in bound}
            borrowed.update(self._bind(missing))
            try:
                self.cells.repeat(item.cell, item.line, item.source)
            except BaseException as error:
                raise self._failure(error, item.cell, item.line) from error
            self._check(item.cell)
            bound.update(item.binds)
            self._adopt()
        for name in self.order.before:  # what slices needed and the cells don't have
            dict.pop(self.namespace, name, None)
        for name, value in borrowed.items():
            if dict.get(self.namespace, name, ABSENT) is value:
                dict.pop(self.namespace, name)

    def _cell(self, number: int, source: str) -> None:
        sources.show(number, source)
        guard = guard_of(self.namespace)
        if guard:
            guard.refresh()
        emit("cell-started", step=self.order.step, cell=number)
        self.cells.transform = self._transform(number)
        self._run(number, source)
        emit("cell-finished", step=self.order.step, cell=number)

    def _transform(self, number: int) -> Any:
        """Return what is done with the cell's tree before it runs."""
        branch = self.order.branch
        if branch is not None:
            from .control import take_branch

            return partial(take_branch, line=branch.line, branch=branch.branch)
        return self.parts.transform(number) if self.parts else None

    def _run(self, number: int, source: str, line: Any = None) -> None:
        self.recorder.begin(number)
        try:
            error = self.cells.run(number, source)
        finally:
            self.recorder.finish()
        if error is not None:
            raise self._failure(error, number, line)
        self._check(number)

    def _decide(self) -> None:
        """Work out which branches of later steps are taken."""
        self.cells.transform = None
        if not self.order.decides:
            return
        from .parts import BRANCH, tests_as_cell

        for decision in self.order.decides:
            text = tests_as_cell(decision.tests, decision.line)
            sources.show(decision.cell, text)
            self._run(decision.cell, text, decision.line)
            branch = dict.pop(self.namespace, BRANCH)
            dict.__setitem__(self.namespace, "@branch." + decision.name, branch)
            self.guard.report.setdefault("decided", {})[decision.name] = branch
            emit("decided", step=self.order.step, name=decision.name, branch=branch)

    def _check(self, cell: int) -> None:
        """Fail if a guarded name was read, though the notebook has hidden the error."""
        missed = self.guard.missed()
        if missed:
            message = str(MissedNameError(self.order.step, missed[0]))
            raise Failure(message, kind="guard", cell=cell, name=missed[0])

    def _failure(self, error: BaseException, cell: int, line: Any) -> Failure:
        where, at = sources.place(error)
        if where is None:
            where, at = cell, line
        if isinstance(error, MissedNameError):
            return Failure(str(error), kind="guard", cell=where, line=at, name=error.name)
        if isinstance(error, SystemExit):
            text = "the cell ends the program (SystemExit), so the steps after it can't run"
        else:
            text = "%s: %s" % (type(error).__name__, error)
        return Failure(text, kind="cell", cell=where, line=at)

    def _save(self) -> None:
        self.cells.end()
        guard = guard_of(self.namespace)
        if guard:
            guard.guarding = False
        path = os.path.join(self.folder, "values.nbv")
        order = self.order
        if self.parts:
            self.parts.clean()
            self.guard.finish()
            report = self.guard.report
            names = self.parts.outputs([*report["bound"], *report["changed"]])
            order = order.but(outputs=names)
        self.guard.end()
        outputs = Outputs(self.namespace, order)
        self.guard.finish(outputs.pickled)
        others = self.guard.others() if order is self.order else []
        saved = outputs.save(path, others)
        self.guard.saved(saved)
        emit("saved", step=self.order.step, names=sorted(saved["names"]), bytes=saved["bytes"])

    def _metrics(self) -> None:
        for name in self.order.metrics:
            value = dict.get(self.namespace, name, ABSENT)
            if hasattr(value, "item") and getattr(value, "size", 1) == 1:
                value = value.item()  # a scalar of numpy
            if isinstance(value, (bool, int, float, str)):
                emit("metric", step=self.order.step, name=name, value=value)

    def _report(self) -> None:
        """Write what the guard saw."""
        self.guard.finish()
        path = os.path.join(self.folder, "report.json")
        text = to_json(self.guard.report, default=str)
        try:
            with open(path + ".new", "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(path + ".new", path)
        except OSError as error:
            if os.path.exists(path + ".new"):
                os.remove(path + ".new")
            message = "cannot write the report of the step: %s" % error
            raise Failure(message, kind="save", cell=last_cell(self.order)) from error

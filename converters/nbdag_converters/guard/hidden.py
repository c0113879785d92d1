"""Hidden state: random generators, the environment's variables, the working folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from nbdag_converters.model import Step
from nbdag_converters.rules import guard as rules

from .finding import Finding
from .plan import Plan
from .report import Report

PREFIX = "@random."

# A call whose name speaks of a seed: np.random.seed(0), manual_seed(0), seed_everything(0); or one
# that sets a state. `default_rng(seed)` makes a generator of its own and is none.
_SEEDING = re.compile(r"(?P<owner>(?:\w+\.)*)\w*(?:seed\w*|set_?state)\s*\(")
_LIBRARIES = ("numpy", "random", "torch")
_PROCESS = {
    "environ": (r"environ|putenv|%env|%set_env|dotenv", "variables of the environment"),
    "cwd": (r"chdir|%cd|cwd", "the working folder"),
    "umask": (r"umask", "the mode of new files (umask)"),
    "sys": (r"sys\.|path", "`sys.path` or the limit of recursion"),
    "matplotlib": (r"rc|style|theme|matplotlib|plt", "settings of matplotlib"),
    "numpy": (r"printoptions|err|numpy|np", "settings of numpy"),
    "pandas": (r"option|pandas|pd", "options of pandas"),
    "decimal": (r"context|prec|decimal", "the context of decimal"),
    "locale": (r"locale", "the locale"),
    "logging": (r"[lL]og|Handler|Filter", "loggers"),
    "signals": (r"signal", "handlers of signals"),
    "warnings": (r"warn|filter", "filters of warnings"),
    "streams": (r"std(out|err)", "`sys.stdout` or `sys.stderr`"),
}
_HOLDING = frozenset({"streams"})
"""What holds data, so that to set it again is not to have it again."""


def random_findings(plan: Plan) -> Iterator[Finding]:
    """Yield draws from seeded generators that did not have the state that the notebook gives."""
    for step, report in plan.reports.items():
        for library in sorted(report.random & report.states.keys()):
            if not _is_new(plan, step, library):
                continue
            problem = _problem(plan, step, library)
            if problem:
                diagnostic = rules.RANDOM.at(
                    plan.place(step),
                    step=step,
                    library=library,
                    problem=problem,
                )
                yield Finding(diagnostic, step, PREFIX + library, _later_users(plan, step, library))


def _is_new(plan: Plan, step: str, library: str) -> bool:
    """Return whether the step's report is new, or that of a step from which it has the state."""
    return step in plan.fresh or any(
        library in report.states and plan.apart(other, step) for other, report in plan.fresh.items()
    )


def _problem(plan: Plan, step: str, library: str) -> str:
    """Return what is wrong with the state from which *step* drew, "" for nothing.

    In the notebook it is the state that the last step before it left that used the generator. What
    nobody has seeded differs from run to run anyway; and a step may seed it itself.
    """
    if _seeds_itself(plan.steps[step], library) or not is_seeded(plan, step, library):
        return ""
    before = [
        other
        for other, report in plan.reports.items()
        if library in report.states and plan.apart(other, step)
    ]
    if before:
        last = max(before, key=plan.last_cell)
        if plan.last_cell(last) < _seeding_cell(plan.steps[step], library):
            return ""  # it seeds again as a later step did whose report is still to come
        left, had = plan.reports[last].states[library][1], plan.reports[step].states[library][0]
        return "" if left == had else f"is not the one that step '{last}' left"
    return "" if _gets_state(plan.steps[step], library) else "it was not given"


def _seeds_itself(step: Step, library: str) -> bool:
    return any(_seeds(cell.source, library) for cell in step.cells)


def _gets_state(step: Step, library: str) -> bool:
    given = any(version.name == PREFIX + library for version in step.inputs)
    return given or any(_seeds(piece.source, library) for piece in step.slices)


def _seeding_cell(step: Step, library: str) -> int:
    """Return the last cell of which the step makes a seeding again, 0 where there is none."""
    cells = (piece.cell for piece in step.slices if _seeds(piece.source, library))
    return max(cells, default=0)


def is_seeded(plan: Plan, step: str, library: str) -> bool:
    """Return whether the notebook has seeded the generator when *step* has run."""
    last = plan.last_cell(step)
    return any(
        _seeds(source, library)
        for number, sources in plan.outline.sources.items()
        if number <= last
        for source in sources
    )


def _later_users(plan: Plan, step: str, library: str) -> tuple[str, ...]:
    reports = plan.reports
    return tuple(n for n in plan.later(step) if n in reports and library in reports[n].random)


@lru_cache(maxsize=1 << 14)
def _seeds(source: str, library: str) -> bool:
    return any(library in _libraries(match["owner"]) for match in _SEEDING.finditer(source))


def _libraries(owner: str) -> tuple[str, ...]:
    """Return the generators that a call on *owner* may seed; a helper function may seed all."""
    if owner in ("np.random.", "numpy.random."):
        return ("numpy",)
    if owner == "random.":
        return ("random",)
    if owner.startswith("torch."):
        return ("torch",)
    return _LIBRARIES


def changes_of_process(report: Report) -> Iterator[tuple[str, str]]:
    """Yield what a step has changed of its process, and what to call that."""
    there = {"environ": report.environ, "cwd": report.cwd}
    for what, (_, text) in _PROCESS.items():
        if there.get(what) or what in report.settings:
            yield what, text


def environment_findings(plan: Plan) -> Iterator[Finding]:
    """Yield changes of a step's process that later steps don't make again."""
    for step, report in plan.fresh.items():
        for what, text in changes_of_process(report):
            readers = tuple(
                reader
                for reader in plan.later(step)
                if not _has_state(plan, reader, step, f"@state.{what}")
                and (what in _HOLDING or not _sets_again(plan, reader, step))
            )
            if readers:
                place = plan.place(step, pattern=_PROCESS[what][0])
                diagnostic = rules.ENVIRONMENT.at(place, step=step, what=text, reader=readers[0])
                yield Finding(diagnostic, step, what, readers)


def _sets_again(plan: Plan, reader: str, setter: str) -> bool:
    """Return whether *reader* makes a setting of *setter*'s cells again."""
    cells = {cell.number for cell in plan.steps[setter].cells}
    slices = plan.steps[reader].slices
    return any(piece.kind == "setup" and piece.cell in cells for piece in slices)


def _has_state(plan: Plan, reader: str, setter: str, name: str) -> bool:
    """Return whether *reader* is handed the state as *setter*, or a step after it, left it."""
    return any(
        version.name == name and plan.order.get(version.step, -1) >= plan.order[setter]
        for version in plan.steps[reader].inputs
    )


_FIGURE = re.compile(r"\b(?:plt|pyplot)\.(\w+)\(")
_STARTS = frozenset({"figure", "subplots", "subplot_mosaic", "close"})
_APART = frozenset({"style", "rc", "use", "switch_backend", "ion", "ioff", "get_cmap", "colormaps"})


def figure_findings(plan: Plan) -> Iterator[Finding]:
    """Yield steps that go on with the current figure of pyplot, which an earlier one left open."""
    for step, report in plan.fresh.items():
        if not report.figures:
            continue
        readers = tuple(reader for reader in plan.later(step) if _uses_figure(plan, reader))
        if readers:
            place = plan.place(step, pattern=_FIGURE.pattern)
            text = "the current figure of pyplot"
            diagnostic = rules.ENVIRONMENT.at(place, step=step, what=text, reader=readers[0])
            yield Finding(diagnostic, step, "figures", readers)


def module_findings(plan: Plan) -> Iterator[Finding]:
    """Yield changes of data in a module beside the notebook that a later step imports anew."""
    for step, report in plan.reports.items():
        for module in report.modules:
            word = re.compile(rf"\b{re.escape(module)}\b")
            readers = tuple(
                reader
                for reader in plan.later(step)
                if (step in plan.fresh or reader in plan.fresh)
                and (_mentions(plan, reader, word) or _has_imported(plan, reader, module))
                and not _sets_again(plan, reader, step)
            )
            if readers:
                text = f"data of the module '{module}'"
                place = plan.place(step, pattern=word.pattern)
                diagnostic = rules.ENVIRONMENT.at(place, step=step, what=text, reader=readers[0])
                yield Finding(diagnostic, step, f"module {module}", readers)


def _has_imported(plan: Plan, step: str, module: str) -> bool:
    """Return whether the step has used the file of a module, maybe by another one."""
    path = module.replace(".", "/")
    ends = tuple(f"/{path}{end}" for end in (".py", "/__init__.py"))
    report = plan.reports.get(step)
    return report is not None and any(f"/{used}".endswith(ends) for used in report.reads)


def _mentions(plan: Plan, step: str, word: re.Pattern[str]) -> bool:
    own = plan.steps[step]
    sources = [cell.source for cell in own.cells] + [piece.source for piece in own.slices]
    return any(word.search(source) for source in sources)


def _uses_figure(plan: Plan, step: str) -> bool:
    """Return whether the step's code asks pyplot for a figure before it makes one."""
    text = "\n".join(cell.source for cell in plan.steps[step].cells)
    called = (name for name in _FIGURE.findall(text) if name not in _APART)
    first = next(called, None)
    return first is not None and first not in _STARTS

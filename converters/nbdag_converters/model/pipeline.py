"""Pipeline: steps, what flows between them, and how they are to be run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from .config import PipelineConfig, StepConfig
from .parameter import Parameter

SliceKind: TypeAlias = Literal["import", "definition", "constant", "setup"]
Rule: TypeAlias = Literal[
    "read",  # reads a value that the source step made
    "change",  # changes a value in place that the source step made
    "alias",  # two names of one object: both must come from one place
    "late",  # a function called here reads it as a global
    "unset",  # may leave the name as it was before
    "file",  # a file or folder that the source step wrote, read or removed
    "random",  # the state of a random generator
    "display",  # the last displayed value, `_`
    "condition",  # decides whether the target step runs
    "declared",  # a tag says so
    "order",  # it can't be known: the notebook's order is kept
]


@dataclass(frozen=True, slots=True)
class StepCell:
    """A code cell of a step, its source as the user wrote it. `number` counts all cells from 1."""

    number: int
    id: str
    source: str


@dataclass(frozen=True, slots=True)
class Input:
    """A version: the value that step *step* gave to *name*.

    Where that step did not run because its condition did not hold, it is the value of the first of
    the steps *otherwise* that did run; where none did, the name keeps what slices gave it, or stays
    unset; *optional* says that this may be. Names that start with `@` are hidden state:
    `@random.numpy` is a generator's, `@state.cwd` the process's.
    """

    name: str
    step: str
    otherwise: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Slice:
    """A top-level statement from elsewhere in the notebook, run again in front of a step's cells.

    `source` is the statement as written (IPython syntax), `cell` and `line` say where, from 1.
    `inputs` are versions that it reads, bound right before it runs. `binds` are the names that it
    sets.
    """

    kind: SliceKind
    cell: int
    line: int
    source: str
    binds: tuple[str, ...] = ()
    inputs: tuple[Input, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why there is an edge: a rule, the names or files, and the statement of the target step."""

    rule: Rule
    names: tuple[str, ...]
    cell: int
    line: int


@dataclass(frozen=True, slots=True)
class Decision:
    """Which branch of an `if` is taken, worked out at the end of the step that holds this.

    `tests` are the Python expressions of `if` and `elif`, in order; they are evaluated until one is
    true, and its index is the decision, or -1. `cell` and `line` are those of the `if`.
    """

    name: str
    tests: tuple[str, ...]
    cell: int
    line: int


@dataclass(frozen=True, slots=True)
class Condition:
    """The step runs only if *step* decided *decision* for *branch*; -1 is the last `else`.

    `text` is the test as written, `else` for the last branch. `line` is that of the `if` in the
    step's cell.
    """

    step: str
    decision: str
    branch: int
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Loop:
    """The step's top-level `for` at *cell*, *line* runs its iterations as processes of their own.

    `most` is how many at once, 0 for no bound. The step first runs what stands above the loop, and
    its items; then each iteration; then it gathers, and runs what stands below. `gathers` are the
    names to which iterations add: their statements are recorded in the iteration and done when
    gathering, in order. `binds` are the names that an iteration sets; the last one that did is the
    one that stays.
    """

    cell: int
    line: int
    most: int
    gathers: tuple[str, ...]
    binds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """*target* runs after *source*; `names` travel along it, `files` are shared by the two."""

    source: str
    target: str
    names: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A node of the pipeline: one or more cells that run in one process or container.

    `inputs` are loaded after the slices have run and before the first cell. `outputs` are the names
    (and `@` states) saved at the end because a later step takes them from here; one that is not
    bound then is saved as absent. `changes` are the names that analysis expects this step to bind,
    delete or change in place (the guard reports any other). `before` are the names that some
    earlier step binds and that this step was not given: reading one is an error of the analysis,
    told as such. `parameters` are names of pipeline parameters that it reads. `varies` says why it
    would not do the same again, as "it reads the clock"; empty where nothing is known. A step
    without cells only `decides`.
    """

    name: str
    title: str
    cells: tuple[StepCell, ...]
    slices: tuple[Slice, ...] = ()
    inputs: tuple[Input, ...] = ()
    outputs: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    reads_files: tuple[str, ...] = ()
    writes_files: tuple[str, ...] = ()
    random: tuple[str, ...] = ()
    varies: tuple[str, ...] = ()
    decides: tuple[Decision, ...] = ()
    condition: Condition | None = None
    loop: Loop | None = None
    config: StepConfig = field(default_factory=StepConfig)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Steps in notebook order (which is a topological order of the edges), and their edges.

    `notebook` is the file's name without its folder, `kernel` the kernelspec's name, "" where the
    notebook has none. `files` are local data files and modules that the notebook reads, as relative
    POSIX paths. `requirements` are the import names of packages that the notebook needs.
    """

    name: str
    notebook: str
    kernel: str
    steps: tuple[Step, ...]
    edges: tuple[Edge, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    files: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    config: PipelineConfig = field(default_factory=PipelineConfig)

    def step(self, name: str) -> Step:
        """Return the step of that name.

        Raises
        ------
        KeyError
            If there is none.
        """
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

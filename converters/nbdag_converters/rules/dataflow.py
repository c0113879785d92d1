"""Names, and what flows between steps: NB200-NB249."""

from __future__ import annotations

from .rule import Rule

UNSET = Rule(
    "NB201",
    "warning",
    "A name that nothing above sets",
    "step '{step}' reads '{name}', which no cell above sets.",
    "Set it in a cell above, or check its spelling.",
    """\
A cell reads a name that no cell above it sets, and that is no builtin. Run from top to bottom,
the notebook stops there with a `NameError`, and so will the step. Often the name was set by a
cell that has been deleted since, and still lives in the kernel.

It is a warning only, since the line may never run.
""",
)

SET_LATER = Rule(
    "NB202",
    "error",
    "A name that only a later cell sets",
    "step '{step}' reads '{name}', which only cell {other}, further down, sets.",
    "Move the cell that sets it up, or this one down.",
    """\
The notebook was run out of order: a cell reads a name that is set only further down. Run from top
to bottom it stops there with a `NameError`, so there is no result that a DAG could equal.

```python
# cell 3
model.fit(X)
# cell 5
X = load()
```

Put the cells in the order in which they have to run.
""",
)

SKIPPED = Rule(
    "NB203",
    "error",
    "A name that only a skipped cell sets",
    "'{name}' is read here, but cell {other}, which sets or changes it, is tagged `skip`.",
    "Take the tag away, or set the name in a cell of a step.",
    """\
A cell tagged `skip` is not part of the pipeline, yet a later cell needs a name that it sets.
""",
)

CYCLE = Rule(
    "NB210",
    "error",
    "Steps that wait for one another",
    "the steps {names} wait for one another: {reasons}.",
    "Split the step that comes up again in two, or bring its cells together.",
    """\
A step's cells needn't follow one another, but all of them run in one process, at one time. Where
cells of another step in between need something of the step and the step's later cells need
something of them, each would have to come before the other.

```python
# step:a
x = load()
# step:b
y = x + 1
# step:a
z = y * 2
```

Give the last cell a step of its own.
""",
)

INTERLEAVED = Rule(
    "NB211",
    "error",
    "A step that needs two versions of a name",
    "step '{step}' would need two versions of '{name}': the one from '{other}' here, and another "
    "in its cells above.",
    "Give this cell a step of its own.",
    """\
A step gets its inputs once, before its first cell. Its cells here are apart from one another, and
the name changes in between, in another step.
""",
)

MOVED_ON = Rule(
    "NB212",
    "error",
    "A value that its step changes again afterwards",
    "step '{step}' needs '{name}' as '{other}' has it in between, "
    "but '{other}' changes it afterwards.",
    "Split '{other}' so that it ends where '{name}' is wanted.",
    """\
A step hands on its variables as they are at its end. Here a value is wanted that the step had
earlier: by a setting that is made again in other steps, or by cells that stand between two parts
of the step.

```python
# step:a
digits = count()
np.set_printoptions(precision=digits)   # is made again in later steps, with digits as it was here
digits = 0
```
""",
)

MIXED_SETUP = Rule(
    "NB213",
    "error",
    "A setting that can't be made again in later steps",
    "the statement sets up {name}, and computes something as well.",
    "Put the setting into a statement of its own.",
    """\
Settings of libraries and of the process hold for all cells below. In a pipeline each step is a
process of its own, so nbdag makes the settings again in each later step. It can't where the same
statement also makes or changes data: doing that again would not be the same.

```python
model = configure_logging_and_train()   # split it in two
```
""",
)

HISTORY = Rule(
    "NB220",
    "error",
    "A reference to earlier outputs by number",
    "'{name}' refers to what was run before by number, which means something only in one kernel.",
    "Give the value a name and use that.",
    """\
`Out[3]`, `_3`, `In[2]`, `_i` count the executions of one kernel. A step runs in a process of its
own, and the numbers would differ each time a cell is run again in the notebook, too. `_`, the
last displayed value, is supported.
""",
)

ANY_NAME = Rule(
    "NB221",
    "info",
    "Code that may use any name",
    "it can't be seen which names this {what}.",
    "It runs after all steps above{also}; name the variables if more shall run in parallel.",
    """\
`eval` and `exec` of computed text, `globals()`, and magics that nbdag doesn't know may read any
variable, some may also set any. Such a step gets all variables, and keeps its place between the
steps above and, where it may set some, the steps below.
""",
)

UNSEEDED = Rule(
    "NB222",
    "info",
    "Random numbers without a seed",
    "step '{step}' draws from the {name} generator, which nothing seeds.",
    "Seed it in a cell above if the numbers shall be the same each time.",
    """\
Without a seed the notebook gives other numbers each time it runs, and so does the pipeline.
""",
)

UNCACHED = Rule(
    "NB223",
    "info",
    "A step that is run again each time",
    "step '{step}' is run again each time: {why}.",
    "Tag its cell `cache:enabled` if what it gave once will do.",
    """\
A step that would do the same as in an earlier run is not run again; what it left is taken from the
cache. That can't be said of a step that reads the clock, draws random numbers without a seed, or
uses the network: the notebook would give something else.

```python
started = time.time()                  # another value each time
prices = pd.read_csv("https://…")      # may have changed since
```

`cache:enabled` on a cell of the step says that an earlier outcome is as good, `cache:disabled` that
the step is run each time without more words.
""",
)

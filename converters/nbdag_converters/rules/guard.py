"""What a run showed and the analysis did not know: NB250-NB299."""

from __future__ import annotations

from .rule import Rule

UNSEEN_CHANGE = Rule(
    "NB250",
    "error",
    "A step changed a value and the analysis did not see it",
    "step '{step}' {did} '{name}', which the code doesn't show; step '{reader}' was given it as it "
    "was before.",
    "Write `{name} = {name}` at the end of this cell, so that its new value is passed on, or put "
    "both cells into one step.",
    """Which steps need which values is found by reading the code. A change that the code doesn't
show, such as one inside a library or by `exec`, would not reach the later step, so its result
would differ from the notebook's. The run stops instead.

```python
# step:prepare
library.normalise(frame)     # changes frame in place
frame = frame                # says so
```""",
)
SHARED = Rule(
    "NB251",
    "error",
    "Two names are one object, and only one of them was passed on",
    "step '{step}' changed '{name}', of which '{other}' is a part or another name; step '{reader}' "
    "was given '{other}' as it was before.",
    "Write `{other} = {other}` in this cell too, or put both cells into one step.",
    """In a notebook two names can hold one object, or one holds an object that is part of the
other; a change through one is a change of both. Each step is a process of its own, so the change of
one name reaches the other only if it is passed on as well.

```python
# step:load
rows = []
table = {"rows": rows}
# step:fill
table["rows"].append(1)
rows = rows                  # says that this is changed, too
# step:use
len(rows)
```""",
)
SPLIT = Rule(
    "NB252",
    "error",
    "A step got two copies of what is one object in the notebook",
    "step '{step}' changed '{name}', and has '{other}' as a copy of its own, though both share an "
    "object in the notebook.",
    "Write `{other} = {other}` in step '{source}', where they come to share it, so that both come "
    "from there.",
    """Names that share an object keep sharing it when one step makes both. If they come from two
steps they arrive as copies, and a change through one would not be seen through the other.""",
)
MISSED = Rule(
    "NB253",
    "error",
    "A step asked for a name that it wasn't given",
    "step '{step}' reads '{name}', which an earlier step sets; the code doesn't show that it does.",
    "Write `{name}` by name in this cell, or put both cells into one step.",
    """A step gets the values that its code names. One that is asked for in another way, such as
`globals()["x"]` with a computed text, is not found beforehand. Where the code catches the error
that this gives, it would go on without the value; the run fails instead.""",
)
RANDOM = Rule(
    "NB254",
    "error",
    "Random numbers were drawn where the code doesn't show it",
    "step '{step}' draws from the seeded generator of {library}, whose state {problem}.",
    "Give the function a seed or a generator of its own (`random_state=…`), or put the cells that "
    "draw into one step.",
    """Seeded generators give the same numbers in each run, if all draw from them in one order. So
the generator's state goes from step to step, in the notebook's order. Draws that the code doesn't
show, such as those inside a library, are outside this order: the numbers would differ from the
notebook's.""",
)
FILES = Rule(
    "NB255",
    "error",
    "Two steps use one file in an order that is left to chance",
    "steps '{first}' and '{step}' both use '{file}', at least one of them changes it, and neither "
    "waits for the other.",
    "Tag this cell `prev:{first}`.",
    """That a step waits for another one whose file it reads is found by reading the code. Where a
path can't be known beforehand the two may run at the same time, so what the file holds is left to
chance. `prev:` says that one waits for the other.""",
)
ENVIRONMENT = Rule(
    "NB256",
    "error",
    "A step changed its process, and later steps have processes of their own",
    "step '{step}' changed {what}; step '{reader}' runs in a process of its own, which it doesn't "
    "reach.",
    "Set it in the first cells of the notebook, as a statement by itself, or put both cells into "
    "one step.",
    """`os.environ`, the working folder, settings of numpy or pandas, loggers, signal handlers
and the data in modules beside the notebook belong to a process. Statements at the top level that
set them are repeated in each later step. A change that the code doesn't show, such as one inside a
function of a module, can't be.""",
)
UNORDERED = Rule(
    "NB257",
    "error",
    "The order of a set can't be kept",
    "step '{step}' passes on the set '{name}', whose order can't be kept in another process.",
    "Pass on `sorted({name})`, or put both cells into one step.",
    """A set has an order, though not one to rely on: it depends on how the set was filled. A loop
over it would go another way in the next step than in the notebook.""",
)
UNSEEN_NAME = Rule(
    "NB258",
    "error",
    "A step set a name, and the code doesn't show it",
    "step '{step}' sets '{name}', which the code doesn't show; step '{reader}' uses this name.",
    "Write `{name} = {name}` at the end of this cell, so that its value is passed on.",
    """A name that is set by `exec`, `globals()[…] = …` or a magic isn't found by reading the code,
so its value isn't passed on. A later step would find no such name, or another one.""",
)
ITERATION = Rule(
    "NB259",
    "error",
    "An iteration of a loop left something for the next ones",
    "iteration {index} of step '{step}' {what}; iterations run in processes of their own, so "
    "the others don't see that in its order.",
    "Take the tag `fan-out` away, so that the loop runs in one process, or let the iteration only "
    "add to what the loop gathers.",
    """With `fan-out` the iterations of a loop run at once, each in a process of its own, and what
they add to lists, arrays and numbers is put together in order. What else an iteration changes, such
as a global counter inside a function, would be seen by the next iteration in the notebook, and not
here. The run stops instead.

```python
# step:validate, fan-out
for fold in folds:
    scores.append(evaluate(fold))      # is gathered
    library.register(fold)             # changes something inside `library`: NB259
```""",
)

"""The file, its cells, steps and tags: NB101-NB129."""

from __future__ import annotations

from .rule import Rule

NOT_JSON = Rule(
    "NB101",
    "error",
    "The file is not JSON",
    "{name} is not valid JSON: {problem}.",
    "Open it in Jupyter and save it again, or take the last good version from your history.",
    """A notebook file holds JSON. This one can't be read as such, often because of a merge
conflict (`<<<<<<<`) or because it was cut while it was being written. The line and the column
are those of the file.""",
)

NOT_A_NOTEBOOK = Rule(
    "NB102",
    "error",
    "The file is not a notebook",
    "{name} is not a notebook: {problem}.",
    "Open it in Jupyter and save it again.",
    """The file is JSON, but what it holds isn't what the notebook format asks for: an object
with `nbformat`, `metadata` and `cells`, where each cell has a `cell_type` and a `source`.""",
)

UNREADABLE = Rule(
    "NB103",
    "error",
    "The file can't be read",
    "{name} can't be read: {problem}.",
    "{advice}",
    """There is no such file, it is a folder, or you may not read it.""",
)

NOT_UTF8 = Rule(
    "NB104",
    "error",
    "The file is not UTF-8",
    "{name} is not UTF-8 text: {problem}.",
    "Save it as UTF-8: `iconv -f {guess} -t utf-8 {name}`.",
    """Notebooks are UTF-8. Another program saved this one in another encoding, so that its
text can't be known for sure.""",
)

UNKNOWN_FORMAT = Rule(
    "NB105",
    "error",
    "The notebook's format is not known",
    "{name} has notebook format {version}, which {problem}.",
    "{advice}",
    """nbdag reads formats 4.x, and 1 to 3 by bringing them up to 4 in memory (your file stays as it
is). A later major format needs a later nbdag.""",
)

NOT_PYTHON = Rule(
    "NB106",
    "error",
    "The notebook's kernel is not Python",
    "the kernel '{kernel}' of {name} runs {language}, and nbdag reads Python only.",
    "Choose a Python kernel, or keep the {language} part in a notebook of its own.",
    """nbdag finds the dependencies between steps from their code, so it has to understand the
language. It understands Python with IPython's magics.""",
)

SYNTAX = Rule(
    "NB107",
    "error",
    "A cell is not Python",
    "this is not valid Python: {problem}.",
    "Mend the cell; it would fail in the notebook too. (nbdag reads it as Python {version}.)",
    """The cell can't be parsed, so the notebook would stop here as well. Magics (`%time`) and
shell lines (`!ls`) are understood. When the kernel's Python is newer than the one that nbdag
runs in, install nbdag in the newer one.""",
)

EMPTY = Rule(
    "NB108",
    "warning",
    "There is nothing to run",
    "{name} has no code cells, so there is no step.",
    "Add a code cell.",
    """A pipeline is made from code cells. All cells of this notebook are empty, Markdown, raw,
or tagged `skip`.""",
)

MISSPELT_TAG = Rule(
    "NB110",
    "error",
    "A tag looks like one of nbdag's but isn't",
    "the tag '{tag}' is not one of nbdag's.",
    "Did you mean `{suggestion}`? (`nbdag tags` lists all of them.)",
    """Tags of other tools are left alone. This one is so near to one of nbdag's that it is
taken for a slip: `stpe:load` for `step:load`. Were it ignored, the cell would run in another
step than you think. If it is meant as it stands, give it a name that is less alike.""",
)

ODD_TAG = Rule(
    "NB111",
    "warning",
    "A word is close to one of nbdag's tags",
    "the tag '{tag}' is not one of nbdag's, and is ignored.",
    "If you meant `{suggestion}`, write that.",
    """Tags of other tools are left alone, but this one is close to one of nbdag's, such as
`import` for `imports`.""",
)

WRONG_TAG = Rule(
    "NB112",
    "error",
    "A tag's value is wrong",
    "the tag '{tag}' is wrong: {problem}.",
    "{advice}",
    """The tag is one of nbdag's, but what follows its name doesn't have the right form.
`nbdag tags` shows all forms with an example each: `memory:4Gi`, `timeout:1h30m`, `retry:3:10s`.""",
)

STEP_NAME = Rule(
    "NB113",
    "error",
    "A step's name is not legal",
    "the tag '{tag}' is wrong: {problem}.",
    "{advice}",
    """A step's name has lower-case letters, digits and `_`, doesn't start with a digit, and has at
most 63 characters: it becomes part of names on clusters. nbdag doesn't change names on its own,
so that the name that you see in a run is the one that you wrote.""",
)

TWO_STEPS = Rule(
    "NB114",
    "error",
    "A cell belongs to two steps",
    "the cell is tagged for two steps, '{first}' and '{second}'.",
    "Keep one of the two tags, or split the cell.",
    """A cell runs once, in one step. Two steps that need the same code can share it by a function:
definitions are replicated to each step that uses them.""",
)

CONTRADICTION = Rule(
    "NB115",
    "error",
    "Two tags of a step contradict each other",
    "'{tag}' contradicts '{other}' in cell {other_cell}, both for step '{step}'.",
    "Remove one of the two.",
    """The settings of a step may stand on any of its cells, and are taken together. These two
say different things about one setting.""",
)

UNKNOWN_STEP = Rule(
    "NB116",
    "error",
    "A tag names a step that doesn't exist",
    "'{tag}' names a step that this notebook doesn't have.",
    "{advice}",
    """`prev:NAME` and `depends:NAME` add an edge from another step. No cell with code is tagged
`step:NAME`.""",
)

SELF_EDGE = Rule(
    "NB117",
    "warning",
    "A step waits for itself",
    "'{tag}' makes step '{step}' wait for itself, and is ignored.",
    "Remove the tag.",
    """`prev:NAME` says that this step runs after the step NAME. The cells of one step run in the
notebook's order in any case.""",
)

LATER_STEP = Rule(
    "NB118",
    "error",
    "A step waits for a later one",
    "'{tag}' makes step '{step}' wait for '{other}', which comes below it (cell {other_cell}).",
    "Move the step below '{other}', or write `prev:{step}` on '{other}' if that is what you mean.",
    """The notebook's order from top to bottom is the reference: a step can only wait for steps
that are above it.""",
)

TWO_ROLES = Rule(
    "NB119",
    "error",
    "Two tags of a cell exclude each other",
    "the tags '{first}' and '{second}' exclude each other.",
    "Keep one of the two, or split the cell.",
    """A cell that is tagged `imports`, `functions` or `parameters` is replicated where it is
needed and belongs to no step, so it can't be tagged `step:NAME` or have another role. `skip`
goes with everything: such a cell is not part of the pipeline. `metrics` may stand beside
`step:NAME`.""",
)

SETTING_WITHOUT_STEP = Rule(
    "NB120",
    "error",
    "A setting belongs to no step",
    "the tag '{tag}' sets something of a step, but this cell belongs to none.",
    "Move the tag to a cell of the step that it is for, or tag this cell `step:NAME` too.",
    """Tags like `image:`, `cpu:` or `retry:` are settings of the step that their cell belongs to.
Cells above the first step, and cells that are tagged `imports`, `functions` or `parameters`,
belong to no step. For all steps at once use `step_defaults` in the notebook's settings.""",
)

TAG_ON_TEXT = Rule(
    "NB121",
    "warning",
    "A tag stands on a cell without code",
    "the tag '{tag}' on a {kind} cell has no effect.",
    "Move it to the code cell that it is meant for.",
    """Only code cells become steps. Markdown gives a step its title: the heading
right above it.""",
)

STEP_WITHOUT_CODE = Rule(
    "NB122",
    "warning",
    "A step has no code",
    "step '{step}' has no code, so it is left out.",
    "Write its code, or remove the tag.",
    """All cells of this step are empty or tagged `skip`.""",
)

ALREADY_TAGGED = Rule(
    "NB123",
    "error",
    "The notebook has steps already",
    "this cell is tagged for a step already, so there is nothing to propose.",
    "Remove its `step:` tags first if you want other steps.",
    """`nbdag tag` proposes steps for a notebook that has none. It doesn't change steps that you
chose.""",
)

NO_HEADINGS = Rule(
    "NB124",
    "error",
    "There are no headings to make steps of",
    "{name} has no heading with code below it.",
    "Write Markdown headings above its parts, or use `nbdag tag --by cell`.",
    """`nbdag tag --by heading` makes a step of each part of the notebook that has a heading.""",
)

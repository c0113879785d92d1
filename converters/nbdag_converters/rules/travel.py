"""What can't move into another process: NB301-NB319 magics and dialogue, NB320-NB399 values."""

from __future__ import annotations

from .rule import Rule

STORE = Rule(
    "NB301",
    "error",
    "%store keeps values outside of the notebook",
    "`%store` reads or writes a database of this machine, which the pipeline doesn't have.",
    "Assign the value in the notebook, or read it from a file.",
    """`%store` passes values between notebooks through a database in your home folder. A step on
another machine doesn't have it, and a run would depend on something that isn't in the notebook.""",
)

DEBUGGER = Rule(
    "NB302",
    "error",
    "A debugger waits for somebody",
    "`{name}` waits for somebody at the keyboard.",
    "Remove it, or tag the cell `skip`.",
    """A step runs with nobody there, so a debugger would wait forever. To look into a step that
failed, run its cells in the notebook.""",
)

DIALOGUE = Rule(
    "NB303",
    "error",
    "The code asks for input",
    "`{name}` waits for somebody at the keyboard.",
    "Make the value a parameter (a cell tagged `parameters`), or a secret (`secret:NAME`).",
    """A step runs with nobody there to answer. Values that change from run to run are
parameters; passwords and keys are secrets, which come as environment variables.""",
)

RUN_FILE = Rule(
    "NB304",
    "error",
    "%run runs a file whose names can't be known",
    "`%{name}` runs another file in this notebook's namespace, so what it sets can't be known.",
    "Import from a module instead, or paste the code into a cell.",
    """nbdag finds dependencies from the code of the cells. `%run other.py` sets names that no cell
shows.""",
)

RESET = Rule(
    "NB305",
    "error",
    "%reset removes variables",
    "`%{name}` removes variables, and which ones can't be known.",
    "Use `del name` for the names that you want to be rid of, or tag the cell `skip`.",
    """Each step has only the variables that it needs, so there is no need for `%reset`.""",
)

UNKNOWN_CELL_MAGIC = Rule(
    "NB306",
    "error",
    "The cell magic is not known",
    "what the cell magic `%%{name}` does with its cell can't be known.",
    "{advice}",
    """A cell magic may do anything with the text of its cell. nbdag knows those of IPython. For
another one it can't tell which names the cell reads and sets.""",
)

WIDGET_CALLBACK = Rule(
    "NB307",
    "warning",
    "A widget's callback is never called",
    "`{name}` calls back when somebody moves a widget, and in a pipeline nobody does.",
    "Make what is chosen a parameter.",
    """The widget is made and shown with its first value. What depends on later moves doesn't
happen in a run from top to bottom either.""",
)

KERNEL_SCRIPT = Rule(
    "NB308",
    "warning",
    "JavaScript talks to the kernel",
    "JavaScript that calls `{name}` talks to the notebook's kernel, which a pipeline doesn't have.",
    "Do the same in Python.",
    """JavaScript runs in the browser that shows the notebook. When it sends code to the kernel,
the result depends on an open page.""",
)

UNKNOWN_LINE_MAGIC = Rule(
    "NB309",
    "warning",
    "The line magic is not known",
    "what the line magic `%{name}` reads and sets can't be known.",
    "If it sets variables, write `name = ...` in Python instead.",
    """The magic runs where IPython has it. As it may read and set any variable, its step runs after
all steps above it and before all steps below.""",
)

HISTORY = Rule(
    "NB310",
    "error",
    "The magic depends on the session's history",
    "`%{name}` depends on what was typed before, which a step doesn't have.",
    "Remove it, or write its code in the cell.",
    """`%recall`, `%rerun`, `%macro` and their like run or show earlier input. In a step there is
none.""",
)

ALL_NAMES = Rule(
    "NB311",
    "error",
    "The magic lists all variables",
    "`%{name}` lists all variables of the notebook, and a step has only those that it needs.",
    "Remove it, or tag the cell `skip`.",
    """What `%who`, `%whos` and `%who_ls` give would differ between the notebook and a step.""",
)

MISPLACED_CELL_MAGIC = Rule(
    "NB312",
    "error",
    "A cell magic is not at the top of its cell",
    "the cell magic `%%{name}` has to be the first line of its cell.",
    "Split the cell above this line.",
    """IPython takes `%%name` for a cell magic only in the first line of a cell.
It fails elsewhere.""",
)

STAYS = Rule(
    "NB320",
    "error",
    "A value can't leave the process that made it",
    "{message}",
    "Make or open it in the step that uses it, or put those cells into one step.",
    """Steps run in processes of their own. A value that a later step reads is written to a file and
read again there. An open file, a connection, a generator or a lock that is held can't be written.

Open the file or the connection in the step that uses it, make a list of what the generator
yields, or give both cells the same `step:` tag.""",
)

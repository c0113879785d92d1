"""From statements to steps that hand each other values: versions, slices, edges.

The problem. A notebook is one namespace that changes over time; a step is a process that gets
copies of some values and gives some back::

    cell 1   step load      df = read()          df@load
    cell 2   step clean     df["y"] = 1          df@load ──► df@clean     (changed in place)
    cell 3   step plot      show(df)             df@clean ──► plot

Each name has at any time one *version*: the step that last bound it or changed its object. Names
whose objects may be shared form a *group*: whoever changes one of them makes new versions of all.
Imports, definitions, constants and setup have no version to send: they are *slices*, run again
where they are needed, as long as nobody has changed what they made.

`flow` walks the statements in notebook order and keeps the versions; `sharing` says which shared
objects matter; `files` and `generators` order what is used outside of the namespace.
"""

from __future__ import annotations

from .flow import flow, statements_of
from .placed import Branch, Choice, Placed, Problem
from .plan import Flow

__all__ = ["Branch", "Choice", "Flow", "Placed", "Problem", "flow", "statements_of"]

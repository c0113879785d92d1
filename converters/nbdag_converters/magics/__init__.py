"""IPython's syntax → Python with the same line numbers, and what its magics do.

Where a cell isn't Python as it stands, IPython's own transformer says what it means, so that nbdag
sees what the kernel would run. The text keeps its calls,
`get_ipython().run_line_magic('cd', 'data')`: `get_ipython` is the one name in it that the user
didn't write. Statements that a magic runs in the notebook's namespace (`%time z = x + 1`, the body
of `%%time`) stand there as Python.

This package must not run anything, nor import IPython before a cell needs it.
"""

from __future__ import annotations

from .magic import Magic
from .source import PythonSource, to_python

__all__ = ["Magic", "PythonSource", "to_python"]

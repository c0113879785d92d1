"""The server extension: checks notebooks, starts runs, and tells each tab how they go on.

It keeps nothing: a run is a process of its own, and all that is said of it is read from its folder.
It must not change a notebook's file: who has the notebook open does that.
"""

from .extension import load

__all__ = ["load"]

_load_jupyter_server_extension = load  # the name by which Jupyter Server calls it

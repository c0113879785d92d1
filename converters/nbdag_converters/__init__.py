"""nbdag's converters: notebook in, Pipeline and Manifests out.

This package *knows*: it is pure and typed. It must not start a process, open a socket, or import Jupyter Server, `kubernetes` or `nbdag`.
"""

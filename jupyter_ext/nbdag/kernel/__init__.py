"""The kernel's side of JupyterLab: starts runs of the notebook on the screen, where its kernel is.

What it starts has the environment, the Python and the credentials of the kernel. It must not touch
the user's variables, and a run must not hang on the kernel: each is a process of its own.
"""

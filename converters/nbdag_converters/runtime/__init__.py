"""What a step's process runs: load the inputs, run slices and cells, save the outputs, report.

This package is shipped as text and executed by whatever Python the step's image has. It must not
need anything but the standard library of Python 3.8 (IPython and numpy are used when there), must
not import the rest of nbdag, and imports its own modules relatively.
"""

"""Figures that a reader can measure again: `make bench`, or `python -m bench NAME…`.

Each module prints one table; a figure is compared with its goal and, where there is one, with a
floor that is measured in the same run, since machines differ.
"""

"""Starts runs here by itself: by the clock, by new files, by requests; one run at a time.

Nothing of it outlives its process: `units` writes what has the system start it again.
"""

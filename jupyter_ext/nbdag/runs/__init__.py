"""Runs: executes pipelines and keeps what came of it.

Must not import click, rich or Jupyter Server: what is shown, and where, is the caller's.
"""

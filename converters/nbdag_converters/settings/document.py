"""The settings as a page of documentation."""

from __future__ import annotations

from .table import SETTINGS

INTRODUCTION = """Settings of the whole pipeline stand in the notebook's metadata under `nbdag`.
Write them with `nbdag config NOTEBOOK key=value`, or in JupyterLab's panel. `key=` removes a
setting. The metadata `kubeflow_notebook`, written by Kale, is read where nbdag has no setting of
its own."""


def settings_markdown() -> str:
    """Return the table as Markdown."""
    lines = ["# Settings", "", INTRODUCTION, "", "| setting | meaning | value | example |"]
    lines.append("|---|---|---|---|")
    for one in SETTINGS:
        example = f"`{one.name}={one.example}`"
        lines.append(f"| `{one.name}` | {one.help} | {one.kind.hint} | {example} |")
    return "\n".join(lines) + "\n"

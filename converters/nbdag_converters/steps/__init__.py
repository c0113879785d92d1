"""Cells and their tags → steps, not yet knowing what their code does.

Every code cell gets a role and, where it has one, a step. Titles, settings, parameters, metrics and
declared edges are read here. This package must not analyse dataflow.
"""

from __future__ import annotations

from .draft import Draft, DraftCell, Role, StepDraft
from .drafting import draft

__all__ = ["Draft", "DraftCell", "Role", "StepDraft", "draft"]

"""What a target doesn't have: NB600-NB699."""

from __future__ import annotations

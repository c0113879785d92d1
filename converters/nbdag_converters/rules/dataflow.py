"""Names, and what flows between steps: NB200-NB249."""

from __future__ import annotations

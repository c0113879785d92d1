"""Parameters: the notebook's literals that can be set anew for each run, and values for them."""

from __future__ import annotations

from .values import check_values, parse_value

__all__ = ["check_values", "parse_value"]

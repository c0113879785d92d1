"""Conditions, loops, retries: NB400-NB499."""

from __future__ import annotations

"""BLAKE2 without OpenSSL: `hashlib` loads it, which takes longer than most modules."""

from __future__ import annotations

try:
    from _blake2 import blake2b
except ImportError:  # another Python than CPython
    from hashlib import blake2b

__all__ = ["blake2b"]

"""`python -m nbdag.cli`: the same as `nbdag`."""

from __future__ import annotations

import sys

from .main import main

sys.exit(main())

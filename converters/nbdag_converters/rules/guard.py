"""What a run showed and the analysis did not know: NB250-NB299."""

from __future__ import annotations

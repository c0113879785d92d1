"""Sent: what a step has displayed, and the guard's report, in pieces among its events.

Whoever follows a run of Kubeflow can read its logs, but not always where its artifacts lie.
"""

from __future__ import annotations

import base64
import os
import zlib

from .events import emit

FILES = ("report.json", "outputs.jsonl")
PIECE = 3000  # characters: with all that stands around it less than an event may have
MOST = 1_000_000  # characters of one file; a log is no store


def send(folder: str, step: str) -> None:
    """Emit the files that are in *folder*, compressed; of one that is too large only that it is."""
    for name in FILES:
        path = os.path.join(folder, name)
        if not os.path.exists(path):
            continue
        with open(path, "rb") as file:
            text = base64.b64encode(zlib.compress(file.read(), 9)).decode()
        if len(text) > MOST:
            emit("sent", step=step, file=name, number=0, of=0, data="")
            continue
        pieces = [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
        for number, piece in enumerate(pieces):
            emit("sent", step=step, file=name, number=number, of=len(pieces), data=piece)

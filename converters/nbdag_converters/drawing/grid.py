"""Grid: the ordered rows whose nodes are to be placed from left to right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of nodes, each from left to right, and what lies between them.

    Nodes are numbers; those from `real` on are dummies: the places where long edges cross a row.
    Each dummy has one neighbour below and one above. `node_gap` is the distance between two
    real nodes of a row, `edge_gap` that where one of the two is a dummy.
    """

    rows: Sequence[Sequence[int]]
    below: Sequence[Sequence[int]]
    above: Sequence[Sequence[int]]
    widths: Sequence[float]
    real: int
    node_gap: float
    edge_gap: float

    def apart(self, left: int, right: int) -> float:
        """Return the least distance of the middles of two neighbours of a row."""
        gap = self.node_gap if left < self.real and right < self.real else self.edge_gap
        return (self.widths[left] + self.widths[right]) / 2 + gap

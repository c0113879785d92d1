"""Takes wide empty strips out of a drawing.

```
 [a]─┐          [c]       Where no node stands over the whole height, all that is right of the
 [b] └──────────[d]       strip moves to the left as one, until a node would come too near another
    ^^^^^^^^^^^^          one in its row, or an edge would be upright. So no part loses its shape.
```
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from .grid import Grid

_PASSES = 12


def close_strips(grid: Grid, x: list[float]) -> None:
    """Move nodes in *x* so that no strip without real nodes is much wider than the gap."""
    for _ in range(_PASSES):  # an edge that became upright moves as a whole in the next pass
        moved = [_close(strip, grid, x) for strip in reversed(_strips(grid, x))]
        if not any(moved):
            break


def _strips(grid: Grid, x: Sequence[float]) -> list[tuple[float, float]]:
    """Return the strips wider than twice the gap, from left to right."""
    found: list[tuple[float, float]] = []
    halves = [width / 2 for width in grid.widths]
    sides = sorted((x[node] - halves[node], x[node] + halves[node]) for node in range(grid.real))
    reached = sides[0][1] if sides else 0.0
    for left, right in sides:
        if left - reached > 2 * grid.node_gap:
            found.append((reached, left))
        reached = max(reached, right)
    return found


def _close(strip: tuple[float, float], grid: Grid, x: list[float]) -> bool:
    """Narrow one strip as far as it can be; return whether anything moved."""
    left, right = strip
    middle = (left + right) / 2
    moving = [value > middle for value in x]
    free = (
        x[second] - x[first] - grid.apart(first, second)
        for row in grid.rows
        for first, second in pairwise(row)
        if moving[second] and not moving[first]
    )
    leaning = (
        abs(x[node] - x[target])
        for node in range(len(x))
        for target in grid.below[node]
        if moving[node] != moving[target]
    )
    slack = min([right - left - grid.node_gap, *free, *leaning])
    if slack <= 1:
        return False
    for node, moves in enumerate(moving):
        if moves:
            x[node] -= slack
    return True

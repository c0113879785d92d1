"""Where the nodes of ordered rows stand from left to right.

```
 want:   a at 0, b at 10, c at 12      Each row is pulled to the mean of its neighbours above,
 apart:  each 20 from the next         then below, then both. Within a row, the places nearest to
 get:    a at -13, b at 7, c at 27     the wanted ones that keep the nodes apart are found exactly:
                                       nodes that would overlap form a block that moves together.
```
Without the gaps this is isotonic regression, so the blocks come from pooling adjacent violators,
in linear time. Weights hold long edges (chains of dummy nodes) straight.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from .compaction import close_strips
from .grid import Grid
from .straightening import straighten

_ROUNDS = 12
_LAST_ROUNDS = 4  # in which both sides pull
_CHAIN_WEIGHT = 8.0  # as in dot: straight long edges matter more than centred nodes
_IDLE_WEIGHT = 0.25  # of a node that nothing pulls


def place_rows(grid: Grid) -> list[float]:
    """Return the x of each node's middle; the least left side is 0."""
    offsets = [_offsets(row, grid) for row in grid.rows]
    x = [0.0] * len(grid.widths)
    for row, offset in zip(grid.rows, offsets, strict=True):
        middle = (offset[0] + offset[-1]) / 2 if offset else 0.0
        for node, at in zip(row, offset, strict=True):
            x[node] = at - middle
    both = [[*up, *down] for up, down in zip(grid.above, grid.below, strict=True)]
    for turn in range(_ROUNDS):
        downwards = turn % 2 == 0
        pulling = grid.above if downwards else grid.below
        pulling = both if turn >= _ROUNDS - _LAST_ROUNDS else pulling
        numbers = range(len(grid.rows)) if downwards else reversed(range(len(grid.rows)))
        for number in numbers:
            _pull(grid.rows[number], offsets[number], pulling, x, grid.real)
    close_strips(grid, x)
    straighten(grid, x)
    left = min((x[node] - grid.widths[node] / 2 for node in range(len(x))), default=0.0)
    return [round(value - left, 1) for value in x]


def _offsets(row: Sequence[int], grid: Grid) -> list[float]:
    """Return the least x of each node of a row whose first node is at 0."""
    found = [0.0] if row else []
    for left, right in pairwise(row):
        found.append(found[-1] + grid.apart(left, right))
    return found


def _pull(
    row: Sequence[int],
    offsets: Sequence[float],
    neighbours: Sequence[Sequence[int]],
    x: list[float],
    real: int,
) -> None:
    """Move a row to where its neighbours want it, as near as the gaps allow."""
    wanted: list[float] = []
    weights: list[float] = []
    for node, offset in zip(row, offsets, strict=True):
        pulling = neighbours[node]
        weight = 1.0 if pulling else _IDLE_WEIGHT
        middle = sum([x[other] for other in pulling]) / len(pulling) if pulling else x[node]
        wanted.append(middle - offset)
        weights.append(weight * _CHAIN_WEIGHT if node >= real else weight)
    for node, offset, value in zip(row, offsets, rising(wanted, weights), strict=True):
        x[node] = value + offset


def rising(wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Return the values nearest to *wanted* (weighted squares) that never decrease."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(wanted, weights, strict=True):
        mean, total, count = value, weight, 1
        while blocks and blocks[-1][0] > mean:
            last_mean, last_total, last_count = blocks.pop()
            mean = (mean * total + last_mean * last_total) / (total + last_total)
            total += last_total
            count += last_count
        blocks.append((mean, total, count))
    return [mean for mean, _, count in blocks for _ in range(count)]

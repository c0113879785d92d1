"""Takes bends out of long edges.

```
  [a]        [a]
   |          |
    |   ->    |       a bend of a few pixels is noise, and one in each row is a staircase
    |         |
```
"""

from __future__ import annotations

from collections.abc import Iterator

from .grid import Grid

_NEAR = 24.0


def straighten(grid: Grid, x: list[float]) -> None:
    """Give the dummies of each edge in *x* one place, where there is room for it.

    That of an end of the edge if they are near, so that the edge is one line; else one of their
    own, so that it bends at its ends only.
    """
    sides = _sides(grid)
    for chain in _chains(grid):
        ends = [x[grid.above[chain[0]][0]], x[grid.below[chain[-1]][0]]]
        near = [at for at in ends if all(abs(x[node] - at) < _NEAR for node in chain)]
        own = sorted(x[node] for node in chain)
        for at in (*near, own[len(own) // 2], own[0], own[-1]):
            if all(_fits(node, at, sides, grid, x) for node in chain):
                for node in chain:
                    x[node] = at
                break


def _chains(grid: Grid) -> Iterator[list[int]]:
    """Yield the dummies of each long edge, from above."""
    for first in range(grid.real, len(grid.widths)):
        if grid.above[first][0] < grid.real:
            chain = [first]
            while grid.below[chain[-1]][0] >= grid.real:
                chain.append(grid.below[chain[-1]][0])
            yield chain


def _sides(grid: Grid) -> dict[int, tuple[int | None, int | None]]:
    """Return each node's neighbours to the left and to the right."""
    found: dict[int, tuple[int | None, int | None]] = {}
    for row in grid.rows:
        for node, left, right in zip(row, [None, *row[:-1]], [*row[1:], None], strict=True):
            found[node] = (left, right)
    return found


def _fits(
    node: int,
    at: float,
    sides: dict[int, tuple[int | None, int | None]],
    grid: Grid,
    x: list[float],
) -> bool:
    """Return whether a dummy can stand at x *at*; half the gap will do."""
    left, right = sides[node]
    spare = grid.edge_gap / 2
    return (left is None or at - x[left] >= grid.apart(left, node) - spare) and (
        right is None or x[right] - at >= grid.apart(node, right) - spare
    )

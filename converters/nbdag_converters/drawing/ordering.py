r"""Order of the nodes within each row, so that few edges cross.

```
 a   b            a   b       Rows are gone through downwards and upwards in turn; each row is
  \ /    2 and     |   |      sorted by where its neighbours in the row before stand (median or
   X     more      |   |      mean). The best order seen is kept. Then neighbours that cross less
  / \   cross ->   |   |      the other way round are swapped, until none do.
 d   c            c   d
```
The problem is NP-hard; this is the heuristic of Sugiyama, Tagawa and Toda with the medians and
transpositions of Gansner et al. ("A Technique for Drawing Directed Graphs").
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from itertools import pairwise

Rows = list[list[int]]
Neighbours = Sequence[Sequence[int]]

_SWEEPS = 16
_WORK = 160_000  # neighbours visited in all sweeps together: bounds the time for large graphs
_SWAPS = 8


def order_rows(rank: Sequence[int], below: Neighbours, above: Neighbours) -> Rows:
    """Return for each rank its nodes from left to right.

    Edges must lead from one rank to the next; longer ones have been cut by dummy nodes.
    """
    rows = _first_order(rank, below, above)
    place = [0.0] * len(rank)
    _number(rows, place)
    best, least = [list(row) for row in rows], crossings(rows, below)
    edges = sum(map(len, below))
    for sweep in range(max(2, min(_SWEEPS, _WORK // (edges + len(rank) + 1)))):
        if not least:
            break
        _sweep(rows, place, below, above, sweep=sweep)
        count = crossings(rows, below)
        if count < least:
            best, least = [list(row) for row in rows], count
    if least:
        _number(best, place)
        _transpose(best, place, below, above)
    return best


def crossings(rows: Rows, below: Neighbours) -> int:
    """Return how many pairs of edges cross."""
    total = 0
    for upper, lower in pairwise(rows):
        place = {node: index for index, node in enumerate(lower)}
        seen: list[int] = []
        for node in upper:
            ends = sorted(place[target] for target in below[node])
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def _first_order(rank: Sequence[int], below: Neighbours, above: Neighbours) -> Rows:
    """Return the rows in the order of a walk depth first, which keeps subtrees together."""
    rows: Rows = [[] for _ in range(max(rank, default=-1) + 1)]
    seen = [False] * len(rank)
    stack = [node for node in reversed(range(len(rank))) if not above[node]]
    while stack:
        node = stack.pop()
        if not seen[node]:
            seen[node] = True
            rows[rank[node]].append(node)
            stack.extend(reversed(below[node]))
    return rows


def _number(rows: Rows, place: list[float]) -> None:
    for row in rows:
        for index, node in enumerate(row):
            place[node] = float(index)


def _sweep(
    rows: Rows, place: list[float], below: Neighbours, above: Neighbours, *, sweep: int
) -> None:
    """Sort each row by its neighbours: downwards in even sweeps, by medians in two of four."""
    downwards = sweep % 2 == 0
    middle = _median if sweep % 4 < 2 else _mean
    neighbours = above if downwards else below
    for row in rows[1:] if downwards else reversed(rows[:-1]):
        keys = {
            node: middle([place[other] for other in neighbours[node]])
            if neighbours[node]
            else place[node]
            for node in row
        }
        row.sort(key=keys.__getitem__)
        for index, node in enumerate(row):
            place[node] = float(index)


def _median(values: list[float]) -> float:
    values.sort()
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _transpose(rows: Rows, place: list[float], below: Neighbours, above: Neighbours) -> None:
    """Swap neighbours of a row where that lessens crossings, until nothing changes."""
    for _ in range(_SWAPS):
        changed = False
        for row in rows:
            around = {
                node: (
                    sorted([place[other] for other in above[node]]),
                    sorted([place[other] for other in below[node]]),
                )
                for node in row
            }
            for index in range(len(row) - 1):
                left, right = row[index], row[index + 1]
                now = _inversions(around[left], around[right])
                if now and _inversions(around[right], around[left]) < now:
                    row[index], row[index + 1] = right, left
                    changed = True
            for index, node in enumerate(row):
                place[node] = float(index)
        if not changed:
            return


def _inversions(
    left: tuple[list[float], list[float]], right: tuple[list[float], list[float]]
) -> int:
    """Return how many edges of the two nodes cross when *left* stands left of *right*."""
    return sum(
        bisect_left(others, place)
        for places, others in zip(left, right, strict=True)
        for place in places
    )

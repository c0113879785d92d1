r"""Ranks: which row of the drawing each node stands in, so that edges are short and point down.

```
 a          rank 0        The longest way to a node sets its first possible rank (d: 3). A node
 | \                      with room below (x) moves to where its edges are shortest: up to its
 b  x       rank 1        sources if it has more of them, else down to its targets.
 |   \
 c    |     rank 2
 |  _/
 d          rank 3
```
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nbdag_converters.model.graph import predecessors, successors, topological_order

_PASSES = 4


def ranks(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Return the ranks of the nodes 0, 1, … *count* - 1; the least rank is 0.

    Raises
    ------
    ValueError
        If there is a cycle.
    """
    nodes = range(count)
    order = topological_order(nodes, edges)
    below, above = successors(nodes, edges), predecessors(nodes, edges)
    rank = [0] * count
    for node in order:
        rank[node] = max((rank[source] + 1 for source in above[node]), default=0)
    for _ in range(_PASSES):
        if not _tighten(order, rank, below, above):
            break
    least = min(rank, default=0)
    return [value - least for value in rank]


def _tighten(
    order: Sequence[int],
    rank: list[int],
    below: Mapping[int, Sequence[int]],
    above: Mapping[int, Sequence[int]],
) -> bool:
    """Move nodes to where their edges are shorter in total; return whether one moved."""
    moved = False
    for node in reversed(order):
        if not below[node] or len(above[node]) >= len(below[node]):
            continue
        lowest = min(rank[target] for target in below[node]) - 1
        moved = moved or lowest != rank[node]
        rank[node] = lowest
    for node in order:
        if above[node] and len(above[node]) > len(below[node]):
            highest = max(rank[source] for source in above[node]) + 1
            moved = moved or highest != rank[node]
            rank[node] = highest
    return moved

r"""Layered layout of a directed acyclic graph, from top to bottom; knows nothing of pipelines.

```
  [a]  [b]      1 ranks        each edge points down by one row or more
   | \ /  :     2 dummies      an edge over several rows gets a dummy node (:) in each between
   | [c]  :     3 ordering     rows are ordered so that few edges cross
   |  | _/      4 coordinates  nodes are pulled to their neighbours, and kept apart
  [ d  ]        5 packing      parts that are not connected are set side by side, in rows
```
The same input gives the same drawing on every machine.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeAlias, TypeVar

from .coordinates import place_rows
from .grid import Grid
from .ordering import order_rows
from .ranks import ranks

Node = TypeVar("Node", bound=Hashable)
Point: TypeAlias = tuple[float, float]

_DUMMY_WIDTH = 2.0
_ASPECT = 1.6  # of the whole drawing, where unconnected parts may be set side by side or below


@dataclass(frozen=True, slots=True)
class Spacing:
    """Distances: between nodes of a row, beside a long edge, between rows."""

    nodes: float = 28.0
    edges: float = 18.0
    rows: float = 40.0


@dataclass(frozen=True, slots=True)
class Box:
    """A node's place: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Layout(Generic[Node]):
    """Where everything stands, in a drawing from (0, 0) to (width, height).

    A path begins in the middle of its source's lower side and ends in the middle of its target's
    upper side. Through each row that it crosses it goes straight down: two points with one x.
    """

    width: float
    height: float
    boxes: Mapping[Node, Box]
    paths: Mapping[tuple[Node, Node], tuple[Point, ...]]


def layout(
    sizes: Mapping[Node, tuple[float, float]],
    edges: Iterable[tuple[Node, Node]],
    *,
    spacing: Spacing | None = None,
) -> Layout[Node]:
    """Return the layout of nodes with the given (width, height) and the edges between them.

    Nodes keep the given order where nothing speaks against it. An edge that is given twice is
    drawn once; one from a node to itself is left out.

    Raises
    ------
    ValueError
        If there is a cycle.
    """
    space = spacing or Spacing()
    pairs = [pair for pair in dict.fromkeys(edges) if pair[0] != pair[1]]
    parts = [_part(sizes, nodes, part, space) for nodes, part in _components(sizes, pairs)]
    return _pack(parts, space)


def _components(
    sizes: Mapping[Node, tuple[float, float]], pairs: Sequence[tuple[Node, Node]]
) -> list[tuple[list[Node], list[tuple[Node, Node]]]]:
    """Return the nodes and edges of each connected part, parts in the order of the nodes."""
    around: dict[Node, list[Node]] = {node: [] for node in sizes}
    for source, target in pairs:
        around[source].append(target)
        around[target].append(source)
    part: dict[Node, int] = {}
    for number, start in enumerate(sizes):
        stack = [start]
        while stack:
            node = stack.pop()
            if node not in part:
                part[node] = number
                stack.extend(around[node])
    found: dict[int, tuple[list[Node], list[tuple[Node, Node]]]] = {}
    for node in sizes:
        found.setdefault(part[node], ([], []))[0].append(node)
    for pair in pairs:
        found[part[pair[0]]][1].append(pair)
    return list(found.values())


def _part(
    sizes: Mapping[Node, tuple[float, float]],
    nodes: Sequence[Node],
    pairs: Sequence[tuple[Node, Node]],
    space: Spacing,
) -> Layout[Node]:
    """Return the layout of one connected part."""
    index = {node: number for number, node in enumerate(nodes)}
    real = len(nodes)
    rank = ranks(real, [(index[a], index[b]) for a, b in pairs])
    chains = {(a, b): _chain(index[a], index[b], rank) for a, b in pairs}
    below: list[list[int]] = [[] for _ in rank]
    above: list[list[int]] = [[] for _ in rank]
    for chain in chains.values():
        for upper, lower in pairwise(chain):
            below[upper].append(lower)
            above[lower].append(upper)
    rows = order_rows(rank, below, above)
    widths = [sizes[node][0] for node in nodes] + [_DUMMY_WIDTH] * (len(rank) - real)
    x = place_rows(Grid(rows, below, above, widths, real, space.nodes, space.edges))
    heights = [max((sizes[nodes[n]][1] for n in row if n < real), default=0.0) for row in rows]
    tops = [sum(heights[:number]) + number * space.rows for number in range(len(rows))]
    middles = [tops[rank[n]] + heights[rank[n]] / 2 for n in range(len(rank))]
    boxes = {
        node: Box(x[n] - widths[n] / 2, middles[n] - sizes[node][1] / 2, *sizes[node])
        for node, n in index.items()
    }
    paths = {
        (a, b): (
            (x[index[a]], boxes[a].y + boxes[a].height),
            *(
                (x[n], y)
                for n in chain[1:-1]
                for y in (tops[rank[n]], tops[rank[n]] + heights[rank[n]])
            ),
            (x[index[b]], boxes[b].y),
        )
        for (a, b), chain in chains.items()
    }
    right = max(x[n] + widths[n] / 2 for n in range(len(rank)))
    return Layout(right, tops[-1] + heights[-1], boxes, paths)


def _chain(source: int, target: int, rank: list[int]) -> list[int]:
    """Return the nodes along an edge; dummies are added to the end of *rank*."""
    first = len(rank)
    between = range(rank[source] + 1, rank[target])
    rank.extend(between)
    return [source, *range(first, first + len(between)), target]


def _pack(parts: Sequence[Layout[Node]], space: Spacing) -> Layout[Node]:
    """Set parts beside one another, in as many rows as make a drawing of pleasant proportions."""
    area = sum((part.width + space.nodes) * (part.height + space.rows) for part in parts)
    limit = max([(area * _ASPECT) ** 0.5, *(part.width for part in parts)])
    boxes: dict[Node, Box] = {}
    paths: dict[tuple[Node, Node], tuple[Point, ...]] = {}
    left = top = tall = wide = 0.0
    for part in parts:
        if left and left + part.width > limit:
            left, top, tall = 0.0, top + tall + space.rows, 0.0
        for node, box in part.boxes.items():
            boxes[node] = Box(box.x + left, box.y + top, box.width, box.height)
        for pair, path in part.paths.items():
            paths[pair] = tuple((x + left, y + top) for x, y in path)
        wide, tall = max(wide, left + part.width), max(tall, part.height)
        left += part.width + space.nodes
    return Layout(wide, top + tall, boxes, paths)

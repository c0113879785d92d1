"""Directed graphs of hashable nodes; knows nothing of pipelines."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def successors(
    nodes: Iterable[Node], edges: Iterable[tuple[Node, Node]]
) -> dict[Node, tuple[Node, ...]]:
    """Return for each node the nodes that an edge leads to, in the edges' order."""
    found: dict[Node, list[Node]] = {node: [] for node in nodes}
    for source, target in edges:
        found[source].append(target)
    return {node: tuple(targets) for node, targets in found.items()}


def predecessors(
    nodes: Iterable[Node], edges: Iterable[tuple[Node, Node]]
) -> dict[Node, tuple[Node, ...]]:
    """Return for each node the nodes from which an edge comes, in the edges' order."""
    return successors(nodes, ((target, source) for source, target in edges))


def reachable(start: Iterable[Node], following: Mapping[Node, Sequence[Node]]) -> set[Node]:
    """Return all nodes that can be reached from *start*, which are among them."""
    seen = set(start)
    stack = list(seen)
    while stack:
        for node in following.get(stack.pop(), ()):
            if node not in seen:
                seen.add(node)
                stack.append(node)
    return seen


def topological_order(
    nodes: Sequence[Node], edges: Iterable[tuple[Node, Node]]
) -> tuple[Node, ...]:
    """Return the nodes so that edges point forward, ties in the given order.

    Raises
    ------
    ValueError
        If there is a cycle; its nodes are the exception's argument, see `find_cycle`.
    """
    import heapq

    pairs = list(edges)
    following = successors(nodes, pairs)
    position = {node: index for index, node in enumerate(nodes)}
    waiting = dict.fromkeys(nodes, 0)
    for _, target in pairs:
        waiting[target] += 1
    ready = [position[node] for node in nodes if not waiting[node]]
    order: list[Node] = []
    while ready:
        node = nodes[heapq.heappop(ready)]
        order.append(node)
        for target in following[node]:
            waiting[target] -= 1
            if not waiting[target]:
                heapq.heappush(ready, position[target])
    if len(order) < len(nodes):
        raise ValueError(find_cycle(nodes, pairs))
    return tuple(order)


def find_cycle(nodes: Sequence[Node], edges: Iterable[tuple[Node, Node]]) -> tuple[Node, ...]:
    """Return a cycle's nodes in order, the first once more at the end; empty if there is none."""
    following = successors(nodes, edges)
    done: set[Node] = set()
    for start in nodes:
        path: dict[Node, None] = {}
        stack = [(start, iter(following[start]))]
        if start in done:
            continue
        path[start] = None
        while stack:
            node, targets = stack[-1]
            target = next(targets, None)
            if target is None:
                stack.pop()
                done.add(node)
                del path[node]
            elif target in path:
                walk = list(path)
                return (*walk[walk.index(target) :], target)
            elif target not in done:
                path[target] = None
                stack.append((target, iter(following[target])))
    return ()


def transitive_reduction(
    order: Sequence[Node], edges: Iterable[tuple[Node, Node]]
) -> tuple[tuple[Node, Node], ...]:
    """Return the edges that no longer way replaces; *order* must be topological."""
    pairs = list(dict.fromkeys(edges))
    position = {node: index for index, node in enumerate(order)}
    below: dict[Node, int] = {}
    direct: dict[Node, list[Node]] = {node: [] for node in order}
    for source, target in pairs:
        direct[source].append(target)
    kept: set[tuple[Node, Node]] = set()
    for node in reversed(order):
        mask = 0
        for target in sorted(direct[node], key=position.__getitem__):
            bit = 1 << position[target]
            if not mask & bit:
                kept.add((node, target))
                mask |= bit | below[target]
        below[node] = mask
    return tuple(pair for pair in pairs if pair in kept)

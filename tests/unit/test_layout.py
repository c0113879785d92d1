"""The layered layout: nothing overlaps, edges point down, few cross, fast."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbdag_converters.drawing.coordinates import rising
from nbdag_converters.drawing.layout import Box, Layout, layout
from nbdag_converters.drawing.ordering import crossings, order_rows

Edges = list[tuple[int, int]]
WIDTH, HEIGHT = 180.0, 44.0


def drawn(count: int, edges: Edges) -> Layout[int]:
    return layout(dict.fromkeys(range(count), (WIDTH, HEIGHT)), edges)


def overlapping(boxes: Mapping[int, Box]) -> list[tuple[int, int]]:
    return [
        (a, b)
        for (a, first), (b, second) in combinations(boxes.items(), 2)
        if first.x < second.x + second.width
        and second.x < first.x + first.width
        and first.y < second.y + second.height
        and second.y < first.y + first.height
    ]


def crossing_paths(found: Layout[int]) -> int:
    """Count pairs of pieces that change sides, between rows: what a reader sees as crossings."""
    pieces = [piece for path in found.paths.values() for piece in pairwise(path)]
    return sum(
        (a[0] - c[0]) * (b[0] - d[0]) < 0
        for (a, b), (c, d) in combinations(pieces, 2)
        if a[1] == c[1] and b[1] == d[1]
    )


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, Edges]:
    count = draw(st.integers(1, 25))
    pair = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1))
    pairs = draw(st.lists(pair, max_size=50))
    return count, [(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]]


@given(graphs())
@settings(max_examples=150, derandomize=True)
def test_no_two_nodes_overlap_and_edges_point_down(graph: tuple[int, Edges]) -> None:
    count, edges = graph
    found = drawn(count, edges)
    assert overlapping(found.boxes) == []
    assert set(found.paths) == set(edges)
    for (source, target), path in found.paths.items():
        upper, lower = found.boxes[source], found.boxes[target]
        assert path[0] == pytest.approx((upper.x + WIDTH / 2, upper.y + HEIGHT))
        assert path[-1] == pytest.approx((lower.x + WIDTH / 2, lower.y))
        assert all(a[1] < b[1] for a, b in pairwise(path))


@given(graphs())
@settings(max_examples=80, derandomize=True)
def test_no_edge_runs_through_a_node(graph: tuple[int, Edges]) -> None:
    count, edges = graph
    found = drawn(count, edges)
    for path in found.paths.values():
        for (x, top), (_, bottom) in list(pairwise(path))[1::2]:
            assert not any(
                box.x < x < box.x + box.width and box.y < bottom and top < box.y + box.height
                for box in found.boxes.values()
            )


@given(graphs())
@settings(max_examples=60, derandomize=True)
def test_everything_lies_within_the_drawing(graph: tuple[int, Edges]) -> None:
    found = drawn(*graph)
    for box in found.boxes.values():
        assert box.x >= 0
        assert box.x + box.width <= found.width + 0.2
        assert box.y >= 0
        assert box.y + box.height <= found.height + 0.2
    assert all(0 <= x <= found.width for path in found.paths.values() for x, _ in path)


def test_the_same_graph_gives_the_same_drawing() -> None:
    edges = [(0, 2), (1, 2), (2, 3), (2, 4), (3, 5), (4, 5), (0, 5)]
    assert drawn(6, edges) == drawn(6, list(edges))


@pytest.mark.parametrize(
    ("count", "edges"),
    [
        (4, [(0, 3), (1, 2)]),
        (6, [(0, 5), (1, 4), (2, 3)]),
        (7, [(0, 1), (0, 2), (1, 5), (1, 6), (2, 3), (2, 4)]),
        (6, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (0, 5), (0, 3)]),
        (8, [(0, 2), (1, 2), (2, 3), (2, 4), (3, 4), (4, 5), (2, 5), (4, 6), (5, 6), (5, 7)]),
    ],
)
def test_planar_graphs_are_drawn_without_crossings(count: int, edges: Edges) -> None:
    assert crossing_paths(drawn(count, edges)) == 0


def test_sweeps_and_swaps_untangle_rows() -> None:
    rank = [0, 0, 0, 1, 1, 1]
    below = [[5], [4], [3], [], [], []]
    above = [[], [], [], [2], [1], [0]]
    tangled = [[0, 1, 2], [3, 4, 5]]
    assert crossings(tangled, below) == 3
    assert crossings(order_rows(rank, below, above), below) == 0


def test_a_complete_bipartite_graph_has_the_crossings_it_must_have() -> None:
    below = [[2, 3], [2, 3], [], []]
    assert crossings([[0, 1], [2, 3]], below) == 1


def test_a_chain_stands_in_one_column() -> None:
    boxes = drawn(6, [(n, n + 1) for n in range(5)]).boxes
    assert len({box.x for box in boxes.values()}) == 1
    assert [box.y for box in boxes.values()] == sorted(box.y for box in boxes.values())


def test_a_source_stands_right_above_its_only_target() -> None:
    boxes = drawn(4, [(0, 1), (1, 2), (3, 2)]).boxes
    assert boxes[3].y == boxes[1].y


def test_nodes_without_edges_are_set_in_several_rows() -> None:
    found = drawn(30, [])
    assert len({box.y for box in found.boxes.values()}) > 3
    assert 0.5 < found.width / found.height < 4


def test_a_part_held_by_one_long_edge_is_not_drawn_far_away() -> None:
    left = [(0, n) for n in range(1, 8)]
    right = [(10, n) for n in range(11, 15)]
    found = drawn(16, [*left, *right, (1, 8), (8, 9), (9, 15), (10, 15)])
    spread = sorted(found.boxes.values(), key=lambda box: box.x)
    reached = 0.0
    for box in spread:
        assert box.x - reached < WIDTH
        reached = max(reached, box.x + box.width)


def test_sizes_may_differ() -> None:
    found = layout({"a": (40, 10), "b": (300, 90), "c": (20, 20)}, [("a", "c"), ("b", "c")])
    assert found.boxes["b"].width == 300
    assert found.boxes["a"].y + 5 == found.boxes["b"].y + 45  # both in the middle of their row
    assert found.boxes["c"].y >= 90


def test_a_cycle_is_refused() -> None:
    with pytest.raises(ValueError, match="0"):
        drawn(2, [(0, 1), (1, 0)])


def test_no_nodes_make_an_empty_drawing() -> None:
    assert drawn(0, []).boxes == {}


def test_blocks_that_would_overlap_move_together() -> None:
    assert rising([0.0, 3.0, 1.0, 5.0], [1.0, 1.0, 1.0, 1.0]) == [0.0, 2.0, 2.0, 5.0]
    assert rising([4.0, 0.0], [3.0, 1.0]) == [3.0, 3.0]


def test_a_thousand_nodes_take_well_under_a_second() -> None:
    chance = random.Random(1)
    edges = [(max(0, n - chance.randint(1, 12)), n) for n in range(1, 1000) for _ in range(2)]
    start = time.process_time()
    found = drawn(1000, edges)
    assert time.process_time() - start < 1.0
    assert len(found.boxes) == 1000

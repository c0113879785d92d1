"""The order of sets."""

from __future__ import annotations

import random
import subprocess
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from nbdag_converters.runtime import sets

PYTHONS = sorted(
    str(path)
    for path in (Path.home() / ".pyenv" / "versions").glob("3.*/bin/python")
    if int(path.parts[-3].split(".")[1]) >= 8
)


def make_sets(seed: int) -> list[Any]:
    """Return sets and frozensets with histories: grown, shrunk, merged, copied."""
    chance = random.Random(seed)
    found: list[Any] = []
    for size in (0, 1, 3, 4, 5, 7, 12, 20, 33, 60, 130, 600):
        words = ["".join(chance.choices("abcdefgh", k=6)) for _ in range(size)]
        numbers = {chance.randrange(10**9) for _ in range(size)}
        shrunk = set(words)
        shrunk.difference_update(words[: size // 3])
        merged = set(words) | set(words[:5]) | numbers
        found += [set(words), shrunk, merged, numbers, shrunk.copy()]
        found += [frozenset(words), frozenset(numbers) | frozenset(words)]
    return found


def kept(value: Any) -> bool:
    """Return whether what a container would load gives its items in the order of *value*."""
    if sets.is_kept(value):
        return True
    recipe = sets.recipe(value)
    if recipe is None:
        return False
    made = sets.make(type(value), *recipe)
    return type(made) is type(value) and made == value and list(made) == list(value)


@pytest.mark.parametrize("seed", range(8))
def test_a_set_keeps_its_order(seed: int) -> None:
    lost = [value for value in make_sets(seed) if not kept(value)]
    assert lost == []


@pytest.mark.parametrize("order", list(permutations((8, 0, 16))))
def test_items_that_collide_keep_their_order(order: tuple[int, ...]) -> None:
    value = set[int]()  # no literal: what order that has hangs on whether it was compiled just now
    for item in order:  # all of them want the first of eight places
        value.add(item)
    assert list(value) == list(order)
    assert kept(value)


def test_what_is_loaded_can_be_changed() -> None:
    words = [f"word {number}" for number in range(100)]
    value = sets.make(set, *(sets.recipe(set(words)) or pytest.fail("no recipe")))
    for word in words:
        value.discard(word)
        value.add(word + "!")
    assert value == {word + "!" for word in words}
    frozen = frozenset(words)
    recipe = sets.recipe(frozen)
    assert recipe is not None
    made = sets.make(frozenset, *recipe)
    assert hash(made) == hash(frozen)
    assert made | {1} == frozen | {1}


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: path.split("/")[-3])
def test_the_table_of_a_set_is_read_right_on_each_python(python: str) -> None:
    code = (
        "import sys, types; runtime = types.ModuleType('sets')\n"
        "exec(compile(open(sys.argv[1]).read(), 'sets', 'exec'), runtime.__dict__)\n"
        "for size in range(3, 200, 7):\n"
        "    for kind in (set, frozenset):\n"
        "        value = kind('word %d' % (n * 7919) for n in range(size))\n"
        "        recipe = runtime.recipe(value)\n"
        "        assert list(runtime.make(kind, *recipe)) == list(value), (size, kind)\n"
    )
    path = Path(sets.__file__)
    done = subprocess.run(
        [python, "-c", code, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr

"""The judge of a run that goes on: it looks at what is new, and finds what there is."""

from __future__ import annotations

import random
from typing import Any

from judging import LOAD, Made, constant, found_anew, found_one_by_one, full_report, pipeline_of


def test_what_a_new_report_shows_about_others_is_found_too() -> None:
    """Whatever steps report, and in whatever order, looking at what is new finds all."""
    draw = random.Random(4)
    names = ("a", "b", "c")
    for _ in range(100):
        made = [LOAD, *(odd_step(draw, number, names) for number in range(5))]
        pipeline, reports = pipeline_of(made), {one.name: full_report(one) for one in made}
        order = draw.sample(list(reports), len(reports))
        told = found_one_by_one(pipeline, reports, order)
        assert told == found_anew(pipeline, reports, order)


def odd_step(draw: random.Random, number: int, names: tuple[str, ...]) -> Made:
    """Return a step that did anything, behind the analysis's back or not."""

    def some(most: int = 2) -> list[str]:
        return draw.sample(names, draw.randint(0, most))

    report: dict[str, Any] = {
        "changed": some(),
        "bound": some(1),
        "shared": [draw.sample(names, 2) for _ in range(draw.randint(0, 2))],
        "reads": draw.sample(["f", "g", "d"], draw.randint(0, 2)),
        "writes": draw.sample(["f", "g", "d/f"], draw.randint(0, 1)),
        "random": ["numpy"],
        "states": {"numpy": [draw.randint(0, 2), draw.randint(0, 2)]},
        "environ": draw.random() < 0.2,
    }
    sources = ["load", *(f"s{earlier}" for earlier in range(number))]
    return Made(
        f"s{number}",
        draw.choice(("np.random.seed(0)", "a.append(b)", "c = np.random.rand()")),
        inputs=" ".join(f"{name}:{draw.choice(sources)}" for name in some()),
        changes=" ".join(some()),
        slices=[constant(name, 10 * draw.randint(0, 6)) for name in some(1)],
        report=report,
    )

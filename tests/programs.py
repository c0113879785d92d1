"""Random notebooks for the law: programs over a small pool of names, right by construction.

Each statement is a template (`templates.py`) that needs names of some kinds and may bind one. The
generator knows the kind of each name, so that almost every program runs without an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from notebooks import Source
from templates import (
    ADDITIONS,
    HEAD,
    ITERABLES,
    NAMES,
    PARTS,
    STARTS,
    STEPS,
    TEMPLATES,
    TESTS,
    Template,
    holes_of,
)

REPEATABLE = settings(
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
        HealthCheck.large_base_example,
    ],
)
"""How a law draws its notebooks: the same ones each time, however long one takes."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some statements. With *tags* they are a step of their own, which has these."""

    text: str
    tags: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What holds at a place of the program: each name's kind, the state that is there.

    `needs` are the globals that a function has to find when it is called, with their kinds.
    """

    kinds: Mapping[str, str] = field(default_factory=dict[str, str])
    needs: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    state: frozenset[str] = frozenset()

    def names(self, kind: str) -> list[str]:
        """Return the names of that kind; of functions, those that can be called now."""
        return [name for name, k in self.kinds.items() if k == kind and self._callable(name)]

    def _callable(self, name: str) -> bool:
        return all(
            self.kinds.get(other) == kind and other != name and self._callable_once(other)
            for other, kind in self.needs.get(name, {}).items()
        )

    def _callable_once(self, name: str) -> bool:
        return all(
            self.kinds.get(other) == kind and not self.needs.get(other)
            for other, kind in self.needs.get(name, {}).items()
        )

    def after(self, template: Template, names: Mapping[str, str]) -> Known:
        """Return what holds after the statement."""
        known = self
        if template.text.startswith("del "):
            known = known.without(next(iter(names.values())))
        if template.binds:
            known = known.having(names["to"], template.binds)
            if template.topic == "function" and template.binds in ("call", "change"):
                others = {n: self.kinds[n] for hole, n in names.items() if hole not in ("to", "k")}
                known = replace(known, needs={**known.needs, names["to"]: others})
        state = self.state | {template.makes} if template.makes else self.state
        return replace(known, state=state)

    def having(self, name: str, kind: str) -> Known:
        """Return what holds where *name* has a new value of that kind."""
        known = self.without(name)
        return replace(known, kinds={**known.kinds, name: kind})

    def without(self, *names: str) -> Known:
        """Return what holds where these names are not looked at."""
        kinds = {name: kind for name, kind in self.kinds.items() if name not in names}
        needs = {name: found for name, found in self.needs.items() if name not in names}
        return replace(self, kinds=kinds, needs=needs)


@st.composite
def programs(draw: st.DrawFn, topics: tuple[str, ...]) -> tuple[Part, ...]:
    """Draw the parts of a program of these topics."""
    known = Known()
    parts: list[Part] = []
    control = "control" in topics
    for _ in range(draw(st.integers(4, 9 if control else 16))):
        kind = draw(st.integers(0, 7))
        if control and kind in (1, 2):
            part, known = _fan_out(draw, known, topics)
        elif known.names("list") and (kind == 0 or (control and kind < 6)):
            part = Part(_condition(draw, known, topics), () if control else None)
        else:
            text, known = _statement(draw, known, topics, keep=False)
            part = Part(text)
        parts.append(part)
    return tuple(parts)


def _condition(draw: st.DrawFn, known: Known, topics: tuple[str, ...]) -> str:
    """Draw an `if` whose branches change no name's kind, so that what is known stays true."""
    words = ["if", *["elif"] * draw(st.integers(0, 1)), *["else"] * draw(st.integers(0, 1))]
    tests = [test for test in TESTS if _can_fill(test, known)]
    lines: list[str] = []
    for word in words:
        test = "" if word == "else" else f" {_filled(draw, draw(st.sampled_from(tests)), known)}"
        body = [_statement(draw, known, topics, keep=True)[0] for _ in range(_one_or_two(draw))]
        lines += [f"{word}{test}:", *map(_indented, body)]
    return "\n".join(lines)


def _fan_out(draw: st.DrawFn, known: Known, topics: tuple[str, ...]) -> tuple[Part, Known]:
    """Draw a step with one loop that may run at once, or not: what it starts with and ends with."""
    gathers: dict[str, str] = {}
    lines: list[str] = []
    for _ in range(_one_or_two(draw)):
        kind = draw(st.sampled_from(list(STARTS)))
        there = [name for name in known.names(kind) if name not in gathers]
        if there and draw(st.integers(0, 3)) == 0:  # to which earlier steps have added
            name = draw(st.sampled_from(there))
        else:
            name = draw(st.sampled_from([n for n in NAMES if n not in gathers]))
            lines.append(f"{name} = {STARTS[kind]}")
            known = known.having(name, kind)
        gathers[name] = kind
    others = known.without(*gathers)
    iterable = draw(st.sampled_from([text for text in ITERABLES if _can_fill(text, others)]))
    target, number = ITERABLES[iterable]
    lines.append(f"for {target} in {_filled(draw, iterable, others)}:")
    lines += map(_indented, _body(draw, gathers, number, others))
    if draw(st.integers(0, 7)) == 0:  # which may be what iterations must do in order
        lines.append(_indented(_statement(draw, known, topics, keep=True)[0]))
    if draw(st.integers(0, 3)) == 0:
        below, known = _statement(draw, known, topics, keep=False)
        lines.append(below)
    most = draw(st.sampled_from(("", ":1", ":2")))
    return Part("\n".join(lines), (f"fan-out{most}",)), known


def _body(draw: st.DrawFn, gathers: Mapping[str, str], number: str, known: Known) -> list[str]:
    """Draw what an iteration does: it adds to each of *gathers*, a name to its kind."""
    lines: list[str] = []
    if draw(st.integers(0, 2)) == 0:
        lines.append(_filled(draw, draw(st.sampled_from(STEPS)), known, v=number))
    for name, kind in gathers.items():
        part = draw(st.sampled_from([text for text in PARTS if _can_fill(text, known)]))
        part = f"({_filled(draw, part, known, v=number)})"
        addition = draw(st.sampled_from(ADDITIONS[kind]))
        lines.append(_filled(draw, addition, known, into=name, part=part))
    return lines


def _one_or_two(draw: st.DrawFn) -> int:
    return draw(st.sampled_from((1, 1, 2)))


def _can_fill(text: str, known: Known) -> bool:
    """Return whether there is a name for each hole that wants one."""
    wanted = {*holes_of(text)} - {"v", "k"}
    return all(known.names(kind) for kind in wanted)


def _filled(draw: st.DrawFn, text: str, known: Known, **given: str) -> str:
    """Return a template with its holes filled, those of *given* by these."""
    names = {"k": str(draw(st.integers(0, 5))), **given}
    for hole in holes_of(text):
        if hole not in names:
            names[hole] = draw(st.sampled_from(known.names(hole)))
    return text.format(**names)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))


def _statement(
    draw: st.DrawFn, known: Known, topics: tuple[str, ...], *, keep: bool
) -> tuple[str, Known]:
    """Draw a statement; with *keep* one that binds no name to another kind and drops none."""
    possible = [t for t in TEMPLATES if _possible(t, known, topics, keep=keep)]
    using = [t for t in possible if {*t.holes} - {"to", "k"}]
    if using and draw(st.integers(0, 3)) > 0:  # else half of the statements were constants
        possible = using
    template = draw(st.sampled_from(possible))
    names = {"k": str(draw(st.integers(0, 5)))}
    for hole in template.holes:
        if hole == "to":
            pool = known.names(template.binds) if keep else list(NAMES)
            names["to"] = draw(st.sampled_from(pool))
        elif hole != "k":
            names[hole] = draw(st.sampled_from(known.names(hole.rstrip("2"))))
    holes = {hole: name for hole, name in names.items() if hole != "k"}
    return template.text.format(**names), known.after(template, holes)


def _possible(template: Template, known: Known, topics: tuple[str, ...], *, keep: bool) -> bool:
    if template.topic not in topics or (template.state and template.state not in known.state):
        return False
    if keep and (not template.simple or template.makes or template.text.startswith("del ")):
        return False
    if keep and template.binds and not known.names(template.binds):
        return False
    wanted = [hole.rstrip("2") for hole in template.holes if hole not in ("to", "k")]
    return all(known.names(kind) for kind in wanted)


@st.composite
def layouts(draw: st.DrawFn, parts: tuple[Part, ...]) -> list[Source]:
    """Draw how the parts of a program lie in cells and steps."""
    cells = [Source(HEAD)]
    step, above, alone = 0, draw(st.integers(0, 3)) == 0, False
    for part in parts:
        fresh = draw(st.integers(0, 3)) > 0
        if part.tags is not None:
            step += 1
            cells.append(Source(part.text, (f"step:s{step}", *part.tags)))
        elif len(cells) == 1 or fresh or alone:
            same_step = step > 0 and not alone and draw(st.integers(0, 5)) == 0
            if above and step == 0 and draw(st.booleans()):
                cells.append(Source(part.text))
                continue
            step += 0 if same_step else 1
            cells.append(Source(part.text, (f"step:s{step}",)))
        else:
            cells[-1] = replace(cells[-1], text=f"{cells[-1].text}\n{part.text}")
        alone = part.tags is not None
    return cells


@st.composite
def scattered(draw: st.DrawFn, parts: tuple[Part, ...]) -> list[Source]:
    """Draw cells whose steps come again after others."""
    cells = [Source(HEAD)]
    last = 0
    for part in parts:
        if part.tags is None:
            again = last > 1 and draw(st.integers(0, 3)) == 0
            last += 0 if again else draw(st.integers(0, 1)) or last == 0
            step = draw(st.integers(1, last - 1)) if again else last
            cells.append(Source(part.text, (f"step:s{step}",)))
    return cells

"""The timeline: when each step ran, as one SVG, with how many ran at once below. Pure.

```
 load      ██████ 2.1 s
 clean            ███ 0.9 s
 train               ████████████ 4.0 s
 plot                ██ 0.5 s
           0 s   2 s   4 s   6 s   8 s
 at once   ▁▁▁▁▁▁▁▁▁▂▂▁▁▁▁▁▁▁▁▁▁
```
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from nbdag_converters.drawing import StepState, duration

from .spans import Span, counts

_WIDTH, _ROW, _BAR = 1000.0, 26.0, 15.0
_RIGHT, _TOP = 74.0, 6.0
_LEAST = 3.0
_CHARACTER = 6.6
_CHART = 34.0
_LONGEST_NAME = 30


@dataclass(frozen=True, slots=True)
class Bar:
    """A step and the spans in which it ran, in seconds from the start of the run."""

    name: str
    state: StepState
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class _Scale:
    left: float
    length: float

    def x(self, seconds: float) -> float:
        share = seconds / self.length if self.length > 0 else 0.0
        return self.left + min(max(share, 0.0), 1.0) * (_WIDTH - _RIGHT - self.left)


def timeline(bars: Sequence[Bar], *, length: float) -> str:
    """Return the drawing of *bars*, in their order, on an axis of *length* seconds; "" for none."""
    if not bars:
        return ""
    longest = max(len(_short(bar.name)) for bar in bars)
    scale = _Scale(left=max(longest * _CHARACTER + 18.0, 70.0), length=length)
    bottom = _TOP + len(bars) * _ROW
    height = bottom + 24.0 + _CHART + 8.0
    parts = [
        *_grid(scale, bottom),
        *(_row(bar, scale, _TOP + index * _ROW) for index, bar in enumerate(bars)),
        *_chart(bars, scale, bottom + 24.0),
    ]
    label = f"Timeline of {len(bars)} steps over {duration(length)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="timeline" role="img" '
        f'aria-label="{label}" viewBox="0 0 {_WIDTH:g} {height:g}">\n'
        + "\n".join(parts)
        + "\n</svg>"
    )


def ticks(length: float, *, most: int = 8) -> list[float]:
    """Return round moments from 0 to *length*, at most *most* of them beside 0."""
    if length <= 0:
        return [0.0]
    step = next(size for size in _sizes(length / most) if length / size <= most)
    return [index * step for index in range(int(length / step + 1e-9) + 1)]


def _sizes(least: float) -> list[float]:
    power = 10.0 ** math.floor(math.log10(least))
    seconds = [power * factor for factor in (1, 2, 5, 10)]
    minutes = [60.0 * factor for factor in (1, 2, 5, 10, 15, 30)]
    hours = [3600.0 * factor for factor in (1, 2, 3, 6, 12, 24)]
    if least <= 10:
        return [*seconds, 15.0, 30.0, *minutes]
    if least <= 1800:
        return [15.0, 30.0, *minutes, *hours]
    return [*hours, *(86400.0 * factor for factor in (1, 2, 5, 10, 100, 1000, 10000))]


def _grid(scale: _Scale, bottom: float) -> list[str]:
    parts: list[str] = []
    for moment in ticks(scale.length):
        x = scale.x(moment)
        text = _moment(moment, scale.length)
        parts.append(
            f'<line class="grid" x1="{x:.1f}" y1="{_TOP:g}" x2="{x:.1f}" y2="{bottom:g}"/>'
        )
        parts.append(f'<text class="tick" x="{x:.1f}" y="{bottom + 14:g}">{text}</text>')
    return parts


def _moment(seconds: float, length: float) -> str:
    if length >= 3600:
        return f"{seconds // 3600:.0f}:{seconds % 3600 // 60:02.0f} h"
    if length >= 120:
        return f"{seconds // 60:.0f}:{seconds % 60:02.0f}"
    return f"{seconds:g} s" if length >= 1 else f"{seconds * 1000:g} ms"


def _row(bar: Bar, scale: _Scale, top: float) -> str:
    middle = top + _ROW / 2
    look = bar.state.look
    label = bar.state.label
    parts = [
        f"<title>{escape(f'{bar.name}: {label}')}</title>",
        f'<rect class="stripe" x="0" y="{top:g}" width="{_WIDTH:g}" height="{_ROW:g}"/>',
        f'<text class="name" x="8" y="{middle + 4:g}">{escape(_short(bar.name))}</text>',
    ]
    end = scale.left
    for span in bar.spans:
        start, end = scale.x(span.start), scale.x(span.end)
        width = max(end - start, _LEAST)
        kind = "bar" if span.last else "bar earlier"
        parts.append(
            f'<rect class="{kind}" x="{start:.1f}" y="{middle - _BAR / 2:g}" width="{width:.1f}" '
            f'height="{_BAR:g}" rx="3"/>'
        )
        end = start + width
    parts.append(f'<text class="time" x="{end + 6:.1f}" y="{middle + 4:g}">{escape(label)}</text>')
    return f'<g class="row {look}">' + "".join(parts) + "</g>"


def _chart(bars: Sequence[Bar], scale: _Scale, top: float) -> list[str]:
    """Return the number of steps that run at once, as an area."""
    found = counts(bar.spans for bar in bars)
    most = max((count for _, count in found), default=0)
    if not most:
        return []
    base = top + _CHART
    path = [f"M{scale.left:.1f},{base:g}"]
    for moment, count in found:
        path.append(f"H{scale.x(moment):.1f}")
        path.append(f"V{base - count / most * _CHART:.1f}")
    path.append(f"V{base:g}Z")
    return [
        f'<path class="load" d="{"".join(path)}"/>',
        f'<line class="grid" x1="{scale.left:.1f}" y1="{base:g}" x2="{_WIDTH - _RIGHT:g}" '
        f'y2="{base:g}"/>',
        f'<text class="name dim" x="8" y="{base - _CHART / 2 + 4:g}">at once</text>',
        f'<text class="time" x="{_WIDTH - _RIGHT + 6:g}" y="{top + 9:g}">{most}</text>',
    ]


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"

"""The icons of the states as shapes: fonts draw the characters differently, or in colour."""

from __future__ import annotations

from .states import Phase

# Drawn around (0, 0) within a radius of 5; a colour for where there is no CSS.
_SHAPES: dict[Phase, tuple[str, str]] = {
    "pending": ("#6e7781", '<circle r="4.2"/>'),
    "running": (
        "#0969da",
        '<circle r="4.2"/><path d="M0 -4.2A4.2 4.2 0 0 0 0 4.2Z" fill="currentColor"/>',
    ),
    "succeeded": ("#1a7f37", '<path d="M-4 .4L-1.2 3.4L4.2 -3.4"/>'),
    "cached": ("#1a7f37", '<path d="M-3.6 -2.4A4.2 4.2 0 1 1 -4.2 .8M-4.6 -4.8L-3.8 -2L-1 -2.6"/>'),
    "skipped": ("#6e7781", '<path d="M-4.6 3C-3.4 -3.6 2.4 -4.6 4 1.4M4.9 -2.4L4.1 1.8L.2 .6"/>'),
    "failed": ("#cf222e", '<path d="M-3.4 -3.4L3.4 3.4M3.4 -3.4L-3.4 3.4"/>'),
    "waiting": (
        "#9a6700",
        '<path d="M-2.4 .6V-3.2M-.6 -.6V-4.4M1.2 -.6V-4M3 .4V-2.8M-2.4 .6L-4.3 -.9'
        'M-4.3 -.9C-3.4 2.6 -2.4 4.8 .2 4.8C2.4 4.8 3 3 3 .4" stroke-width="1.3"/>',
    ),
}


def icon(look: Phase, x: float, y: float) -> str:
    """Return the icon with its middle at (x, y)."""
    colour, shape = _SHAPES[look]
    return (
        f'<g class="icon" transform="translate({x:g} {y:g})" color="{colour}" '
        'stroke="currentColor" fill="none" stroke-width="1.6" stroke-linecap="round" '
        f'stroke-linejoin="round">{shape}</g>'
    )

"""The icons of the states as shapes: fonts draw the characters differently, or in colour."""

from __future__ import annotations

from .states import Phase

# Drawn around (0, 0) within a radius of 5; a colour for where there is no CSS.
_SHAPES: dict[Phase, tuple[str, str]] = {
    "pending": ("#6e7781", "M-4.2 0a4.2 4.2 0 1 1 8.4 0a4.2 4.2 0 1 1 -8.4 0z"),
    "running": (
        "#0969da",
        "M-4.2 0a4.2 4.2 0 1 1 8.4 0a4.2 4.2 0 1 1 -8.4 0zM0 -4.2a4.2 4.2 0 0 1 0 8.4z",
    ),
    "succeeded": ("#1a7f37", "M-4 .4L-1.2 3.4L4.2 -3.4"),
    "cached": ("#1a7f37", "M-3.6 -2.4A4.2 4.2 0 1 1 -4.2 .8M-4.6 -4.8L-3.8 -2L-1 -2.6"),
    "skipped": ("#6e7781", "M-4.6 3C-3.4 -3.6 2.4 -4.6 4 1.4M4.9 -2.4L4.1 1.8L.2 .6"),
    "failed": ("#cf222e", "M-3.4 -3.4L3.4 3.4M3.4 -3.4L-3.4 3.4"),
    "waiting": (
        "#9a6700",
        "M-2.4 .6V-3.2M-.6 -.6V-4.4M1.2 -.6V-4M3 .4V-2.8M-2.4 .6L-4.3 -.9"
        "M-4.3 -.9C-3.4 2.6 -2.4 4.8 .2 4.8C2.4 4.8 3 3 3 .4",
    ),
}


def icon(look: Phase, x: float, y: float) -> str:
    """Return the icon with its middle at (x, y)."""
    colour, line = _SHAPES[look]
    # By the even-odd rule it is the left half that is filled.
    fill = 'fill="currentColor" fill-rule="evenodd"' if look == "running" else 'fill="none"'
    width = 1.3 if look == "waiting" else 1.6
    return (
        f'<path class="icon" transform="translate({x:g} {y:g})" color="{colour}" d="{line}" '
        f'stroke="currentColor" {fill} stroke-width="{width}" stroke-linecap="round" '
        'stroke-linejoin="round"/>'
    )

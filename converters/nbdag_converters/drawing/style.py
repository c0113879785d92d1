"""The colours and the CSS of the SVG."""

from __future__ import annotations

# No red and no pure green: those mean failed and succeeded.
STEP_COLOURS = (
    "#5b7fde",
    "#e08a3c",
    "#2fa58d",
    "#a86bd1",
    "#c9a227",
    "#3aa0c9",
    "#d46a92",
    "#7f9a3e",
)

# name: (JupyterLab's variable, light, dark); contrast is AA on the surface of either
_COLOURS = {
    "surface": ("--jp-layout-color1", "#ffffff", "#1c2128"),
    "rim": ("--jp-border-color1", "#d0d7de", "#4a525c"),
    "text": ("--jp-ui-font-color1", "#1f2328", "#e6edf3"),
    "dim": ("--jp-ui-font-color2", "#59636e", "#9da7b3"),
    "edge": ("--jp-ui-font-color3", "#8c959f", "#768390"),
    "running": ("--jp-brand-color1", "#0969da", "#58a6ff"),
    "succeeded": ("--jp-success-color1", "#1a7f37", "#3fb950"),
    "failed": ("--jp-error-color1", "#cf222e", "#f85149"),
    "waiting": ("--jp-warn-color1", "#9a6700", "#d29922"),
}

_RULES = """
.box{fill:var(--n-surface)}
.rim{stroke:var(--n-rim)}
.name{fill:var(--n-text)}
.state{fill:var(--n-dim)}
.icon{color:var(--n-dim)}
.running .rim,.running .icon{stroke:var(--n-running);color:var(--n-running)}
.succeeded .icon,.cached .icon{color:var(--n-succeeded)}
.failed .rim{stroke:var(--n-failed);stroke-width:1.5}
.failed .icon{color:var(--n-failed)}
.failed .state{fill:var(--n-failed)}
.waiting .rim{stroke:var(--n-waiting)}
.waiting .icon{color:var(--n-waiting)}
.skipped>g{opacity:.6}
.edge{stroke:var(--n-edge)}
.edge.dim{opacity:.5}
.edge.live{stroke:var(--n-running)}
.edge:hover .line,.edge:hover .tip{stroke:var(--n-running);stroke-width:2.2}
.step:hover .rim{stroke:var(--n-running)}
"""
_MOTION = "@keyframes nbdag-flow{to{stroke-dashoffset:-10}}"


def style(name: str) -> str:
    """Return the CSS for the SVG whose id is *name*; it touches nothing else on the page."""
    rules = "\n".join(
        ",".join(f"#{name} {part}" for part in selector.split(",")) + "{" + declarations
        for selector, declarations in (line.split("{", 1) for line in _RULES.strip().splitlines())
    )
    live = f"#{name} .live .line{{stroke-dasharray:6 4;animation:nbdag-flow .8s linear infinite}}"
    return (
        f"\n#{name}{{{_variables(1)}}}\n"
        f"@media (prefers-color-scheme:dark){{#{name}{{{_variables(2)}}}}}\n{rules}\n{_MOTION}\n"
        f"@media (prefers-reduced-motion:no-preference){{{live}}}\n"
    )


def _variables(column: int) -> str:
    return ";".join(
        f"--n-{key}:var({values[0]},{values[column]})" for key, values in _COLOURS.items()
    )

"""Colours, letters and figures as all pictures have them; only the child process imports this.

Colours are of the Okabe-Ito palette and differ in lightness too, so they stay apart for every eye
and in print.
"""

from __future__ import annotations

from typing import Any

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

DOTS_PER_INCH = 200
INK = "#1f2933"
FAINT = "#6b7680"
GRID = "#e3e7eb"
GAP = "#eef0f2"
GAP_LINES = "#c5ccd3"
NOW = "#56b4e9"
NEGATIVE = "#d55e00"
USUAL = "#009e73"
BEFORE = "#1f2933"
DASHES: dict[str, Any] = {"linewidth": 1.3, "linestyle": (0, (4, 2))}


def unheard() -> Patch:
    """Return what stands in a legend for a time that was not heard."""
    return Patch(facecolor=GAP, hatch="//////", edgecolor=GAP_LINES, linewidth=0)


def line(colour: str, **style: Any) -> Line2D:
    """Return what stands in a legend for a line."""
    return Line2D([], [], color=colour, **style)


def halo() -> dict[str, Any]:
    return {"facecolor": "white", "edgecolor": "none", "alpha": 0.9, "pad": 0.8}


def spelled(count: float) -> str:
    """Group thousands by a narrow space, which every language here reads."""
    return f"{count:,.0f}".replace(",", "\u202f")


def short(text: str, most: int) -> str:
    """Return the text on one line, its end cut where it is too long."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"

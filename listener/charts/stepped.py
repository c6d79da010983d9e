"""Counts per step beside what is usual for a step: the picture of a verdict."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from listener.charts.ink import (
    DOTS_PER_INCH,
    FAINT,
    GAP,
    GAP_LINES,
    GRID,
    INK,
    NEGATIVE,
    NOW,
    USUAL,
    halo,
    line,
    short,
    unheard,
)
from listener.charts.spec import LONGEST_LABEL, Steps

INCHES = (6.0, 2.8)


def steps(chart: Steps) -> Figure:
    """Return the picture of counts per step."""
    figure = Figure(figsize=INCHES, dpi=DOTS_PER_INCH, facecolor="white")
    top = chart.top
    left = 0.045 + 0.0155 * max(len(chart.spelled(top)), len(chart.spelled(chart.base)))
    axes = figure.add_axes((left, 0.13, 0.975 - left, 0.6))
    number = len(chart.counts)
    axes.set_xlim(0, number)
    axes.set_ylim(chart.base, chart.base + (top - chart.base) * 1.2)
    _bars(axes, chart)
    _lines(axes, chart)
    _frame(axes, chart, top)
    _head(figure, chart)
    return figure


def _bars(axes: Axes, chart: Steps) -> None:
    """One bar a step, the judged ones in the colour of alarm; what was not heard is a hatched field."""
    news = len(chart.counts) - chart.judged
    for place, heard in enumerate(chart.heard):
        if not heard:
            axes.axvspan(place, place + 1, facecolor=GAP, hatch="////", edgecolor=GAP_LINES, linewidth=0)
    for first, last, colour in ((0, news, NOW), (news, len(chart.counts), NEGATIVE)):
        places = [place + 0.5 for place in range(first, last)]
        axes.bar(places, chart.heights()[first:last], 0.8, bottom=chart.base, color=colour, zorder=3)


def _lines(axes: Axes, chart: Steps) -> None:
    """What is usual as a band with its middle, and the bar that had to be passed."""
    if chart.band is not None:
        axes.axhspan(*chart.band, facecolor=USUAL, alpha=0.22, linewidth=0, zorder=2)
    if chart.usual is not None:
        axes.axhline(float(chart.usual), color=USUAL, linewidth=1.1, zorder=4)
    if chart.bar is not None:
        axes.axhline(float(chart.bar), color=INK, linewidth=1.1, linestyle=(0, (4, 2)), zorder=4)


def _frame(axes: Axes, chart: Steps, top: float) -> None:
    if chart.judged:
        middle = len(chart.counts) - chart.judged / 2
        height = chart.base + max(chart.heights()[-chart.judged :]) + (top - chart.base) * 0.06
        axes.plot(middle, height, marker="v", color=INK, markersize=6, zorder=6, clip_on=False)
        axes.annotate(
            short(chart.note, 40), (middle, height), xytext=(-7, 0),
            textcoords="offset points", ha="right", va="center", fontsize=9, color=INK,
            zorder=6, bbox=halo(),
        )  # fmt: skip
    axes.set_xticks([at for at, _ in chart.ticks], [short(label, 20) for _, label in chart.ticks])
    axes.tick_params(axis="x", length=3, color=FAINT, labelsize=9.5, labelcolor=INK, pad=3)
    axes.locator_params(axis="y", nbins=5, integer=not chart.base)
    axes.yaxis.set_major_formatter(lambda value, _: chart.spelled(value))
    axes.tick_params(axis="y", length=0, labelsize=9, labelcolor=FAINT)
    axes.grid(axis="y", color=GRID, linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)


def _head(figure: Figure, chart: Steps) -> None:
    samples = {
        "counts": Patch(facecolor=NOW) if chart.judged < len(chart.counts) else None,
        "judged": Patch(facecolor=NEGATIVE) if chart.judged else None,
        "usual": line(USUAL, linewidth=1.1) if chart.usual is not None else None,
        "bar": line(INK, linewidth=1.1, linestyle=(0, (4, 2))) if chart.bar is not None else None,
        "unknown": None if all(chart.heard) else unheard(),
    }
    shown = {key: sample for key, sample in samples.items() if sample is not None and chart.labels.get(key)}
    figure.text(0.012, 0.97, short(chart.title, 62), fontsize=12, fontweight="bold", color=INK, va="top")
    if shown:
        figure.legend(
            handles=list(shown.values()), labels=[short(chart.labels[key], LONGEST_LABEL) for key in shown],
            loc="upper left", bbox_to_anchor=(0.004, 0.885), ncols=len(shown), frameon=False, fontsize=9,
            labelcolor=INK, handlelength=1.5, columnspacing=1.3, handletextpad=0.5, borderaxespad=0,
        )  # fmt: skip

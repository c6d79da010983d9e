"""The pictures themselves; only the child process imports this.

A picture is laid out for 600 pixels of width and drawn at twice that: on
a phone, where it is shown at little more than half, the smallest letters are still read.
"""

from __future__ import annotations

from io import BytesIO

import matplotlib

matplotlib.use("Agg")

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from PIL import Image

from listener.charts.ink import (
    BEFORE,
    DASHES,
    DOTS_PER_INCH,
    FAINT,
    GAP,
    GAP_LINES,
    GRID,
    INK,
    NEGATIVE,
    NOW,
    halo,
    short,
    spelled,
    unheard,
)
from listener.charts.spec import LONGEST_LABEL, Count, Mark, Spark, Spec, Steps, Week
from listener.charts.stepped import steps

WEEK_INCHES = (6.0, 2.5)
SPARK_INCHES = (1.2, 0.3)
COLOURS = 128

SHAPES = {"watch": "o", "alert": "v", "crisis": "X"}
# Nearer than this many days, the labels of two incidents would touch.
_CLOSE = 0.75


def draw(spec: Spec, form: str = "png") -> bytes:
    """Return the picture of a spec as a PNG, or as `svg`."""
    # No text of a stranger may be read as mathematics or as markup.
    with matplotlib.rc_context(
        {
            "font.family": "DejaVu Sans",
            "text.parse_math": False,
            "hatch.linewidth": 0.6,
            "svg.hashsalt": "listener",
        }
    ):
        if isinstance(spec, Steps):
            figure = steps(spec)
        else:
            figure = _week(spec) if isinstance(spec, Week) else _spark(spec)
        return _svg(figure) if form == "svg" else _png(figure)


def _week(week: Week) -> Figure:
    figure = Figure(figsize=WEEK_INCHES, dpi=DOTS_PER_INCH, facecolor="white")
    top = max([1.0, *(float(count) for count in (*week.mentions, *week.before) if count is not None)])
    left = 0.03 + 0.0155 * len(spelled(top))
    axes = figure.add_axes((left, 0.2, 0.99 - left, 0.56))
    lanes = _lanes(week.incidents, len(week.days))
    _bars(axes, week, top)
    _line_before(axes, week)
    _marks(axes, lanes, top)
    _scale(axes, week, top, 1.16 + 0.17 * (1 + max(lanes.values(), default=-1)))
    _head(figure, week)
    return figure


def _bars(axes: Axes, week: Week, top: float) -> None:
    """One bar a day, its negative part at the foot; a day that was not heard is a grey field."""
    for day, (count, negative) in enumerate(zip(week.mentions, week.negative, strict=True)):
        middle = day + 0.5
        if count is None:
            axes.axvspan(
                day + 0.06, day + 0.94, facecolor=GAP, hatch="////", edgecolor=GAP_LINES, linewidth=0
            )
            continue
        bad = min(float(negative or 0), float(count))
        axes.bar(middle, float(count) - bad, 0.62, bottom=bad, color=NOW, zorder=2)
        axes.bar(middle, bad, 0.62, color=NEGATIVE, edgecolor="white", hatch="////", linewidth=0, zorder=2)
        axes.text(
            middle, _foot_of_number(float(count), week.before[day], top), spelled(count),
            ha="center", va="bottom", fontsize=9.5, fontweight="bold", color=INK, zorder=6, bbox=halo(),
        )  # fmt: skip


def _foot_of_number(count: float, before: Count, top: float) -> float:
    """The number stands on its bar, or on the point of the week before where that is in its place."""
    in_the_way = before is not None and count - top * 0.03 <= before <= count + top * 0.14
    return max(count, float(before or 0) + top * 0.02 if in_the_way else 0) + top * 0.03


def _line_before(axes: Axes, week: Week) -> None:
    places = [day + 0.5 for day in range(len(week.days))]
    counts = [float("nan") if count is None else float(count) for count in week.before]
    axes.plot(places, counts, color=BEFORE, **DASHES, marker="o", markersize=3.4,
              markerfacecolor="white", markeredgewidth=1.1, zorder=4)  # fmt: skip


def _marks(axes: Axes, lanes: dict[Mark, int], top: float) -> None:
    """Each incident hangs over the bars, in a lane of its own where another is close."""
    for mark, lane in lanes.items():
        height = top * (1.27 + 0.17 * lane)
        axes.plot(
            [mark.at, mark.at], [0, height], color=INK, linewidth=0.8, linestyle=(0, (1, 1.5)), zorder=3
        )
        axes.plot(mark.at, height, marker=SHAPES[mark.severity], color=INK, markersize=6, zorder=6)
        right = mark.at <= axes.get_xlim()[1] * 0.8
        axes.annotate(
            short(mark.label, 26), (mark.at, height), xytext=(6 if right else -6, 0),
            textcoords="offset points", ha="left" if right else "right", va="center",
            fontsize=9, color=INK, zorder=6, bbox=halo(),
        )  # fmt: skip


def _lanes(marks: tuple[Mark, ...], days: int) -> dict[Mark, int]:
    """Give each incident within the chart a lane, the lowest that is free to the left of it."""
    ends: list[float] = []
    lanes: dict[Mark, int] = {}
    for mark in sorted((mark for mark in marks if 0 <= mark.at <= days), key=lambda mark: mark.at):
        free = [lane for lane, end in enumerate(ends) if mark.at >= end]
        lane = free[0] if free else len(ends)
        width = max(_CLOSE, 0.115 * len(short(mark.label, 26)) * days / 7 + 0.2)
        ends[lane : lane + 1] = [mark.at + width]
        lanes[mark] = lane
    return lanes


def _scale(axes: Axes, week: Week, top: float, head: float) -> None:
    days = len(week.days)
    axes.set_xlim(0, days)
    axes.set_ylim(0, top * head)
    axes.set_xticks([day + 0.5 for day in range(days)], [short(day, 12) for day in week.days])
    axes.tick_params(axis="x", length=0, labelsize=10, labelcolor=INK, pad=3)
    axes.locator_params(axis="y", nbins=4, integer=True)
    axes.set_yticks([tick for tick in axes.get_yticks() if 0 <= tick <= top * 1.1])
    axes.yaxis.set_major_formatter(lambda value, _: spelled(value))
    axes.tick_params(axis="y", length=0, labelsize=9, labelcolor=FAINT)
    axes.grid(axis="y", color=GRID, linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    for day, (count, negative) in enumerate(zip(week.mentions, week.negative, strict=True)):
        if count and negative is not None:
            share = min(float(negative) / float(count), 1.0)
            axes.text(day + 0.5, -0.2, f"{share:.0%}", transform=axes.get_xaxis_transform(), ha="center",
                      va="top", fontsize=9.5, fontweight="bold", color="#b34700")  # fmt: skip


def _head(figure: Figure, week: Week) -> None:
    """The title, and under it what each colour means."""
    if week.title:
        figure.text(0.012, 0.965, short(week.title, 52), fontsize=12, fontweight="bold", color=INK, va="top")
    before = Line2D([], [], color=BEFORE, marker="o", markerfacecolor="white", markersize=3.4, **DASHES)
    samples = {
        "now": Patch(facecolor=NOW),
        "negative": Patch(facecolor=NEGATIVE, edgecolor="white", hatch="//////", linewidth=0),
        "before": before,
        "incident": Line2D([], [], color=INK, marker=_shape(week.incidents), linestyle="none", markersize=6),
        "unknown": unheard(),
    }
    handles = [samples[key] for key in samples if week.labels.get(key) and _is_shown(key, week)]
    names = [short(week.labels[key], LONGEST_LABEL) for key in samples if samples[key] in handles]
    corner = (0.004, 0.885 if week.title else 0.985)
    if handles:
        figure.legend(
            handles=handles, labels=names, loc="upper left", bbox_to_anchor=corner, ncols=len(handles),
            frameon=False, fontsize=9, labelcolor=INK, handlelength=1.5,
            columnspacing=1.3, handletextpad=0.5, borderaxespad=0,
        )  # fmt: skip


def _shape(marks: tuple[Mark, ...]) -> str:
    return SHAPES[marks[0].severity] if marks else "v"


def _is_shown(key: str, week: Week) -> bool:
    if key == "incident":
        return bool(_lanes(week.incidents, len(week.days)))
    if key == "unknown":
        return None in week.mentions
    return key != "before" or any(count is not None for count in week.before)


def _spark(spark: Spark) -> Figure:
    figure = Figure(figsize=SPARK_INCHES, dpi=DOTS_PER_INCH, facecolor="white")
    axes = figure.add_axes((0.02, 0.1, 0.96, 0.8))
    axes.axis("off")
    values = [_or_gap(count) for count in spark.values]
    places = list(range(len(values)))
    axes.fill_between(places, values, color=NOW, alpha=0.35, linewidth=0)
    axes.plot(places, values, color="#0072b2", linewidth=1.1, solid_joinstyle="round")
    if spark.usual:
        axes.plot(
            places,
            [_or_gap(count) for count in spark.usual],
            color=FAINT,
            linewidth=0.8,
            linestyle=(0, (3, 2)),
        )
    if spark.mark is not None and spark.values[spark.mark] is not None:
        axes.plot(spark.mark, values[spark.mark], marker="o", markersize=4, color=NEGATIVE, clip_on=False)
    axes.set_xlim(-0.5, len(values) - 0.5)
    known = [float(count) for count in (*spark.values, *spark.usual) if count is not None]
    axes.set_ylim(0, max([1.0, *known]) * 1.15)
    return figure


def _png(figure: Figure) -> bytes:
    """A palette of a few colours shows the same picture at a third of the size."""
    raw, small = BytesIO(), BytesIO()
    figure.savefig(raw, format="png", metadata={"Software": None})
    raw.seek(0)
    Image.open(raw).convert("RGB").quantize(COLOURS).save(small, "PNG", optimize=True)
    return small.getvalue()


def _svg(figure: Figure) -> bytes:
    drawn = BytesIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    return drawn.getvalue()


def _or_gap(count: Count) -> float:
    return float("nan") if count is None else float(count)

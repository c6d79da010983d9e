"""The pictures themselves; only the child process imports this.

Colours are of the Okabe-Ito palette and differ in lightness too, so they stay apart for every eye
and in print. A picture is laid out for 600 pixels of width and drawn at twice that: on
a phone, where it is shown at little more than half, the smallest letters are still read.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import matplotlib

matplotlib.use("Agg")

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from PIL import Image

from listener.charts.spec import LONGEST_LABEL, Count, Mark, Spark, Spec, Steps, Week

DOTS_PER_INCH = 200
WEEK_INCHES = (6.0, 2.5)
SPARK_INCHES = (1.2, 0.3)
STEPS_INCHES = (6.0, 2.8)
COLOURS = 128

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
SHAPES = {"watch": "o", "alert": "v", "crisis": "X"}
# Nearer than this many days, the labels of two incidents would touch.
_CLOSE = 0.75


def draw(spec: Spec) -> bytes:
    """Return the picture of a spec as a PNG."""
    # No text of a stranger may be read as mathematics or as markup.
    with matplotlib.rc_context(
        {"font.family": "DejaVu Sans", "text.parse_math": False, "hatch.linewidth": 0.6}
    ):
        if isinstance(spec, Steps):
            return _png(_steps(spec))
        return _png(_week(spec) if isinstance(spec, Week) else _spark(spec))


def _week(week: Week) -> Figure:
    figure = Figure(figsize=WEEK_INCHES, dpi=DOTS_PER_INCH, facecolor="white")
    top = max([1.0, *(float(count) for count in (*week.mentions, *week.before) if count is not None)])
    left = 0.03 + 0.0155 * len(_spelled(top))
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
            middle, _foot_of_number(float(count), week.before[day], top), _spelled(count),
            ha="center", va="bottom", fontsize=9.5, fontweight="bold", color=INK, zorder=6, bbox=_halo(),
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
            _short(mark.label, 26), (mark.at, height), xytext=(6 if right else -6, 0),
            textcoords="offset points", ha="left" if right else "right", va="center",
            fontsize=9, color=INK, zorder=6, bbox=_halo(),
        )  # fmt: skip


def _lanes(marks: tuple[Mark, ...], days: int) -> dict[Mark, int]:
    """Give each incident within the chart a lane, the lowest that is free to the left of it."""
    ends: list[float] = []
    lanes: dict[Mark, int] = {}
    for mark in sorted((mark for mark in marks if 0 <= mark.at <= days), key=lambda mark: mark.at):
        free = [lane for lane, end in enumerate(ends) if mark.at >= end]
        lane = free[0] if free else len(ends)
        width = max(_CLOSE, 0.115 * len(_short(mark.label, 26)) * days / 7 + 0.2)
        ends[lane : lane + 1] = [mark.at + width]
        lanes[mark] = lane
    return lanes


def _scale(axes: Axes, week: Week, top: float, head: float) -> None:
    days = len(week.days)
    axes.set_xlim(0, days)
    axes.set_ylim(0, top * head)
    axes.set_xticks([day + 0.5 for day in range(days)], [_short(day, 12) for day in week.days])
    axes.tick_params(axis="x", length=0, labelsize=10, labelcolor=INK, pad=3)
    axes.locator_params(axis="y", nbins=4, integer=True)
    axes.set_yticks([tick for tick in axes.get_yticks() if 0 <= tick <= top * 1.1])
    axes.yaxis.set_major_formatter(lambda value, _: _spelled(value))
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
        figure.text(0.012, 0.965, _short(week.title, 52), fontsize=12, fontweight="bold", color=INK, va="top")
    before = Line2D([], [], color=BEFORE, marker="o", markerfacecolor="white", markersize=3.4, **DASHES)
    samples = {
        "now": Patch(facecolor=NOW),
        "negative": Patch(facecolor=NEGATIVE, edgecolor="white", hatch="//////", linewidth=0),
        "before": before,
        "incident": Line2D([], [], color=INK, marker=_shape(week.incidents), linestyle="none", markersize=6),
        "unknown": Patch(facecolor=GAP, hatch="//////", edgecolor=GAP_LINES, linewidth=0),
    }
    handles = [samples[key] for key in samples if week.labels.get(key) and _is_shown(key, week)]
    names = [_short(week.labels[key], LONGEST_LABEL) for key in samples if samples[key] in handles]
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


def _steps(chart: Steps) -> Figure:
    figure = Figure(figsize=STEPS_INCHES, dpi=DOTS_PER_INCH, facecolor="white")
    top = max([1.0, *map(float, chart.counts), float(chart.bar or 0), *(chart.band or ())])
    left = 0.045 + 0.0155 * len(_spelled(top))
    axes = figure.add_axes((left, 0.13, 0.975 - left, 0.6))
    number = len(chart.counts)
    axes.set_xlim(0, number)
    axes.set_ylim(0, top * 1.2)
    _step_bars(axes, chart)
    _step_lines(axes, chart)
    _step_frame(axes, chart, top)
    _step_head(figure, chart)
    return figure


def _step_bars(axes: Axes, chart: Steps) -> None:
    """One bar a step, the judged ones in the colour of alarm; what was not heard is a hatched field."""
    news = len(chart.counts) - chart.judged
    for place, heard in enumerate(chart.heard):
        if not heard:
            axes.axvspan(place, place + 1, facecolor=GAP, hatch="////", edgecolor=GAP_LINES, linewidth=0)
    for first, last, colour in ((0, news, NOW), (news, len(chart.counts), NEGATIVE)):
        places = [place + 0.5 for place in range(first, last)]
        axes.bar(places, chart.counts[first:last], 0.8, color=colour, zorder=3)


def _step_lines(axes: Axes, chart: Steps) -> None:
    """What is usual as a band with its middle, and the bar that had to be passed."""
    if chart.band is not None:
        axes.axhspan(*chart.band, facecolor=USUAL, alpha=0.22, linewidth=0, zorder=2)
    if chart.usual is not None:
        axes.axhline(float(chart.usual), color=USUAL, linewidth=1.1, zorder=4)
    if chart.bar is not None:
        axes.axhline(float(chart.bar), color=INK, linewidth=1.1, linestyle=(0, (4, 2)), zorder=4)


def _step_frame(axes: Axes, chart: Steps, top: float) -> None:
    if chart.judged:
        middle = len(chart.counts) - chart.judged / 2
        height = max(map(float, chart.counts[-chart.judged :]))
        axes.plot(middle, height + top * 0.06, marker="v", color=INK, markersize=6, zorder=6, clip_on=False)
        axes.annotate(
            _short(chart.note, 40), (middle, height + top * 0.06), xytext=(-7, 0),
            textcoords="offset points", ha="right", va="center", fontsize=9, color=INK, zorder=6, bbox=_halo(),
        )  # fmt: skip
    axes.set_xticks([at for at, _ in chart.ticks], [_short(label, 20) for _, label in chart.ticks])
    axes.tick_params(axis="x", length=3, color=FAINT, labelsize=9.5, labelcolor=INK, pad=3)
    axes.locator_params(axis="y", nbins=5, integer=True)
    axes.yaxis.set_major_formatter(lambda value, _: _spelled(value))
    axes.tick_params(axis="y", length=0, labelsize=9, labelcolor=FAINT)
    axes.grid(axis="y", color=GRID, linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)


def _step_head(figure: Figure, chart: Steps) -> None:
    samples = {
        "counts": Patch(facecolor=NOW) if chart.judged < len(chart.counts) else None,
        "judged": Patch(facecolor=NEGATIVE) if chart.judged else None,
        "usual": Line2D([], [], color=USUAL, linewidth=1.1) if chart.usual is not None else None,
        "bar": Line2D([], [], color=INK, linewidth=1.1, linestyle=(0, (4, 2))) if chart.bar is not None else None,
        "unknown": None if all(chart.heard) else Patch(facecolor=GAP, hatch="//////", edgecolor=GAP_LINES, linewidth=0),
    }  # fmt: skip
    shown = {key: sample for key, sample in samples.items() if sample is not None and chart.labels.get(key)}
    figure.text(0.012, 0.97, _short(chart.title, 62), fontsize=12, fontweight="bold", color=INK, va="top")
    if shown:
        figure.legend(
            handles=list(shown.values()), labels=[_short(chart.labels[key], LONGEST_LABEL) for key in shown],
            loc="upper left", bbox_to_anchor=(0.004, 0.885), ncols=len(shown), frameon=False, fontsize=9,
            labelcolor=INK, handlelength=1.5, columnspacing=1.3, handletextpad=0.5, borderaxespad=0,
        )  # fmt: skip


def _png(figure: Figure) -> bytes:
    """A palette of a few colours shows the same picture at a third of the size."""
    raw, small = BytesIO(), BytesIO()
    figure.savefig(raw, format="png", metadata={"Software": None})
    raw.seek(0)
    Image.open(raw).convert("RGB").quantize(COLOURS).save(small, "PNG", optimize=True)
    return small.getvalue()


def _halo() -> dict[str, Any]:
    return {"facecolor": "white", "edgecolor": "none", "alpha": 0.9, "pad": 0.8}


def _or_gap(count: Count) -> float:
    return float("nan") if count is None else float(count)


def _spelled(count: float) -> str:
    """Group thousands by a narrow space, which every language here reads."""
    return f"{count:,.0f}".replace(",", "\u202f")


def _short(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"

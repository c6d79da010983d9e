"""A chart as lines of text: block characters where the terminal can show them, ASCII where not.

Each line is a sequence of pieces (text, style): whoever prints them decides whether the styles,
which are names of rich, become colours. Without them the characters alone tell the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from math import ceil, floor, log10

from listener.charts.spec import Steps

HEIGHT, WIDTH = 10, 80
WIDEST_STEP = 6
NEWS, PAST, USUAL, BAR, GAP, FRAME = "bold red", "cyan", "green", "yellow", "dim", "dim"

Piece = tuple[str, str]
Line = tuple[Piece, ...]
# For a row of the chart: what stands in a column there, and in which style.
Cell = Callable[[int, int], Piece]


@dataclass(frozen=True, slots=True)
class Signs:
    """The characters of a chart; `levels` fill a cell from an eighth, or whatever part, to the whole."""

    levels: str
    usual: str
    bar: str
    gap: str
    side: str
    tick: str
    corner: str
    floor: str
    foot: str
    mark: str


BLOCKS = Signs("▁▂▃▄▅▆▇█", "░", "┄", "·", "│", "┤", "└", "─", "┬", "▲")
ASCII = Signs(".oO#", ":", "-", "'", "|", "+", "+", "-", "+", "^")


def drawn(chart: Steps, signs: Signs = BLOCKS, width: int = WIDTH, height: int = HEIGHT) -> tuple[Line, ...]:
    """Return the chart as lines, none wider than `width`; more steps than fit are shown by their highest."""
    scale = chart.base, chart.base + _nice(chart.top - chart.base)
    margin = max(len(chart.spelled(each)) for each in (*scale, sum(scale) / 2)) + 2
    chart = _fitted(chart, max(width - margin - 1, 2))
    each = max(min((width - margin - 1) // len(chart.counts), WIDEST_STEP), 1)
    cell = _cells(chart, signs, scale, height)
    rows = tuple(
        (_label(row, scale, chart, height, margin, signs), *_row(chart, cell, row, each))
        for row in reversed(range(height))
    )
    return (*rows, *_feet(chart, signs, margin, each, width))


def legend(chart: Steps, signs: Signs = BLOCKS) -> str:
    """Return what the characters mean, of those that the chart shows."""
    shown = {
        "counts": signs.levels[-1],
        "usual": signs.usual if chart.band or chart.usual is not None else "",
        "bar": signs.bar if chart.bar is not None else "",
        "unknown": signs.gap if not all(chart.heard) else "",
    }
    return "   ".join(
        f"{sign} {chart.labels[key]}" for key, sign in shown.items() if sign and key in chart.labels
    )


def _fitted(chart: Steps, most: int) -> Steps:
    """Return the chart with no more steps than columns: of those that share one the highest is shown."""
    share = ceil(len(chart.counts) / most)
    if share <= 1:
        return chart
    # Counted from the end, so that the news has its columns to itself.
    ends = range(len(chart.counts), 0, -share)
    spans = [range(max(end - share, 0), end) for end in ends][::-1]
    lead = len(spans) * share - len(chart.counts)
    return Steps(
        counts=tuple(
            max((c for c in chart.counts[span.start : span.stop] if c is not None), default=None)
            for span in spans
        ),
        heard=tuple(any(chart.heard[n] for n in span) for span in spans),
        labels=chart.labels,
        ticks=tuple(((at + lead) / share, label) for at, label in chart.ticks),
        usual=chart.usual,
        band=chart.band,
        bar=chart.bar,
        base=chart.base,
        judged=ceil(chart.judged / share),
        title=chart.title,
        note=chart.note,
    )


def _cells(chart: Steps, signs: Signs, scale: tuple[float, float], height: int) -> Cell:
    def at(value: float | None) -> float | None:
        return None if value is None else (value - scale[0]) / (scale[1] - scale[0]) * height

    rises = [count * height / (scale[1] - scale[0]) for count in chart.heights()]
    low, high = map(at, chart.band or (chart.usual, chart.usual))
    line = at(chart.bar)
    bar = None if line is None else min(floor(line), height - 1)
    news = len(chart.counts) - chart.judged

    def cell(row: int, place: int) -> Piece:
        filled = rises[place] - row
        # The bars of a mean are long: what stands across would be hidden behind them.
        if chart.base and row == bar and filled >= 1 and place < news:
            return signs.bar, BAR
        if filled > 0 and (part := _part(filled, signs, row)):
            return part, NEWS if place >= news else PAST
        if not chart.heard[place]:
            return signs.gap, GAP
        if row == bar:
            return signs.bar, BAR
        if low is not None and high is not None and floor(low) <= row <= high:
            return signs.usual, USUAL
        return " ", ""

    return cell


def _part(filled: float, signs: Signs, row: int) -> str:
    """Return the character that fills so much of a cell; what counts at all is seen in the lowest row."""
    level = min(round(filled * len(signs.levels)), len(signs.levels))
    return signs.levels[max(level, 1 if row == 0 else 0) - 1] if level or row == 0 else ""


def _row(chart: Steps, cell: Cell, row: int, each: int) -> Iterator[Piece]:
    """Yield the cells of a row, those of one style together; wide steps keep a gap between them."""
    cells: list[Piece] = []
    for place in range(len(chart.counts)):
        sign, style = cell(row, place)
        is_line = style in (BAR, USUAL, GAP)
        cells.append((sign * (each - 1), style) if each > 1 else (sign, style))
        if each > 1:
            cells.append((sign if is_line else " ", style if is_line else ""))
    for style, same in groupby(cells, key=lambda piece: piece[1]):
        yield "".join(text for text, _ in same), style


def _label(
    row: int, scale: tuple[float, float], chart: Steps, height: int, margin: int, signs: Signs
) -> Piece:
    """Return the scale at a row: its top and its middle stand at their side."""
    at = {height - 1: scale[1], height // 2 - 1: sum(scale) / 2}.get(row)
    text = "" if at is None else chart.spelled(at)
    return f"{text:>{margin - 2}} {signs.tick if text else signs.side}", FRAME


def _feet(chart: Steps, signs: Signs, margin: int, each: int, width: int) -> Iterator[Line]:
    line, names = [signs.floor] * (len(chart.counts) * each), [" "] * width
    taken = 0
    for at, label in sorted(chart.ticks):
        column = min(int(at * each), len(line) - 1)
        begin = min(max(margin + column - len(label) // 2, taken), width - len(label))
        if begin < taken:
            continue
        line[column] = signs.foot
        names[begin : begin + len(label)] = label
        taken = begin + len(label) + 1
    yield ((f"{chart.spelled(chart.base):>{margin - 2}} {signs.corner}" + "".join(line), FRAME),)
    if chart.judged:
        first = margin + (len(chart.counts) - chart.judged) * each
        marks = signs.mark * max(chart.judged * each - (each > 1), 1)
        note = chart.note[: max(first - 1, 0)]
        yield ((f"{note:>{first - 1}} ", ""), (marks, NEWS))
    yield (("".join(names).rstrip(), FRAME),)


def _nice(most: float) -> float:
    """Return the least round number that is no smaller: 1, 2, 4, 5, 6, 8 or 10 times a power of ten."""
    power = 10.0 ** floor(log10(most))
    return next(n * power for n in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if n * power >= most * 0.999)

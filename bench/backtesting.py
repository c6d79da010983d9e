"""`backtest` over ten million mentions: what the rollups make of it, and what the mentions themselves would.

The rows of `counts` are those that the intake would have written; mentions lie only where surges are,
because findings ask for authors and words there. `python -m bench.backtesting BRANDS DAYS MILLIONS` takes
other shapes: 50 365 10 is many small brands.
"""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from bench.measure import Line, one_core
from listener.store import Store
from listener.store.times import minute, text

MOST_SECONDS = 60
MINUTES_A_DAY = 1440
NEWEST = datetime(2026, 3, 16, tzinfo=UTC)
NEGATIVE, COPIED = 0.25, 0.1
SURGE_DAYS, SURGE_MINUTES, SURGE_FACTOR = 17, 40, 8


@dataclass(frozen=True, slots=True)
class Shape:
    """So many brands over so many days, from so many sources; `mentions` in all."""

    brands: int = 3
    days: int = 180
    mentions: int = 10_000_000
    sources: int = 4


SHAPES = (Shape(), Shape(1, 180), Shape(50, 365))


def run(shapes: tuple[Shape, ...] = SHAPES, against: Shape = Shape(1, 60, 500_000)) -> list[Line]:
    """Return lines of (what, figure)."""
    return [*(_measured(shape) for shape in shapes), _compared(against)]


def _measured(shape: Shape) -> Line:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        made = write_past(Path(folder), shape)
        seconds, megabytes, opened = _backtest(Path(folder))
    verdict = "met" if seconds <= MOST_SECONDS else "MISSED"
    shown = f"{shape.brands} brands, {shape.days} days, {shape.sources} sources"
    what = f"{made:,} mentions, {shown}, the default rules"
    figure = f"{seconds:.1f} s, {megabytes:.0f} MB at most, {opened} would have opened"
    return what, f"{figure} (at most {MOST_SECONDS} s: {verdict})"


def _backtest(folder: Path) -> tuple[float, float, int]:
    """Run the verb; return its seconds, its most resident megabytes, and how many incidents it told of."""
    code = (
        "import resource, sys; from listener.cli import cli; cli.main(sys.argv[1:], standalone_mode=False);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code, "--config", str(folder / "config.toml"), "backtest", "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    seconds = time.monotonic() - began
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    opened = sum(row.get("kind", "incident") == "incident" for row in rows)
    return seconds, int(done.stderr.split()[-1]) / 1024, opened


def _compared(shape: Shape) -> Line:
    """The counts of a past, read from the rollups and counted from the mentions, by plain SQL both."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        made = write_past(Path(folder), shape, whole=True)
        db = sqlite3.connect(Path(folder) / "bench.db")
        ours, theirs = _timed(db, _ROLLUPS), _timed(db, _MENTIONS)
        assert ours[1] == theirs[1], "both count the same"
        db.close()
    ratio = theirs[0] / ours[0]
    what = f"{made:,} mentions counted per minute: from the rollups against GROUP BY over the mentions"
    return what, f"{ours[0]:.2f} s against {theirs[0]:.2f} s: {ratio:.1f}x"


_ROLLUPS = "SELECT minute, sum(n) FROM counts WHERE brand = 'Brand 0' AND measure = ? GROUP BY minute"
_MENTIONS = (
    "SELECT x.minute, count(*) FROM matches x JOIN mentions m ON m.id = x.mention"
    " WHERE x.brand = 'Brand 0' AND m.counted AND (? = 'all' OR m.label = 'negative') GROUP BY x.minute"
)


def _timed(db: sqlite3.Connection, query: str) -> tuple[float, list[list[tuple[int, int]]]]:
    began = time.process_time()
    found = [db.execute(query, (measure,)).fetchall() for measure in ("all", "negative")]
    return time.process_time() - began, found


def write_past(folder: Path, shape: Shape, *, whole: bool = False) -> int:
    """Write a configuration and its store; return the mentions in it. `whole`: each lies there as a row."""
    names = [f"source {n}" for n in range(shape.sources)]
    tables = ['[listener]\ndatabase = "bench.db"\n']
    tables += [f'[[brand]]\nname = "Brand {n}"\n' for n in range(shape.brands)]
    tables += [f'[[source]]\nname = "{n}"\nkind = "rss"\nurl = "http://feed.test/rss"\n' for n in names]
    (folder / "config.toml").write_text("\n".join(tables), encoding="utf-8")
    Store(folder / "bench.db").close()
    db = sqlite3.connect(folder / "bench.db")
    db.execute("PRAGMA synchronous = OFF")
    last = minute(NEWEST)
    first = last - shape.days * MINUTES_A_DAY
    db.executemany("INSERT INTO coverage VALUES (?, ?, ?)", [(name, first, last) for name in names])
    made = sum(_brand(db, number, shape, names, first, whole) for number in range(shape.brands))
    db.commit()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return made


def _brand(
    db: sqlite3.Connection, number: int, shape: Shape, names: list[str], first: int, whole: bool
) -> int:
    random = np.random.default_rng(number)
    rates, loud = _rates(shape, random)
    made = 0
    for name in names:
        n = random.poisson(rates / shape.sources)
        made += int(n.sum())
        negative = random.binomial(n, NEGATIVE)
        for measure, values in (("all", n), ("copies", random.binomial(n, COPIED)), ("negative", negative)):
            at = np.flatnonzero(values)
            rows = zip((first + at).tolist(), values[at].tolist(), strict=True)
            db.executemany(
                "INSERT INTO counts (brand, measure, minute, source, n) VALUES (?, ?, ?, ?, ?)",
                ((f"Brand {number}", measure, at_minute, name, count) for at_minute, count in rows),
            )
        told = np.flatnonzero(n if whole else n * loud)
        _mentions(db, number, name, first, {m: (int(n[m]), int(negative[m])) for m in told.tolist()})
    return made


def _rates(shape: Shape, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return how many mentions a minute are usual, surges in it, and which minutes those are."""
    size = shape.days * MINUTES_A_DAY
    base = shape.mentions / shape.brands / size
    hours = np.arange(size) % MINUTES_A_DAY / MINUTES_A_DAY
    rates = base * (1 + 0.6 * np.sin(2 * np.pi * (hours - 0.3)))
    loud = np.zeros(size, bool)
    for day in range(SURGE_DAYS, shape.days, SURGE_DAYS):
        begin = day * MINUTES_A_DAY + int(random.integers(0, 1300))
        loud[begin : begin + SURGE_MINUTES] = True
    rates[loud] *= SURGE_FACTOR
    return rates, loud


def _mentions(
    db: sqlite3.Connection, number: int, name: str, first: int, told: dict[int, tuple[int, int]]
) -> None:
    start = db.execute("SELECT coalesce(max(id), 0) + 1 FROM mentions").fetchone()[0]
    rows = list(_rows(name, first, told, start))
    columns = (
        "id, source, key, url, author, title, text, published_at, heard_at, minute, counted, language,"
        " label, score, worst, confidence, reading"
    )
    db.executemany(f"INSERT INTO mentions ({columns}) VALUES ({','.join('?' * 17)})", rows)
    db.executemany(
        "INSERT INTO matches (brand, mention, minute, words) VALUES (?, ?, ?, '[]')",
        ((f"Brand {number}", row[0], row[9]) for row in rows),
    )


def _rows(
    name: str, first: int, told: dict[int, tuple[int, int]], start: int
) -> Iterator[tuple[object, ...]]:
    for at, (count, negative) in told.items():
        moment = text(NEWEST + timedelta(minutes=first + at - minute(NEWEST)))
        for each in range(count):
            label, score = ("negative", -0.6) if each < negative else ("neutral", 0.0)
            yield (
                start, name, f"{start}", f"http://site{start % 50}.test/{start}", f"author {start % 9973}",
                "", f"the brand opens a shop and {start % 97} people wait {start % 89}", moment, moment,
                first + at, 1, "en", label, score, score, 0.9, "1",
            )  # fmt: skip
            start += 1


def main(*arguments: str) -> None:
    one_core()
    if len(arguments) not in (0, 3):
        sys.exit("python -m bench.backtesting [BRANDS DAYS MILLIONS]")
    shape = (
        SHAPES[0]
        if not arguments
        else Shape(int(arguments[0]), int(arguments[1]), int(float(arguments[2]) * 1e6))
    )
    what, figure = _measured(shape)
    print(f"{what}: {figure}; here {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main(*sys.argv[1:])

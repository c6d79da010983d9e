"""What it takes to judge ten thousand series: brands by rules, in a real file with a past of weeks.

The plain alternative is the recipe that monitoring teaches: a rolling z-score of each series against
the mean and deviation of its last week, worked out by the database for every series at every run.
"""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from bench.measure import Line
from listener.config import Settings, parse
from listener.detect import Judge
from listener.store import Store, changes, counts, sources
from listener.store.times import minute

BRANDS, RULES, DAYS, SOURCES = 2000, 5, 14, 20
NOW = datetime(2026, 3, 16, 12, tzinfo=UTC)
MOST_MS, MOST_SECONDS = 50, 2.0
TABLES = """
[[rule]]
name = "burst"
[[rule]]
name = "angry burst"
on = "negative"
[[rule]]
name = "slow burn"
trigger = "swell"
[[rule]]
name = "mood"
trigger = "shift"
[[rule]]
name = "many angry ones"
trigger = "threshold"
on = "negative"
count = 15
"""


def run(brands: int = BRANDS, days: int = DAYS) -> list[Line]:
    """Return lines of (what, figure)."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        settings = _settings(Path(folder), brands)
        store = Store(settings.database, daemon=True)
        try:
            rows = _past(store, settings, days)
            return [
                (
                    f"{brands * RULES:,} series ({brands:,} brands, {RULES} rules)",
                    f"{days} days, {rows:,} rows of counts",
                ),
                *_measured(store, settings, brands),
            ]
        finally:
            store.close()


def _settings(folder: Path, brands: int) -> Settings:
    tables = [f'[listener]\ndatabase = "{folder / "judging.db"}"\n', TABLES]
    tables += [f'[[brand]]\nname = "b{n}"\n' for n in range(brands)]
    tables += [
        f'[[source]]\nname = "s{n}"\nkind = "rss"\nurl = "https://s{n}.test/"\n' for n in range(SOURCES)
    ]
    return parse("\n".join(tables), folder, {})


def _volumes(brands: int) -> np.ndarray:
    """Return mentions a day: few brands of which thousands write, many of which a few do."""
    return 3000 / np.arange(1, brands + 1) ** 0.55


def _past(store: Store, settings: Settings, days: int) -> int:
    """Fill the file with quiet weeks: days and nights, a tenth negative, each brand in three sources."""
    dice, last = np.random.default_rng(7), minute(NOW)
    span = np.arange(last - days * 1440, last)
    daily = 1 + 0.6 * np.sin((span % 1440) / 1440 * 2 * np.pi - 2)
    rows = 0
    with store.write() as db:
        sources.register(db, {s.name: s.kind for s in settings.sources})
        db.executemany(
            "UPDATE sources SET first_ok_at = ? WHERE name = ?",
            [("2026-01-01T00:00:00.000Z", s.name) for s in settings.sources],
        )
        for source in settings.sources:
            counts.heard(db, source.name, int(span[0]), last)
        db.execute("DELETE FROM changes")
        for number, volume in enumerate(_volumes(len(settings.brands))):
            found = dice.poisson(volume / 1440 * daily)
            places = np.flatnonzero(found)
            angry = dice.binomial(found[places], 0.1)
            origin = (number + dice.integers(0, 3, len(places))) % SOURCES
            mood = dice.normal(0, 300, len(places)).astype(int) * found[places]
            told = list(
                zip(
                    span[places].tolist(),
                    origin.tolist(),
                    found[places].tolist(),
                    mood.tolist(),
                    angry.tolist(),
                    strict=True,
                )
            )
            many = [(f"b{number}", "all", m, f"s{s}", n, felt) for m, s, n, felt, _ in told]
            many += [(f"b{number}", "negative", m, f"s{s}", a, -600 * a) for m, s, _, _, a in told if a]
            db.executemany(
                "INSERT INTO counts (brand, measure, minute, source, n, mood) VALUES (?, ?, ?, ?, ?, ?)", many
            )
            rows += len(many)
    return rows


def _measured(store: Store, settings: Settings, brands: int) -> Iterator[Line]:
    now, judge = NOW, Judge(settings)
    began = time.perf_counter()
    judge.detect(store, now)
    yield "cold start without snapshots, first run", f"{time.perf_counter() - began:.2f} s"
    began, runs = time.perf_counter(), 0
    while judge.detect(store, now).changes or judge.owes:
        runs += 1
    yield "  until nothing is owed any more", f"{time.perf_counter() - began:.1f} s in {runs} runs"
    began, kept = time.perf_counter(), 0
    while some := judge.keep(store, now, 100):
        kept += some
    yield (
        "writing all snapshots, spread over a day's runs",
        f"{kept:,} in {time.perf_counter() - began:.1f} s",
    )
    size = store.path.stat().st_size / 2**20
    with store.read() as db:
        held = db.execute("SELECT sum(length(data)) FROM snapshots").fetchone()[0] or 0
    yield "  the file, of which snapshots", f"{size:.0f} MB, {held / 2**20:.0f} MB"
    ours: dict[float, float] = {}
    for share in (0.01, 0.05, 1.0):
        times = []
        for _ in range(12 if share < 1 else 5):
            now += timedelta(minutes=1 if share < 1 else 11)
            _news(store, settings, now, share)
            times.append(_milliseconds(partial(judge.detect, store, now)))
        ours[share] = median(times)
        yield f"a run with news of {share:.0%} of the brands, a minute later", _verdict(times)
    times = []
    for _ in range(12):
        now += timedelta(minutes=1)
        times.append(_milliseconds(partial(judge.detect, store, now)))
    yield "a run without news, a minute later", _verdict(times)
    yield "resident memory of this process", f"{_resident():.0f} MB"
    times = []
    for _ in range(3):
        now += timedelta(minutes=1)
        fresh = Judge(settings)
        times.append(_milliseconds(partial(fresh.detect, store, now)) / 1000)
    verdict = "met" if median(times) <= MOST_SECONDS else "MISSED"
    yield (
        "cold start from the snapshots",
        f"{median(times):.2f} s, at worst {max(times):.2f} s (at most {MOST_SECONDS:g} s: {verdict})",
    )
    plain = _plain(store, settings, now)
    yield "the plain recipe, one run: z of each series in SQL", f"{plain:,.0f} ms"
    ratios = ", ".join(f"{plain / ms:.1f}x with news of {share:.0%}" for share, ms in ours.items())
    yield "  that is, beside ours", ratios


def _news(store: Store, settings: Settings, now: datetime, share: float) -> None:
    """Store what a minute brought: one mention of each of some brands, and that all sources were heard."""
    dice, at = np.random.default_rng(minute(now)), minute(now)
    some = dice.permutation(len(settings.brands))[: max(int(len(settings.brands) * share), 1)].tolist()
    with store.write() as db:
        db.executemany(
            "INSERT INTO counts (brand, measure, minute, source, n) VALUES (?, ?, ?, ?, 1)"
            " ON CONFLICT (brand, measure, minute, source) DO UPDATE SET n = n + 1",
            [
                (f"b{n}", measure, at - n % 4, f"s{n % SOURCES}")
                for n in some
                for measure in (("all", "negative") if n % 10 == 0 else ("all",))
            ],
        )
        changes.note(db, "counts", {f"b{n}": [at - n % 4] for n in some})
        for source in settings.sources:
            counts.heard(db, source.name, at - 1, at)


def _plain(store: Store, settings: Settings, now: datetime) -> float:
    """Return the milliseconds the plain recipe takes: counts over 5 minutes beside those of a week."""
    at = minute(now)
    query = (
        "WITH w AS (SELECT minute / 5 AS five, sum(n) AS n FROM counts WHERE brand = ? AND measure = ?"
        " AND minute >= ? GROUP BY 1) SELECT sum(n), sum(n * n), max(CASE WHEN five = ? THEN n END) FROM w"
    )

    def work() -> None:
        with store.read() as db:
            for brand in settings.brands:
                for measure in ("all", "negative"):
                    total, squares, newest = db.execute(
                        query, (brand.name, measure, at - 7 * 1440, at // 5)
                    ).fetchone()
                    mean = (total or 0) / 2016
                    deviation = max((squares or 0) / 2016 - mean * mean, 1e-9) ** 0.5
                    _ = ((newest or 0) - mean) / deviation > 3

    return _milliseconds(work)


def _milliseconds(work: Callable[[], object]) -> float:
    gc.collect()
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _verdict(times: list[float]) -> str:
    verdict = "met" if median(times) <= MOST_MS else "MISSED"
    return f"{median(times):.1f} ms, at worst {max(times):.1f} ms (at most {MOST_MS} ms: {verdict})"


def _resident() -> float:
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")
    lines = status.read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))

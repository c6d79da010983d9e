"""A slow burn: the last 24 hours hold far more than is usual for a whole day, though no minute is loud.

The window is compared with as long ones before it (`rules.days`), and it fires where z reaches the
bar *and* it holds clearly more than the busiest of the last days did. The bar alone would
take four days that were alike by luck for all there is; the busiest day tells how far this
brand goes without a crisis. Once three weeks are known, days count as they would have been on
this day of the week.

Hours that were not heard are in no baseline. The judged window is taken as it was heard:
what is missing could only add. Under three days of history both bars are twice as high, since
a history of weekends knows no Monday; with fewer than two days to compare with nothing fires.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt

from rules.days import DAY_HOURS, DAYS, WEEKDAYS_AFTER_DAYS, Usual, usual
from rules.hours import HOUR
from rules.series import anscombe, count_at, in_order, z_score
from rules.spare import Spare
from rules.surge import Track
from rules.triggers import Fact, Finding

CODE = "swell"
# A series is judged ahead so far, and so far behind, to be left alone meanwhile.
AHEAD, BEHIND = 6 * HOUR, 2 * HOUR
NEVER = 2**30
LEAST_DAYS = 2
AT_ONCE = 512
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "sensitive": {"z": 3.0, "above": 1.1, "among": 3, "least": 8},
    "quiet": {"z": 5.0, "above": 1.5, "among": 1, "least": 30},
}

Moments = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Options:
    """`z` is the bar; the window must hold `above` times as much as other days, and `least` mentions.

    Other days are the last `days`, less the `among` - 1 busiest (in proportion while fewer days
    are known). While less than `learning_for` is known, `z` and `above` are `learning_factor`
    times as high.
    """

    z: float = 3.5
    window: timedelta = timedelta(hours=24)
    above: float = 1.25
    days: int = 18
    among: int = 2
    least: int = 15
    learning_for: timedelta = timedelta(days=3)
    learning_factor: float = 2.0

    def __post_init__(self) -> None:
        hour = timedelta(hours=1)
        if not 0 < self.z <= 1000:
            raise ValueError(f"z must be above 0 and at most 1000, not {self.z}")
        if not hour <= self.window <= 48 * hour or self.window % hour:
            raise ValueError(f"window must be 1h to 48h in whole hours, not {self.window}")
        if not 1 <= self.above <= 100:
            raise ValueError(f"above must be 1 to 100, not {self.above}")
        if not LEAST_DAYS <= self.days <= DAYS:
            raise ValueError(f"days must be {LEAST_DAYS} to {DAYS}, not {self.days}")
        if not 1 <= self.among <= self.days:
            raise ValueError(f"among must be 1 to {self.days} (days), not {self.among}")
        if not 1 <= self.least <= 1_000_000:
            raise ValueError(f"least must be 1 to 1000000 (mentions), not {self.least}")
        if not timedelta(0) <= self.learning_for <= timedelta(days=DAYS):
            raise ValueError(f"learning_for must be 0 to {DAYS} days, not {self.learning_for}")
        if not 1 <= self.learning_factor <= 100:
            raise ValueError(f"learning_factor must be 1 to 100, not {self.learning_factor}")


def reach(options: Options) -> timedelta:
    """Return the widest window that a verdict looks at."""
    return options.window


def least(options: Options) -> tuple[timedelta, int]:
    """Return a span and how many mentions it must hold for any window to fire: as if none were usual."""
    return options.window, max(options.least, ceil(count_at(anscombe(0) + options.z) - 1e-6))


def judge(options: Options, track: Track, ends: npt.ArrayLike) -> tuple[Finding, ...]:
    """Return a finding for each window that fires, in the order of time."""
    at = in_order(ends)
    at = at[(at > track.since) & (at <= track.end)]
    counts = _counted(track, at, int(options.window.total_seconds()))
    likely = counts >= least(options)[1]
    at, counts = at[likely], counts[likely]
    found: list[Finding] = []
    hours = in_order(at[np.flatnonzero(np.diff(at // HOUR, prepend=-1))] // HOUR)
    for first in range(0, len(hours), AT_ONCE):
        some = hours[first : first + AT_ONCE]
        these = (at // HOUR >= some[0]) & (at // HOUR <= some[-1])
        found += _verdicts(options, track, at[these], counts[these], some)
    return tuple(found)


def spare(options: Options, track: Track, end: int) -> Spare:
    """Return how far the windows around `end` are from a swell.

    What is usual for them rests on hours that lie most of a day before. That learning raises
    the bars is left out of account, and where days of the week are about to count nothing is sure.
    """
    seconds, since, until = int(options.window.total_seconds()), end - BEHIND, end + AHEAD
    hours = np.arange(since // HOUR, until // HOUR + 1)
    known = usual(track.hours, hours, seconds // HOUR)
    settled = until - DAY_HOURS * HOUR
    if bool((np.abs(known.history - WEEKDAYS_AFTER_DAYS + 0.5) < 0.5).any()):
        return Spare(0, since, until, settled)
    need = np.array([_needed(options, known, row) for row in range(len(hours))])
    ends = np.arange(since // track.step * track.step, until + 1, track.step)
    lacking = need[ends // HOUR - hours[0]] - _counted_on(track, ends, seconds)
    return Spare(max(int(lacking.min()), 0), since, until, settled)


def _needed(options: Options, known: Usual, row: int) -> int:
    """Return how many mentions a window that ends in an hour must hold to fire, learnt or not."""
    busy = _busy(options, known.before[row, : options.days].tolist())
    if busy is None:
        return NEVER
    mean, deviation = float(known.mean[row]), float(known.deviation[row])
    by_z = bisect_left(range(NEVER), options.z, key=lambda n: z_score(n, mean, deviation))
    return max(options.least, ceil(options.above * busy), by_z)


def _busy(options: Options, before: Iterable[float]) -> float | None:
    """Return what the busiest of other days held, less those that may be busier; None of too few days."""
    heard = sorted((held for held in before if held >= 0), reverse=True)
    return heard[(options.among - 1) * len(heard) // options.days] if len(heard) >= LEAST_DAYS else None


def _counted_on(track: Track, ends: Moments, seconds: int) -> Moments:
    """Return the mentions of windows of which some end ahead of the track, where nothing is counted yet."""
    low = max((int(ends[0]) - seconds - track.start) // track.step, 0)
    sums = np.concatenate(([0], np.cumsum(track.counts[low:], dtype=np.int64)))
    after = (ends - track.start) // track.step - low
    before = np.clip(after - seconds // track.step, 0, len(sums) - 1)
    return np.asarray(sums[np.clip(after, 0, len(sums) - 1)] - sums[before])


def again(options: Options, finding: Finding) -> Finding | None:
    """Reach the verdict once more from what the finding froze; None where it does not fire."""
    return _verdict(options, int(finding.at.timestamp()), finding.evidence)


def _counted(track: Track, ends: Moments, seconds: int) -> Moments:
    """Return the mentions of the windows before these moments, each to the bucket."""
    if not ends.size:
        return ends
    first = max(int(ends[0]) - seconds, track.start)
    low = (first - track.start) // track.step
    high = (int(ends[-1]) - track.start) // track.step
    sums = np.concatenate(([0], np.cumsum(track.counts[low:high], dtype=np.int64)))
    after = (ends - track.start) // track.step - low
    held = sums[after] - sums[np.maximum(after - seconds // track.step, 0)]
    return np.asarray(held + _before(track, ends - seconds))


def _before(track: Track, begins: Moments) -> Moments:
    """Return what windows that begin at these moments hold before the buckets that are held."""
    if track.begins >= track.start or int(begins[0]) >= track.start:
        return np.zeros(len(begins), np.int64)
    first, hours = track.start // HOUR, track.hours
    sums = np.concatenate(([0], np.cumsum(hours.counts[: first - hours.start])))
    return np.asarray(sums[-1] - sums[np.clip(-(-begins // HOUR), hours.start, first) - hours.start])


def _verdicts(
    options: Options, track: Track, ends: Moments, counts: Moments, hours: Moments
) -> list[Finding]:
    width = int(options.window.total_seconds()) // HOUR
    known = usual(track.hours, hours, width)
    row = np.searchsorted(hours, ends // HOUR)
    scaled = 2 * np.sqrt(counts + 3 / 8)
    enough = (known.before >= 0).sum(axis=1) >= LEAST_DAYS
    high = enough[row] & (scaled >= known.mean[row] + (options.z - 1e-6) * known.deviation[row])
    found = []
    for end, count, place in zip(ends[high].tolist(), counts[high].tolist(), row[high].tolist(), strict=True):
        finding = _verdict(options, end, _evidence(options, track, end, count, known, place))
        found += [finding] if finding else []
    return found


def _evidence(
    options: Options, track: Track, end: int, count: int, known: Usual, row: int
) -> dict[str, Fact]:
    seconds = int(options.window.total_seconds())
    first = end - seconds
    # Before the buckets that are held there are hours only.
    first = first if first >= track.start else -(-first // HOUR) * HOUR
    return {
        "n_window": count,
        "seconds_window": seconds,
        "known_window": track.total(first, end).known,
        "m_window": float(known.mean[row]),
        "s_window": float(known.deviation[row]),
        "before": tuple(known.before[row, : options.days].tolist()),
        "by_weekday": bool(known.by_weekday[row]),
        "history_days": float(known.history[row]),
    }


def _verdict(options: Options, end: int, facts: Mapping[str, Any]) -> Finding | None:
    count, mean = facts["n_window"], facts["m_window"]
    z = z_score(count, mean, facts["s_window"])
    learning = facts["history_days"] < options.learning_for / timedelta(days=1)
    factor = options.learning_factor if learning else 1.0
    busy = _busy(options, facts["before"][: options.days])
    if busy is None or count < options.least:
        return None
    if z < options.z * factor or count < options.above * factor * busy:
        return None
    worked_out: dict[str, Fact] = {
        "z": z,
        "threshold": options.z * factor,
        "busy": busy,
        "learning": learning,
    }
    return Finding(
        code=CODE,
        at=datetime.fromtimestamp(end, UTC),
        span=timedelta(seconds=facts["seconds_window"]),
        observed=count,
        expected=count_at(mean),
        z=z,
        evidence={**facts, **worked_out},
    )

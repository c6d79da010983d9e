"""The mood turns: mean sentiment falls while as many write as ever.

The mentions of one window (6 hours) have a mean score. It is compared with those of the closed
windows of that length before it, the newest of which weigh most (half-life 14 days), and is
counted in deviations. The deviation is what the mood of this brand sways by, and beside it what
chance does to the mean of so few mentions: five grumpy posts are no shift. It fires where the
mean lies `z` deviations below, has fallen by `fall` at least, and the window is no emptier
than such windows are. A storm of mentions in the usual mood is none of its business.

What recurs each week is not news: once the same hours are known of two weeks or more, the
mean has to lie `fall` below theirs as well, and further than chance would take it.

Until three days are known the bar is half as high again; before one day nothing fires.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from rules.hours import HOUR, MEMORY_HOURS, Hours
from rules.series import HALF_LIFE, anscombe, count_at
from rules.spare import Spare, fewest
from rules.surge import Track
from rules.triggers import Fact, Finding

CODE = "shift"
# A series is judged so far behind, and half a window ahead, to be left alone meanwhile.
BEHIND = 2 * HOUR
Moments = npt.NDArray[np.int64]
MOOD = True
DAY = timedelta(days=1)
AN_HOUR, LONGEST = timedelta(hours=1), timedelta(days=2)
LEAST_HISTORY = DAY
# How far the scores of single mentions lie apart: between dull (0) and always extreme (1).
SPREAD = 0.5
# A window that holds so many mentions says half as much of what is usual as one that holds thousands.
HALF_SAID = 10
HEARD = 0.5
WEEK_HOURS, WEEKS, FEWEST_WEEKS, FEWEST_IN_WEEK = 7 * 24, 4, 2, 5
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "sensitive": {"z": 2.5, "fall": 0.1, "least": 12},
    "quiet": {"z": 4.0, "fall": 0.25, "least": 40},
}


@dataclass(frozen=True, slots=True)
class Options:
    """`z` is the bar, `fall` how far the mean (-1 to 1) must have fallen, `least` how many mentions it takes.

    `volume` is how many deviations the number of mentions may lie below what is usual for `window`.
    While less than `learning_for` is known, the bar is `learning_factor` times as high.
    """

    z: float = 3.0
    fall: float = 0.15
    least: int = 20
    window: timedelta = timedelta(hours=6)
    volume: float = 1.0
    learning_for: timedelta = timedelta(days=3)
    learning_factor: float = 1.5

    def __post_init__(self) -> None:
        if not 0 < self.z <= 1000:
            raise ValueError(f"z must be above 0 and at most 1000, not {self.z}")
        if not 0 < self.fall <= 2:
            raise ValueError(f"fall must be above 0 and at most 2, not {self.fall}")
        if not 1 <= self.least <= 1_000_000:
            raise ValueError(f"least must be 1 to 1000000 (mentions), not {self.least}")
        if not AN_HOUR <= self.window <= LONGEST or self.window % AN_HOUR:
            raise ValueError(f"window must be 1h to 48h in whole hours, not {self.window}")
        if not 0 <= self.volume <= 1000:
            raise ValueError(f"volume must be 0 to 1000 (deviations below usual), not {self.volume}")
        if not timedelta(0) <= self.learning_for <= timedelta(days=366):
            raise ValueError(f"learning_for must be 0 to 366 days, not {self.learning_for}")
        if not 1 <= self.learning_factor <= 100:
            raise ValueError(f"learning_factor must be 1 to 100, not {self.learning_factor}")


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for a window: its mean score, how far that strays, and (Anscombe) how many mentions."""

    mean: float = 0.0
    sway: float = 0.0
    volume: float = 0.0
    volume_deviation: float = 1.0
    history: timedelta = timedelta(0)


def reach(options: Options) -> timedelta:
    """Return the widest window that a verdict looks at."""
    return options.window


def least(options: Options) -> tuple[timedelta, int]:
    """Return a span and how many mentions must stand in it for any window to fire."""
    return options.window, options.least


def judge(options: Options, track: Track, ends: npt.ArrayLike) -> tuple[Finding, ...]:
    """Return a finding for each window in which the mood is low enough, in the order of time."""
    at, after = track.held(ends)
    if not at.size:
        return ()
    count, mood = _sums(options, track, after)
    told = count >= options.least
    at, low = at[told], mood[told] / (1000 * np.maximum(count[told], 1))
    width = int(options.window.total_seconds())
    closed = (at - width) // width
    found: list[Finding] = []
    # What is usual changes only as windows close, so many moments share it.
    for number in np.unique(closed).tolist():
        usual = _usual(track.hours, number * width // HOUR, width // HOUR)
        mine = closed == number
        high = at[mine][low[mine] <= usual.mean - options.fall]
        for end in high.tolist() if usual.history >= LEAST_HISTORY else ():
            verdict = _verdict(options, end, _evidence(options, track, end, usual))
            found += [verdict] if verdict else []
    return tuple(found)


def spare(options: Options, track: Track, end: int) -> Spare:
    """Return how far the windows around `end` are from a shift, were all that is to come of them furious.

    What is usual for them rests on hours that are older than half a window. What else it takes
    (volume, weeks, more than learning) only makes it rarer, and is left out of account.
    """
    width = int(options.window.total_seconds())
    since, until = end - min(BEHIND, width // 2), end + width // 2
    ends = np.arange(since // track.step * track.step, until + 1, track.step)
    count, mood = _sums_on(track, ends, width)
    closed = (ends - width) // width
    mean, sway = np.zeros(len(ends)), np.zeros(len(ends))
    for number in np.unique(closed).tolist():
        known = _usual(track.hours, number * width // HOUR, width // HOUR)
        mean[closed == number], sway[closed == number] = known.mean, known.sway

    def could(more: int) -> bool:
        held = np.maximum(count + more, 1)
        fall = np.maximum(options.fall, options.z * np.sqrt(sway**2 + SPREAD**2 / held))
        low = (mood / 1000 - more) / held
        return bool(((held >= options.least) & (low <= mean - fall + 1e-6)).any())

    return Spare(fewest(could), since, until, end - width // 2)


def again(options: Options, finding: Finding) -> Finding | None:
    """Reach the verdict once more from what the finding froze; None where it does not fire.

    How the mentions of a first visit or an import felt is not known apart. Where they are
    taken out of the count, the mean stands as long as they are the smaller part of it.
    """
    return _verdict(options, int(finding.at.timestamp()), finding.evidence)


def _sums(
    options: Options, track: Track, after: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return mentions and thousandths of the windows before these buckets."""
    width = max(round(options.window.total_seconds()) // track.step, 1)
    low = max(int(after[0]) - width, 0)
    here, begin = slice(low, int(after[-1])), np.maximum(after - width - low, 0)
    count, mood = (
        np.concatenate(([0], np.cumsum(values[here], dtype=np.int64)))
        for values in (track.counts, track.mood)
    )
    return count[after - low] - count[begin], mood[after - low] - mood[begin]


def _sums_on(track: Track, ends: Moments, seconds: int) -> tuple[Moments, Moments]:
    """Return mentions and thousandths of windows of which some end ahead of the track, as it is now."""
    low = max((int(ends[0]) - seconds - track.start) // track.step, 0)
    after = (ends - track.start) // track.step - low
    upper, lower = (np.clip(at, 0, track.size - low) for at in (after, after - seconds // track.step))
    count, mood = (
        np.concatenate(([0], np.cumsum(values[low:], dtype=np.int64)))
        for values in (track.counts, track.mood)
    )
    return count[upper] - count[lower], mood[upper] - mood[lower]


def _usual(hours: Hours, until: int, width: int) -> Usual:
    """Return what was usual for the closed windows of `width` hours before the hour `until`."""
    closed = min(until, hours.start + len(hours.counts)) // width
    first = width * max(-(-hours.start // width), closed - MEMORY_HOURS // width)
    number = closed - first // width
    if number < 1:
        return Usual()
    here = slice(first - hours.start, first - hours.start + number * width)
    known, count, mood = (
        values[here].reshape(-1, width).sum(axis=1) for values in (hours.known, hours.counts, hours.mood)
    )
    heard = known >= HEARD * width
    age = until // width - first // width - np.arange(number)
    fresh = np.exp2(-age * (width * HOUR / HALF_LIFE.total_seconds())) * heard
    spoke = np.maximum(count, 1)
    weight = fresh * count / (count + HALF_SAID)
    says = float(weight.sum())
    if not says:
        return Usual()
    means = mood / (1000 * spoke)
    mean = float((weight * means).sum()) / says
    strays = float((weight * (means - mean) ** 2).sum()) / says
    chance = float((weight * (SPREAD**2 / spoke)).sum()) / says
    scaled = 2 * np.sqrt(count / np.where(heard, known / width, 1.0) + 3 / 8)
    lasting = float(fresh.sum())
    volume = float((fresh * scaled).sum()) / lasting
    volume_strays = float((fresh * (scaled - volume) ** 2).sum()) / lasting
    return Usual(
        mean,
        sqrt(max(strays - chance, 0.0)),
        volume,
        sqrt(max(volume_strays, 1.0)),
        timedelta(hours=float(known[heard].sum())),
    )


def _weekly(hours: Hours, end: int, width: int) -> tuple[float, int]:
    """Return the mean score of the same hours of the last weeks, and of how many of them it is known.

    A window that ends within an hour lies between the two that end with one.
    """
    whole, part = end // HOUR - hours.start, end % HOUR / HOUR
    means = []
    for week in range(1, WEEKS + 1):
        until = whole - week * WEEK_HOURS
        if until < width or float(hours.known[until - width : until + 1].sum()) < HEARD * width:
            continue
        count, mood = (
            float(values[until - width : until].sum() + part * (values[until] - values[until - width]))
            for values in (hours.counts, hours.mood)
        )
        means += [mood / (1000 * count)] if count >= FEWEST_IN_WEEK else []
    return (sum(means) / len(means) if means else 0.0), len(means)


def _evidence(options: Options, track: Track, end: int, usual: Usual) -> dict[str, Fact]:
    seconds = int(options.window.total_seconds())
    held = track.total(end - seconds, end)
    weekly, weeks = _weekly(track.hours, end, seconds // HOUR)
    return {
        "n": held.count,
        "seconds": seconds,
        "known": held.known,
        "scored": held.count,
        "mood": held.mood,
        "usual_mood": usual.mean,
        "sway": usual.sway,
        "weekly_mood": weekly,
        "weeks": weeks,
        "usual_volume": usual.volume,
        "volume_deviation": usual.volume_deviation,
        "history_days": usual.history / DAY,
    }


def _verdict(options: Options, end: int, facts: Mapping[str, Any]) -> Finding | None:
    count, scored = facts["n"], facts["scored"]
    history = timedelta(days=facts["history_days"])
    learning = history < options.learning_for
    threshold = options.z * (options.learning_factor if learning else 1.0)
    if count < max(options.least, 1) or 2 * count < scored or history < LEAST_HISTORY:
        return None
    mean = facts["mood"] / (1000 * scored)
    fall = facts["usual_mood"] - mean
    z = fall / sqrt(facts["sway"] ** 2 + SPREAD**2 / count)
    volume = (anscombe(count / max(facts["known"], HEARD)) - facts["usual_volume"]) / facts[
        "volume_deviation"
    ]
    least = max(options.fall, options.z * SPREAD / sqrt(count))
    is_weekly = facts["weeks"] >= FEWEST_WEEKS and facts["weekly_mood"] - mean < least
    if fall < options.fall or z < threshold or volume < -options.volume or is_weekly:
        return None
    worked_out = {"mean_mood": mean, "volume_z": volume, "threshold": threshold, "learning": learning}
    return Finding(
        code=CODE,
        at=datetime.fromtimestamp(end, UTC),
        span=timedelta(seconds=facts["seconds"]),
        observed=count,
        expected=count_at(facts["usual_volume"]),
        z=z,
        evidence={**facts, **worked_out},
    )

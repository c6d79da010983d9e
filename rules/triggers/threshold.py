"""So many mentions in so short a time: for words that are never usual, such as *recall*.

Nothing is compared with the past, so it works from the first minute, and a half-heard window is
judged like any other: what is missing could only add. What is usual is told, and not asked.

Its z is no deviation but how far the bar is passed, on a scale that fits those of the other
triggers: 4 at the bar, 12 at three times as many. So an incident speaks again where the
mentions have tripled, and `crisis_when = { z = 12.0 }` means three times the bar.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from rules.hours import HOUR, MEMORY_HOURS
from rules.series import HALF_LIFE
from rules.surge import Track
from rules.triggers import Fact, Finding

CODE = "threshold"
AT_THE_BAR = 4.0
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=2)
# An hour says what is usual where at least half of it was heard.
HEARD = 0.5
PRESETS: Mapping[str, Mapping[str, Any]] = {"sensitive": {"count": 2}, "quiet": {"count": 6}}


@dataclass(frozen=True, slots=True)
class Options:
    """`count` mentions within `window` are the bar."""

    count: int = 3
    window: timedelta = timedelta(hours=1)

    def __post_init__(self) -> None:
        if not 1 <= self.count <= 1_000_000:
            raise ValueError(f"count must be 1 to 1000000 (mentions), not {self.count}")
        if not SHORTEST <= self.window <= LONGEST:
            raise ValueError(f"window must be 1m to 2d, not {self.window}")
        if self.window % SHORTEST:
            raise ValueError(f"window must be whole minutes, not {self.window}")


def reach(options: Options) -> timedelta:
    """Return the widest window that a verdict looks at."""
    return options.window


def least(options: Options) -> tuple[timedelta, int]:
    """Return a span and how many mentions must stand in it for any window to fire."""
    return options.window, options.count


def judge(options: Options, track: Track, ends: npt.ArrayLike) -> tuple[Finding, ...]:
    """Return a finding for each window that holds as many mentions as the bar asks for."""
    at, after = track.held(ends)
    if not at.size:
        return ()
    width = max(round(options.window.total_seconds()) // track.step, 1)
    low = max(int(after[0]) - width, 0)
    running = np.concatenate(([0], np.cumsum(track.counts[low : int(after[-1])], dtype=np.int64)))
    held = running[after - low] - running[np.maximum(after - width - low, 0)]
    found = (
        _verdict(options, end, _evidence(options, track, end)) for end in at[held >= options.count].tolist()
    )
    return tuple(finding for finding in found if finding)


def again(options: Options, finding: Finding) -> Finding | None:
    """Reach the verdict once more from what the finding froze; None where it does not fire."""
    return _verdict(options, int(finding.at.timestamp()), finding.evidence)


def _evidence(options: Options, track: Track, end: int) -> dict[str, Fact]:
    seconds = int(options.window.total_seconds())
    held = track.total(end - seconds, end)
    usual, history_days = _usual(track, end - seconds)
    return {
        "n": held.count,
        "seconds": seconds,
        "known": held.known,
        "usual": usual * seconds / HOUR,
        "history_days": history_days,
    }


def _usual(track: Track, before: int) -> tuple[float, float]:
    """Return how many mentions an hour usually brings, and on how many days that rests."""
    hours = track.hours
    until = max(before // HOUR - hours.start, 0)
    past = slice(max(until - MEMORY_HOURS, 0), until)
    known, counts = hours.known[past], hours.counts[past]
    weights = np.exp2(-np.arange(len(known), 0, -1) * (HOUR / HALF_LIFE.total_seconds())) * (known >= HEARD)
    heard = float((weights * known).sum())
    return (float((weights * counts).sum()) / heard if heard else 0.0), float(known.sum()) / 24


def _verdict(options: Options, end: int, facts: Mapping[str, Any]) -> Finding | None:
    if facts["n"] < options.count:
        return None
    worked_out = {"threshold": AT_THE_BAR, "count": options.count, "learning": False}
    return Finding(
        code=CODE,
        at=datetime.fromtimestamp(end, UTC),
        span=timedelta(seconds=facts["seconds"]),
        observed=facts["n"],
        expected=facts["usual"],
        z=AT_THE_BAR * facts["n"] / options.count,
        evidence={**facts, **worked_out},
    )

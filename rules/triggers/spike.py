"""A flash: far more mentions in a few minutes than is usual, and a surge rare in itself.

The windows of 5 and of 15 minutes before a moment are compared with those that went before,
and the smaller z-score counts: one loud minute is not enough, nor is a slow swell.
It fires where z reaches the bar *and* few of the last days saw a stronger surge.
Measured on ten brands, the second condition halves the false alarms and costs no event.

A history under three days may have met no evening and no weekend, so its deviation is
not to be trusted: until then the bar is half as high again (on a topic that was silent,
13 mentions instead of 7). With less than an hour of history nothing fires.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from rules.series import count_at, z_score
from rules.surge import LEAST_HISTORY, Track
from rules.triggers import Fact, Finding

CODE = "spike"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Options:
    """`z` is the bar; a surge must rank `among` the largest daily peaks of the last `days`.

    While less than `learning_for` is known, the bar is `learning_factor` times as high.
    """

    z: float = 4.0
    days: int = 18
    among: int = 3
    learning_for: timedelta = timedelta(days=3)
    learning_factor: float = 1.5

    def __post_init__(self) -> None:
        if not 0 < self.z <= 1000:
            raise ValueError(f"z must be above 0 and at most 1000, not {self.z}")
        if not 1 <= self.days <= 366:
            raise ValueError(f"days must be 1 to 366, not {self.days}")
        if not 1 <= self.among <= self.days:
            raise ValueError(f"among must be 1 to {self.days} (days), not {self.among}")
        if not timedelta(0) <= self.learning_for <= timedelta(days=366):
            raise ValueError(f"learning_for must be 0 to 366 days, not {self.learning_for}")
        if not 1 <= self.learning_factor <= 100:
            raise ValueError(f"learning_factor must be 1 to 100, not {self.learning_factor}")


def judge(options: Options, track: Track, ends: npt.ArrayLike) -> tuple[Finding, ...]:
    """Return a finding for each window that fires, in the order of time.

    A half-heard window is judged like any other: what is missing could only add.
    """
    at = np.unique(np.asarray(ends, np.int64))
    bucket = (at - track.start) // track.step - 1
    inside = (bucket >= 0) & (bucket < track.size)
    high = at[inside][track.rise[bucket[inside]] >= options.z]
    found = (_verdict(options, end, _evidence(options, track, end)) for end in high.tolist())
    return tuple(finding for finding in found if finding)


def again(options: Options, finding: Finding) -> Finding | None:
    """Reach the verdict once more from what the finding froze; None where it does not fire."""
    return _verdict(options, int(finding.at.timestamp()), finding.evidence)


def _evidence(options: Options, track: Track, end: int) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    for name, window in zip(("5", "15"), track.compare(end), strict=True):
        facts |= {
            f"n{name}": window.count,
            f"m{name}": window.mean,
            f"s{name}": window.deviation,
            f"seconds{name}": int(window.span.total_seconds()),
            f"known{name}": window.known,
            f"weight{name}": window.weight,
            f"history{name}_days": window.history / DAY,
        }
    return facts | {"peaks": track.peaks(end, options.days)}


def _verdict(options: Options, end: int, facts: Mapping[str, Any]) -> Finding | None:
    z5, z15 = (z_score(facts[f"n{name}"], facts[f"m{name}"], facts[f"s{name}"]) for name in ("5", "15"))
    z, decisive = min((z5, "5"), (z15, "15"), key=lambda score: score[0])
    history = min(facts["history5_days"], facts["history15_days"]) * DAY
    learning = history < options.learning_for
    threshold = options.z * (options.learning_factor if learning else 1.0)
    rank = 1 + sum(peak > z for peak in facts["peaks"][: options.days])
    if history < LEAST_HISTORY or z < threshold or rank > options.among:
        return None
    worked_out = {"z5": z5, "z15": z15, "threshold": threshold, "rank": rank, "learning": learning}
    return Finding(
        code=CODE,
        at=datetime.fromtimestamp(end, UTC),
        span=timedelta(seconds=facts[f"seconds{decisive}"]),
        observed=facts[f"n{decisive}"],
        expected=count_at(facts[f"m{decisive}"]),
        z=z,
        evidence={**facts, **worked_out, "history_days": history / DAY},
    )

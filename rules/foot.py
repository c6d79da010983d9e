"""What a track stands on when it holds its newest days only: the rest of its past, summed up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rules.hours import HOUR, Hours

DAY = 86_400
# Windows that end after midnight reach back behind it: so much is held in front of it, bucket by bucket.
RUN_UP = HOUR
HOURS_KEPT = 120 * 24
DAYS_KEPT = 366

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Foot:
    """Everything of a series before `start`, in sums; `since` is the midnight (UTC) that follows.

    `begins` is where the series began. `sums` holds a row for each length of window: weight,
    total, squares and number of the windows closed before `start`. `peaks` and `most` are the
    daily peaks of the days before `since`, the oldest first, and `hours` end at `start`.
    """

    since: int
    begins: int
    sums: Reals
    peaks: Reals
    most: Reals
    hours: Hours

    @property
    def start(self) -> int:
        """Where the buckets begin that a track on this foot holds."""
        return self.since - RUN_UP


def stands(step: int, width: int) -> bool:
    """Tell whether a track can be cut at midnight: where buckets and windows of all lengths begin."""
    return HOUR % (step * width) == 0 and DAY % step == 0


def newest(hours: Hours) -> Hours:
    """Return as many of the last hours as a foot keeps."""
    spare = max(len(hours.counts) - HOURS_KEPT, 0)
    return Hours(hours.start + spare, hours.counts[spare:], hours.known[spare:], hours.mood[spare:])


def joined(first: Hours, then: Hours) -> Hours:
    """Return the hours of the one and of the other, which begins where the first ends."""
    return Hours(
        first.start,
        np.concatenate((first.counts, then.counts)),
        np.concatenate((first.known, then.known)),
        np.concatenate((first.mood, then.mood)),
    )

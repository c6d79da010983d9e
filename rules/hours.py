"""The past of a series by the hour, and what a span of it adds up to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

HOUR = 3600
# What is usual is asked of so many of the last hours, though more of them may be held.
MEMORY_HOURS = 100 * 24


@dataclass(frozen=True, slots=True, eq=False)
class Hours:
    """A series by the hour (UTC). `start` is the number of the first hour since 1970.

    `known` is the share of each hour that was heard, 0 to 1, and `mood` adds up the sentiment of the
    mentions in thousandths. The last hour may be unfinished: what is to come of it is unknown.
    """

    start: int
    counts: npt.NDArray[np.int64]
    known: npt.NDArray[np.float64]
    mood: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Total:
    """What a span adds up to: mentions, the share of it that was heard, sentiment in thousandths."""

    count: int
    known: float
    mood: int


def by_the_hour(
    start: int,
    step: int,
    counts: npt.NDArray[np.int32],
    known: npt.NDArray[np.bool_],
    mood: npt.NDArray[np.int32],
) -> Hours:
    """Return buckets of `step` seconds by the hour; raise ValueError where they make no hours."""
    if HOUR % step:
        raise ValueError(f"buckets of {step} seconds make no hours")
    wide, lead = HOUR // step, start % HOUR // step
    size = -(-(lead + len(counts)) // wide) * wide

    def summed(values: npt.NDArray[np.generic]) -> npt.NDArray[np.int64]:
        padded = np.zeros(size, np.int64)
        padded[lead : lead + len(values)] = values
        return np.asarray(padded.reshape(-1, wide).sum(axis=1))

    return Hours(start // HOUR, summed(counts), summed(known) / wide, summed(mood))

"""Counts, and what is usual for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import sqrt

import numpy as np
import numpy.typing as npt

HALF_LIFE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is usual: decayed sums over closed windows, on the Anscombe scale.

    `weight` counts the windows, `total` adds up their counts and `squares` the squares of
    those. Sums are linear, so a late mention or an unknown window is put right by adding
    or taking its share at its age.
    """

    weight: float = 0.0
    total: float = 0.0
    squares: float = 0.0

    def after(self, count: int | None, decay: float) -> Baseline:
        """Return the baseline one window later; `decay` (0 to 1) is what the past keeps.

        An unknown window (None) only lets time pass.
        """
        kept = Baseline(self.weight * decay, self.total * decay, self.squares * decay)
        if count is None:
            return kept
        a = anscombe(count)
        return Baseline(kept.weight + 1, kept.total + a, kept.squares + a * a)

    @property
    def mean(self) -> float:
        """The usual count, on the Anscombe scale; 0 where nothing was heard yet."""
        return self.total / self.weight if self.weight else 0.0

    @property
    def deviation(self) -> float:
        """How far counts usually stray from the mean, on the Anscombe scale.

        Never under 1, the noise of chance on this scale: on a silent topic the second
        mention of the day is not a crisis.
        """
        if not self.weight:
            return 1.0
        return sqrt(max(self.squares / self.weight - self.mean * self.mean, 1.0))

    def z(self, count: int) -> float:
        """Return how many deviations `count` lies above what is usual; 0 without a past."""
        return z_score(count, self.mean, self.deviation) if self.weight else 0.0


def anscombe(count: float) -> float:
    """Put a count on the scale where chance alone deviates by about 1.

    Source: Anscombe, "The transformation of Poisson, binomial and
    negative-binomial data", Biometrika 35, 1948.
    """
    return 2 * sqrt(count + 3 / 8)


def count_at(scaled: float) -> float:
    """Return the count that `anscombe` puts at `scaled`; 0 for what lies below every count."""
    return max((scaled / 2) ** 2 - 3 / 8, 0.0) if scaled > 0 else 0.0


def z_score(count: float, mean: float, deviation: float) -> float:
    """Return how many deviations `count` lies above `mean` (both of these on the Anscombe scale)."""
    return (anscombe(count) - mean) / deviation


def decay_over(span: timedelta, half_life: timedelta = HALF_LIFE) -> float:
    """Return the share of its weight that the past keeps while `span` goes by."""
    return float(0.5 ** (span / half_life))


def in_order(moments: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return whole seconds in ascending order, each once; what is so already comes back as it is."""
    given = np.asarray(moments, np.int64).ravel()
    return given if (given[1:] > given[:-1]).all() else np.asarray(np.unique(given))

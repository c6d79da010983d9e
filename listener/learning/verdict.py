"""How a candidate fared on labels that it never saw, and whether that is a win.

It is measured twice: how much likelier it finds the right labels, label by label, and how much higher the
mean of accuracy, macro-F1 and negative recall is, both in standard deviations. A win: the right labels are
likelier, the mean is lower by no more than luck explains, and one of the two is better by more than luck.
A draw is no win.

Whoever labels at random teaches how often each label is given, and that alone may beat a lexicon. So a
candidate has to find the right labels likelier than whoever knows nothing but that, too, and by much.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

ENOUGH, TOO_FEW, ONLY_CORRECTIONS = "enough", "too few", "only corrections"
ONE_LABEL, NO_LEXICON = "one label", "no lexicon"
WON, NOT_BETTER, GUESSED = "won", "not better", "guessed"
# Standard deviations of the mean: one candidate in six that is no better looks so by luck.
BEYOND_LUCK = 1.0
# One set of random labels in seven hundred looks as if it had to do with the texts.
BEYOND_CHANCE = 3.0
_LEAST_SHARE = 1e-4


class LearnError(Exception):
    """Nothing can be learned or gone back to as asked; the text says why."""


@dataclass(frozen=True, slots=True)
class Fared:
    """How well labels were met, each counted as what it weighs; 0 to 1. None where no label is negative."""

    accuracy: float
    macro_f1: float
    negative_recall: float | None

    @property
    def mean(self) -> float:
        """All three as one: to miss what is negative costs a listener more than other errors do."""
        figures = [self.accuracy, self.macro_f1, self.negative_recall]
        known = [figure for figure in figures if figure is not None]
        return sum(known) / len(known)


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one language.

    `base` is the lexicon alone, `current` the version in force; all on labels that they never saw.
    `better` and `worse`: labels that only the candidate, or only what it had to beat, reads rightly;
    `luck` and `figures` as in Compared.
    """

    language: str
    verdict: str
    labels: int
    confirmed: int
    corrected: int
    missing: int = 0
    held_back: int = 0
    corrections_weigh: float = 1.0
    base: Fared | None = None
    current: Fared | None = None
    candidate: Fared | None = None
    better: int = 0
    worse: int = 0
    luck: float = 0.0
    figures: float = 0.0

    def as_row(self) -> Mapping[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Judged:
    """What one reader said of each label: a label by its place, and how likely the right one was."""

    truth: Sequence[int]
    weights: Sequence[float]
    said: Sequence[int]
    shares: Sequence[float]

    def fared(self) -> Fared:
        right = sum(w for t, w, s in self._all() if t == s)
        negatives = self._sum(truth=0)
        recall = self._sum(truth=0, said=0) / negatives if negatives else None
        f1 = [self._f1(label) for label in sorted(set(self.truth))]
        return Fared(
            round(right / sum(self.weights), 4),
            round(sum(f1) / len(f1), 4),
            None if recall is None else round(recall, 4),
        )

    def _f1(self, label: int) -> float:
        met = self._sum(truth=label, said=label)
        return 2 * met / (self._sum(truth=label) + self._sum(said=label))

    def _sum(self, truth: int | None = None, said: int | None = None) -> float:
        return sum(w for t, w, s in self._all() if truth in (None, t) and said in (None, s))

    def _all(self) -> zip[tuple[int, float, int]]:
        return zip(self.truth, self.weights, self.said, strict=True)


@dataclass(frozen=True, slots=True)
class Compared:
    """A candidate beside a rival: the labels that only one of them reads rightly, and how far it is ahead.

    `luck` is how much likelier the right labels are, `figures` how much higher the mean of the figures
    is; both in standard deviations.
    """

    better: int
    worse: int
    luck: float
    figures: float

    @property
    def is_lower(self) -> bool:
        """Tell whether its figures are lower by more than luck explains."""
        return self.figures < -BEYOND_LUCK

    @property
    def wins(self) -> bool:
        ahead = max(self.luck, self.figures) >= BEYOND_LUCK
        return ahead and self.luck > 0 and not self.is_lower


def compared(candidate: Judged, rival: Judged) -> Compared:
    """Return how a candidate compares with a rival on the same labels."""
    pairs = list(zip(candidate.truth, candidate.said, rival.said, strict=True))
    better = sum(said == truth != other for truth, said, other in pairs)
    worse = sum(other == truth != said for truth, said, other in pairs)
    luck = likelier(candidate.weights, candidate.shares, rival.shares)
    # As far as a coin would move it that is thrown for each label on which the two differ.
    by_luck = math.sqrt(max(better + worse, 1)) / len(pairs)
    higher = (candidate.fared().mean - rival.fared().mean) / by_luck
    return Compared(better, worse, round(luck, 2), round(higher, 2))


def likelier(weights: Sequence[float], shares: Sequence[float], others: Sequence[float]) -> float:
    """Return how much likelier the right labels are than to others, in standard deviations of the mean."""
    gained = [
        weight * math.log(max(new, _LEAST_SHARE) / max(old, _LEAST_SHARE))
        for weight, new, old in zip(weights, shares, others, strict=True)
    ]
    mean = sum(gained) / len(gained)
    spread = math.sqrt(sum((each - mean) ** 2 for each in gained))
    return mean * len(gained) / spread if spread > 1e-9 else 0.0

"""How a candidate fared on labels that it never saw, and whether that is a win.

A win: neither accuracy nor macro-F1 is lower, and of the labels that only one of the two reads rightly
so many more are the candidate's that luck alone would hardly do it. Luck is taken for a coin's: so many
standard deviations of the throws in which the two differ. A draw is no win.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

ENOUGH, TOO_FEW, ONLY_CORRECTIONS = "enough", "too few", "only corrections"
ONE_LABEL, NO_LEXICON = "one label", "no lexicon"
WON, NOT_BETTER = "won", "not better"
# Standard deviations: one throw in twenty looks so good by luck.
BEYOND_LUCK = 1.64


class LearnError(Exception):
    """Nothing can be learned or gone back to as asked; the text says why."""


@dataclass(frozen=True, slots=True)
class Fared:
    """How well labels were met, each counted as what it weighs; 0 to 1. None where no label is negative."""

    accuracy: float
    macro_f1: float
    negative_recall: float | None


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one language.

    `base` is the lexicon alone, `current` the version in force; all on labels that they never saw.
    `better` and `worse`: labels that only the candidate, or only what it had to beat, reads rightly.
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

    def as_row(self) -> Mapping[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Judged:
    """What one reader said of each label, by its place; `unsure` counts as neutral."""

    truth: Sequence[int]
    weights: Sequence[float]
    said: Sequence[int]

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


def compared(candidate: Judged, rival: Judged) -> tuple[bool, int, int, float]:
    """Return whether the candidate wins, on how many labels it alone is right or wrong, the deviations."""
    pairs = zip(candidate.truth, candidate.weights, candidate.said, rival.said, strict=True)
    alone = [
        (w if said == truth else -w) for truth, w, said, other in pairs if (said == truth) != (other == truth)
    ]
    spread = math.sqrt(sum(each * each for each in alone))
    luck = sum(alone) / spread if spread else 0.0
    new, old = candidate.fared(), rival.fared()
    wins = new.accuracy >= old.accuracy and new.macro_f1 >= old.macro_f1 and luck >= BEYOND_LUCK
    better = sum(each > 0 for each in alone)
    return wins, better, len(alone) - better, round(luck, 2)

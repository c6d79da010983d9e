"""Which places are near each other: NEAR over sorted positions, never over pairs.

A place is (first, last): the numbers of its first and last word, as people count them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from rules.terms import Gap

Place = tuple[int, int]
Places = Sequence[Place]


def chained(each: Sequence[Places], gaps: Sequence[Gap]) -> list[Places] | None:
    """Return of each part the places that are in a chain through all parts; None where there is no chain."""
    kept: list[Places] = [each[0]]
    for places, gap in zip(each[1:], gaps, strict=True):
        kept.append(_near(places, kept[-1], gap, after=True))
        if not kept[-1]:
            return None
    for i in range(len(gaps) - 1, -1, -1):
        kept[i] = _near(kept[i], kept[i + 1], gaps[i], after=False)
    return kept


def _near(places: Places, others: Places, gap: Gap, after: bool) -> Places:
    """Return the places that have one of the others near; an ordered gap says on which side it must be.

    `after` tells that these places belong to the part that is named after the others'.
    """
    lasts = sorted({last for _, last in others}) if after or not gap.ordered else []
    firsts = sorted({first for first, _ in others}) if not after or not gap.ordered else []
    return [
        (first, last)
        for first, last in places
        if (lasts and _has(lasts, first - 1 - gap.most, first - 1))
        or (firsts and _has(firsts, last + 1, last + 1 + gap.most))
    ]


def _has(numbers: Sequence[int], low: int, high: int) -> bool:
    """Tell whether one of the sorted numbers lies between two, both included."""
    i = bisect_left(numbers, low)
    return i < len(numbers) and numbers[i] <= high

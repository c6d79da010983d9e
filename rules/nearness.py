"""Which places are near each other: NEAR over sorted positions, never over pairs.

A place is (first, last): the numbers of its first and last word, as people count them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rules.terms import Gap

Place = tuple[int, int]
Numbers = NDArray[np.int64]

# Below so many, going through them one by one costs less than an array.
_FEW = 200


class Places:
    """Where something stands, in order, each place once."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.all: Sequence[Place] = sorted(set(places))

    def __len__(self) -> int:
        return len(self.all)

    @cached_property
    def firsts(self) -> Sequence[int]:
        return [first for first, _ in self.all]

    @cached_property
    def lasts(self) -> Sequence[int]:
        return sorted(last for _, last in self.all)

    @cached_property
    def arrays(self) -> tuple[Numbers, Numbers, Numbers]:
        """The firsts and the lasts side by side, and the lasts in order."""
        pairs = np.array(self.all, np.int64).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1], np.sort(pairs[:, 1])


def chained(each: Sequence[Places], gaps: Sequence[Gap]) -> list[Places] | None:
    """Return of each part the places that are in a chain through all parts; None where there is no chain."""
    kept = reached(each, gaps)
    if not kept[-1]:
        return None
    for i in range(len(gaps) - 1, -1, -1):
        kept[i] = _kept(kept[i], kept[i + 1], gaps[i], other_is_before=False)
    return kept


def reached(each: Sequence[Places], gaps: Sequence[Gap]) -> list[Places]:
    """Return of each part the places that a chain from the first part reaches."""
    kept = [each[0]]
    for places, gap in zip(each[1:], gaps, strict=True):
        kept.append(_kept(places, kept[-1], gap, other_is_before=True))
    return kept


def _kept(places: Places, others: Places, gap: Gap, other_is_before: bool) -> Places:
    """Return the places that have one of the others near.

    `other_is_before` tells that the others are of the part that is named first.
    """
    before = other_is_before or not gap.ordered
    after = not other_is_before or not gap.ordered
    if min(len(places), len(others)) > _FEW:
        return _kept_of_many(places, others, gap.most, before, after)
    lasts, firsts = others.lasts if before else (), others.firsts if after else ()
    return Places(
        (first, last)
        for first, last in places.all
        if _has(lasts, first - 1 - gap.most, first - 1) or _has(firsts, last + 1, last + 1 + gap.most)
    )


def _has(numbers: Sequence[int], low: int, high: int) -> bool:
    """Tell whether one of the sorted numbers lies between two, both included."""
    i = bisect_left(numbers, low)
    return i < len(numbers) and numbers[i] <= high


def _kept_of_many(places: Places, others: Places, most: int, before: bool, after: bool) -> Places:
    firsts, lasts, _ = places.arrays
    other_firsts, _, other_lasts = others.arrays
    good = np.zeros(len(places), bool)
    if before:
        good |= _have(other_lasts, firsts - 1 - most, firsts - 1)
    if after:
        good |= _have(other_firsts, lasts + 1, lasts + 1 + most)
    return places if good.all() else Places(places.all[i] for i in np.flatnonzero(good).tolist())


def _have(numbers: Numbers, low: Numbers, high: Numbers) -> NDArray[np.bool_]:
    found = np.searchsorted(numbers, low)
    return (found < len(numbers)) & (numbers[np.minimum(found, len(numbers) - 1)] <= high)

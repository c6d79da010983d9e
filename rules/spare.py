"""How far a rule is from firing: what lets a series be left alone until so much has come."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

MOST = 64


@dataclass(frozen=True, slots=True)
class Spare:
    """No window that ends between `since` and `until` (both included) fires with fewer than `mentions` more.

    That holds as long as nothing dated before `settled` changes, be it counts or what was
    heard. Times are seconds since 1970.
    """

    mentions: int
    since: int
    until: int
    settled: int = 0


def fewest(could: Callable[[int], bool]) -> int:
    """Return with how many more mentions something could fire, asked for up to `MOST` of them.

    What could fire with some must be able to with more.
    """
    return bisect_left(range(MOST), True, key=could)

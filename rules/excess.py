"""What the excess over usual consists of: each value of a facet with its share of what is too much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MOST = 5
LEAST = 0.05


@dataclass(frozen=True, slots=True)
class Driver:
    """A value of a facet: `count` mentions have it in the window, `usual` are usual for as long a time.

    `share` is what it makes of the whole excess, 0 to 1.
    """

    what: str
    count: int
    usual: float
    share: float


def drivers(
    counted: Mapping[str, float],
    usual: Mapping[str, float],
    excess: float,
    *,
    parts: bool = True,
    most: int = MOST,
    least: float = LEAST,
) -> tuple[Driver, ...]:
    """Return the values that make up the excess, the largest share first.

    `excess` is what the whole window has over its usual. A value that is rarer than usual explains
    nothing and is left out, as are trifles and the empty value (not known). Where others are rarer than
    usual, one value may rise by more than the whole: its share is 1. `parts` says that a mention
    has but one value: then the shares that are returned never add up to more than 1.
    """
    if excess <= 0:
        return ()
    shares = {
        what: min((count - usual.get(what, 0.0)) / excess, 1.0) for what, count in counted.items() if what
    }
    told = sorted(
        (what for what, share in shares.items() if share >= least),
        key=lambda what: (-shares[what], -counted[what], what),
    )[:most]
    whole = max(sum(shares[what] for what in told), 1.0) if parts else 1.0
    return tuple(
        Driver(what, round(counted[what]), round(usual.get(what, 0.0), 2), _down(shares[what] / whole))
        for what in told
    )


def expected(sample: Mapping[str, int], usual: float) -> dict[str, float]:
    """Return how many mentions with each value are usual: of `usual` in all, as `sample` is of the past."""
    whole = sum(sample.values())
    return {what: usual * count / whole for what, count in sample.items()} if whole else {}


def _down(share: float) -> float:
    # Rounded up, a sum of shares could come out above the whole.
    return int(share * 1000 + 1e-6) / 1000

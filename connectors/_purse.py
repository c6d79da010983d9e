"""A budget of asks that is counted anew every day: spread over it, with something left for bursts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from connectors._contract import SourceUnavailable

DAY = timedelta(days=1)
SHORTEST = timedelta(minutes=1)
AT_ONCE = 0.25  # the share that a burst may have at any time; the rest opens as the day passes


@dataclass(slots=True)
class Purse:
    """One budget: `spent` of `most` when so much of the day has passed."""

    most: int
    spent: int
    passed: timedelta

    @property
    def is_open(self) -> bool:
        return self.spent < self.most * (AT_ONCE + (1 - AT_ONCE) * (self.passed / DAY))

    @property
    def left_of_day(self) -> timedelta:
        return max(DAY - self.passed, SHORTEST)

    @property
    def wait(self) -> timedelta:
        """Return how long until one more may be spent."""
        if self.spent >= self.most:
            return self.left_of_day
        opens = DAY * max(((self.spent + 1) / self.most - AT_ONCE) / (1 - AT_ONCE), 0.0)
        return min(max(opens - self.passed, SHORTEST), self.left_of_day)

    def take(self) -> None:
        """Pay for an ask; raise SourceUnavailable where nothing is left for now."""
        if not self.is_open:
            raise SourceUnavailable(f"what the day's quota of {self.most:,} gives so far is spent", self.wait)
        self.spent += 1

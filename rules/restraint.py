"""What a team asked a rule to keep for later: quiet hours, and a budget of alarms. Only a crisis breaks them.

Nothing here forgets a finding: it says whether it may be told now, and if not, since when it may.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY = 24 * 60
WEEK = 7 * DAY
EVERY_DAY = frozenset(range(7))
QUIET, BUDGET = "quiet hours", "budget"


@dataclass(frozen=True, slots=True)
class Hours:
    """A span of the local clock, from minute `start` to minute `end` of the day (1440 is midnight).

    An `end` that is not after `start` lies on the day after. `days` are those it begins on; Monday is 0.
    """

    start: int
    end: int
    days: frozenset[int] = EVERY_DAY

    @property
    def minutes(self) -> int:
        return self.end - self.start if self.end > self.start else self.end - self.start + DAY


@dataclass(frozen=True, slots=True)
class Held:
    """Why something is not told now, and until when: `quiet hours` or `budget`."""

    why: str
    until: datetime


def fills_the_week(hours: Iterable[Hours]) -> bool:
    """Tell whether the hours leave no minute of the week in which anything could be told."""
    taken = bytearray(WEEK)
    for span in hours:
        for day in span.days:
            first = day * DAY + span.start
            for minute in range(first, first + span.minutes):
                taken[minute % WEEK] = 1
    return all(taken)


def quiet_until(hours: Sequence[Hours], at: datetime, zone: tzinfo) -> datetime | None:
    """Return when the quiet hours that hold at `at` are over (UTC), None where none hold.

    Spans that touch are one. Where a clock is set back the later of the two moments ends a
    span and the earlier begins it; a moment that a clock skips is the one an hour later.
    """
    until = at
    # What follows without a break for a week has no end: the configuration refuses it.
    for _ in range(8 * max(len(hours), 1)):
        further = max((end for end in _ends(hours, until, zone)), default=until)
        if further <= until:
            break
        until = further
    return until if until > at else None


def _ends(hours: Iterable[Hours], at: datetime, zone: tzinfo) -> Iterable[datetime]:
    today = at.astimezone(zone).date()
    for span in hours:
        # A span of yesterday may still last, and in the hours around a change of clocks the dates shift.
        for day in (today - timedelta(days=2), today - timedelta(days=1), today):
            if day.weekday() in span.days:
                first = _moment(day, span.start, zone, fold=0)
                last = _moment(day, span.start + span.minutes, zone, fold=1)
                if first <= at < last:
                    yield last


def _moment(day: date, minute: int, zone: tzinfo, *, fold: int) -> datetime:
    days, minute = divmod(minute, DAY)
    local = datetime.combine(day + timedelta(days=days), time(minute // 60, minute % 60))
    early, late = (local.replace(tzinfo=zone, fold=n).utcoffset() or timedelta(0) for n in (0, 1))
    # Where the clock is set back the offset shrinks, and the folds are two moments; else there is one.
    return (local - (late if fold and late < early else early)).replace(tzinfo=UTC)


def spent_until(most: int, within: timedelta, told: Sequence[datetime], at: datetime) -> datetime | None:
    """Return when the budget lets one more be told, None where it does now. `told` are earlier tellings."""
    inside = sorted(moment for moment in told if at - within < moment <= at)
    return inside[-most] + within if len(inside) >= most else None

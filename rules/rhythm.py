"""The rhythm of a source, and the silence that breaks it.

What is kept of a rhythm is small, however busy the source: for each of the last days on
which anything arrived, how many items did and the longest silence that one of them ended.
Nights, weekends and holidays are in there as the silences they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

MOST_DAYS = 30
FEWEST_ITEMS = 10
FEWEST_DAYS = 4
KNOWN_AFTER = timedelta(days=3)
WEEK_KNOWN_AFTER = timedelta(days=8)
WEEKENDS_KNOWN_AFTER = timedelta(days=15)
SHORTEST_BEFORE_A_WEEK = timedelta(days=4)


@dataclass(frozen=True, slots=True)
class Patience:
    """How much silence is let pass: `factor` times the longest usual one, and never less than `shortest`."""

    factor: float = 3.0
    shortest: timedelta = timedelta(hours=3)


USUAL = Patience()


@dataclass(frozen=True, slots=True)
class Day:
    """One day (UTC, counted from year 1) on which items arrived, and the longest silence ended on it."""

    number: int
    items: int
    longest: timedelta


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When items arrived: the first and the last of all, and the newest days, oldest first."""

    first_at: datetime | None = None
    last_at: datetime | None = None
    days: tuple[Day, ...] = ()


def after(rhythm: Rhythm, arrivals: Iterable[datetime]) -> Rhythm:
    """Return the rhythm with more arrivals (UTC). What is older than the last one known says nothing new."""
    last = rhythm.last_at
    fresh = sorted(at for at in arrivals if last is None or at > last)
    if not fresh:
        return rhythm
    days = {day.number: day for day in rhythm.days}
    for number, group in groupby(fresh, key=lambda at: at.astimezone(UTC).toordinal()):
        day = days.get(number, Day(number, 0, timedelta(0)))
        items, longest = day.items, day.longest
        for at in group:
            if last is not None and at - last > longest:
                longest = at - last
            items, last = items + 1, at
        days[number] = Day(number, items, longest)
    newest = tuple(days[number] for number in sorted(days))[-MOST_DAYS:]
    return Rhythm(rhythm.first_at or fresh[0], last, newest)


def patience(rhythm: Rhythm, asked: Patience = USUAL) -> timedelta | None:
    """Return how long a silence after the last item is still usual; None while that is not known."""
    if rhythm.first_at is None or rhythm.last_at is None:
        return None
    silences = sorted((day.longest for day in rhythm.days), reverse=True)
    items = sum(day.items for day in rhythm.days)
    return allowed(asked, rhythm.last_at - rhythm.first_at, silences, len(rhythm.days), items)


def allowed(
    asked: Patience, known: timedelta, silences: Sequence[timedelta], days: int, items: int
) -> timedelta | None:
    """Return how long a silence is still usual by the longest ones there were, the longest of all first.

    `known` is for how long they have been listened to, and on how many of its `days` how many `items` came.
    Once two weekends are known the longest single silence is left out: it may have been a failure
    itself. Before a whole week is known nobody can tell a weekend from a death, so it takes days.
    """
    if known < KNOWN_AFTER or days < FEWEST_DAYS or items < FEWEST_ITEMS:
        return None
    usual = silences[min(int(known >= WEEKENDS_KNOWN_AFTER), len(silences) - 1)]
    shortest = asked.shortest if known >= WEEK_KNOWN_AFTER else max(asked.shortest, SHORTEST_BEFORE_A_WEEK)
    return max(asked.factor * usual, shortest)


def quiet_at(rhythm: Rhythm, asked: Patience = USUAL) -> datetime | None:
    """Return the moment from which silence is not usual any more; None while that is not known."""
    still = patience(rhythm, asked)
    if rhythm.last_at is None or still is None:
        return None
    try:
        return rhythm.last_at + still
    except OverflowError:
        return None


def written(rhythm: Rhythm) -> str:
    """Return the rhythm as one short line, to be kept."""
    if rhythm.first_at is None or rhythm.last_at is None:
        return ""
    days = (f"{day.number}:{day.items}:{round(day.longest.total_seconds())}" for day in rhythm.days)
    return " ".join([_seconds(rhythm.first_at), _seconds(rhythm.last_at), *days])


def read(line: str) -> Rhythm:
    """Return the rhythm of a line that `written` made; one that makes no sense is as good as none."""
    try:
        first, last, *days = line.split()
        held = (tuple(map(int, day.split(":"))) for day in days)
        told = tuple(Day(number, items, timedelta(seconds=longest)) for number, items, longest in held)
        return Rhythm(_moment(first), _moment(last), told)
    except (ValueError, OverflowError):
        return Rhythm()


def _seconds(at: datetime) -> str:
    return str(round(at.timestamp()))


def _moment(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)

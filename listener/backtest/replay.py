"""The stored history through today's rules, in event time: what would have opened, and when.

Each window is judged by what lies before it alone, by the same triggers, weights and gates as in the
daemon, and nothing is changed. Two things differ by intent: what was imported or came with a first
visit is replayed as if it had been heard then, and since nobody closes an incident here, after
24 hours of calm the next finding opens a new one. A source that joined others later was
judged apart until it had three days of its own, and so it is here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from listener import evidence, tracks
from listener.backtest.lived import Lived, Opened, Tally, Telling, restrained
from listener.config import Rule, Settings
from listener.intake import measure_of
from listener.store import Store, counts
from listener.store.counts import IMPORT
from listener.store.times import at_minute, minute
from listener.tracks import LEARNS_FOR, SHARES_OVER, Group
from rules.surge import Track
from rules.triggers import Finding, asks_mood, load

A_DAY, A_WEEK = 24 * 60, 7 * 24 * 60
STEP, FOREVER = 14 * A_DAY, 2**40
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is replayed: between two moments, for which brands and rules; all where none is named."""

    since: datetime | None = None
    until: datetime | None = None
    brands: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay came to, in the order of time. `spans` are the moments it went over, brand by brand."""

    opened: tuple[Opened, ...]
    tellings: tuple[Telling, ...]
    tallies: dict[tuple[str, str], Tally]
    spans: dict[str, tuple[datetime, datetime]]
    rules: tuple[Rule, ...]

    def weeks(self, brand: str | None = None) -> float:
        """Return the weeks replayed, those of all brands added up where none is named."""
        spans = self.spans.values() if brand is None else [self.spans[brand]] * (brand in self.spans)
        return sum((last - first) / WEEK for first, last in spans)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Minutes [first, last) over which the same sources were judged together."""

    first: int
    last: int
    groups: tuple[Group, ...]


def replay(
    store: Store,
    settings: Settings,
    asked: Asked = Asked(),
    progress: Callable[[int], None] = lambda _: None,
) -> Replayed:
    """Return what would have opened; `progress` is told of each day that was judged by a rule."""
    rules = _rules(settings, asked)
    lives: dict[str, Lived] = {}
    spans: dict[str, tuple[datetime, datetime]] = {}
    for brand in _brands(settings, asked):
        with store.read() as db:
            if span := _span(db, settings, brand, asked):
                lives[brand] = _brand(db, settings, brand, _of(rules, brand), span, progress)
                spans[brand] = at_minute(span[0]), at_minute(span[1])
    tellings = [telling for lived in lives.values() for telling in lived.tellings]
    restraint = restrained(tellings, rules, settings.timezone)
    held = {(t.brand, t.at, t.rule): t.held for t in restraint}
    every = (o for lived in lives.values() for o in lived.opened)
    opened = [replace(o, held=held.get((o.brand, o.finding.at, o.rule), "")) for o in every]
    return Replayed(
        tuple(sorted(opened, key=lambda o: o.finding.at)),
        tuple(restraint),
        {(brand, rule): tally for brand, lived in lives.items() for rule, tally in lived.tallies.items()},
        spans,
        rules,
    )


def days_of(store: Store, settings: Settings, asked: Asked) -> int:
    """Return how many days by how many rules a replay goes over: what its progress adds up to, about."""
    rules = _rules(settings, asked)
    days = 0
    with store.read() as db:
        for brand in _brands(settings, asked):
            if span := _span(db, settings, brand, asked):
                days += len(_of(rules, brand)) * -(-(span[1] - span[0]) // A_DAY)
    return days


def _rules(settings: Settings, asked: Asked) -> tuple[Rule, ...]:
    return tuple(rule for rule in settings.rules if not asked.rules or rule.name in asked.rules)


def _brands(settings: Settings, asked: Asked) -> list[str]:
    return [b.name for b in settings.brands if not asked.brands or b.name in asked.brands]


def _of(rules: Iterable[Rule], brand: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in rules if rule.brand in (None, brand))


def _span(db: sqlite3.Connection, settings: Settings, brand: str, asked: Asked) -> tuple[int, int] | None:
    """Return the minutes to judge: from the first mention to the last, or to when last was listened."""
    newest, oldest = counts.newest(db, brand), counts.oldest(db, brand)
    if newest is None or oldest is None:
        return None
    heard = [last for s in settings.sources for _, last in counts.coverage(db, s.name, newest, FOREVER)]
    last = max([newest + 2, *heard])
    last = min(last, minute(asked.until)) if asked.until else last
    first = max(oldest, minute(asked.since)) if asked.since else oldest
    return (first, last) if first < last else None


def _brand(
    db: sqlite3.Connection,
    settings: Settings,
    brand: str,
    rules: Sequence[Rule],
    span: tuple[int, int],
    progress: Callable[[int], None],
) -> Lived:
    lived = Lived(brand, evidence.Scales(db, settings, brand, news=False).weigh)
    names = [source.name for source in settings.sources]
    triggers = {rule.name: load(rule.trigger) for rule in rules}
    for stretch in _stretches(db, brand, names, *span):
        loaded = [_tracks(db, group, stretch, rules) for group in stretch.groups]
        for first, last in _steps(stretch):
            found: list[tuple[Finding, Rule]] = []
            ends = 60 * np.arange(first + 1, last + 1)
            for rule in rules:
                for held in loaded:
                    judged = triggers[rule.name].judge(rule.options, held[measure_of(rule)], ends)
                    found += [(finding, rule) for finding in judged]
                progress(-(-(last - first) // A_DAY))
            lived.feed(found)
    return lived


def _steps(stretch: Stretch) -> Iterator[tuple[int, int]]:
    """Cut a stretch, so that what is found in it never fills the memory, and a bar moves."""
    for first in range(stretch.first, stretch.last, STEP):
        yield first, min(first + STEP, stretch.last)


def _stretches(
    db: sqlite3.Connection, brand: str, names: Sequence[str], first: int, last: int
) -> Iterator[Stretch]:
    """Yield the stretches of [first, last): a new one where a source had been heard for long enough.

    Sources are sorted anew each hour, as the daemon does.
    """
    grown = {name: _grown(db, name) for name in names}
    edges = sorted({at for at in grown.values() if at is not None and first < at < last})
    for begin, end in zip([first, *edges], [*edges, last], strict=True):
        old = [name for name in names if (at := grown[name]) is not None and at <= begin]
        main = tuple(old or names)
        brought = counts.per_source(db, brand, "all", begin, end) if len(main) < len(names) else {}
        groups = [Group(brand, (*main, IMPORT))]
        groups += [Group(brand, (name,), True) for name in names if name not in main and name in brought]
        yield Stretch(begin, end, tuple(groups))


def _grown(db: sqlite3.Connection, source: str) -> int | None:
    """Return the minute, a whole hour, at which the source had been heard long enough to be compared."""
    left = int(LEARNS_FOR.total_seconds() // 60)
    for first, last in counts.coverage(db, source, 0, FOREVER):
        if last - first >= left:
            return -(-(first + left) // 60) * 60
        left -= last - first
    return None


def _tracks(
    db: sqlite3.Connection, group: Group, stretch: Stretch, rules: Iterable[Rule]
) -> dict[str, Track]:
    """Return the series of a group by measure, from where the brand was first heard to the stretch's end."""
    oldest = counts.oldest(db, group.brand)
    starts = [low for name in group.sources for low, _ in counts.coverage(db, name, 0, stretch.last)[:1]]
    first = min([stretch.first, *starts, *([] if oldest is None else [oldest])])
    known = _known(db, group, first, stretch)
    moods = {measure_of(rule): False for rule in rules}
    moods |= {measure_of(rule): True for rule in rules if asks_mood(rule.trigger)}
    made = {}
    for measure, asked in moods.items():
        n = tracks.counted(db, group, measure, first, stretch.last)
        mood = tracks.felt(db, group, measure, first, stretch.last) if asked else None
        made[measure] = Track(first * 60, 60, n, known, mood)
    return made


def _known(db: sqlite3.Connection, group: Group, first: int, stretch: Stretch) -> tracks.Flags:
    """Return what was heard of each minute, by what the sources brought before it.

    When a source joins, the whole past is looked at anew by what each brought until then. What sources
    bring is asked for week by week, and where all of them were heard it does not matter.
    """
    known = np.ones(stretch.last - first, np.bool_)
    weeks = range(stretch.first, stretch.last, A_WEEK)
    for low, high in pairwise([first, *weeks, stretch.last]):
        if low < high and not all(_heard(db, name, low, high) for name in group.sources if name != IMPORT):
            then = replace(group, shares=_shares(db, group, max(low, stretch.first), high))
            known[low - first : high - first] = tracks.known(db, then, low, high)
    return known


def _heard(db: sqlite3.Connection, source: str, first: int, last: int) -> bool:
    return counts.coverage(db, source, first, last) == [(first, last)]


def _shares(db: sqlite3.Connection, group: Group, at: int, until: int) -> dict[str, float]:
    """Return what each source brought in the two weeks before a minute, or after it where that is nothing."""
    names = [name for name in group.sources if name != IMPORT]
    for first, last in ((at - int(SHARES_OVER.total_seconds() // 60), at), (at, until)):
        brought = counts.per_source(db, group.brand, "all", first, last)
        if total := sum(brought.get(name, 0) for name in names):
            return {name: brought[name] / total for name in names if brought.get(name)}
    return dict.fromkeys(names, 1 / max(len(names), 1))

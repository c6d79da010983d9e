"""The series that rules are judged on, read from the store: counts per minute, and what is known.

A minute is known for a brand when the sources that brought most of its mentions were heard
in it, or when it was imported whole. A source too new to be compared with the brand's past
is judged in a series of its own, unless all of the brand's sources are that new.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from listener.store import counts
from listener.store.counts import IMPORT
from rules.foot import Foot
from rules.surge import Track

# What is older weighs a billionth of what is new, thirty half-lives back.
MEMORY = timedelta(days=420)
LEARNS_FOR = timedelta(days=3)
SHARES_OVER = timedelta(days=14)
ENOUGH = 0.8
MINUTES_A_DAY = 24 * 60

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Group:
    """Sources that are judged together for a brand. `shares` add up to 1: what each brings of it."""

    brand: str
    sources: tuple[str, ...]
    learning: bool = False
    shares: Mapping[str, float] = field(default_factory=dict, compare=False)


def groups(db: sqlite3.Connection, brand: str, names: Sequence[str], minute: int) -> tuple[Group, ...]:
    """Return the groups of a brand's sources at a minute, the brand's own series first."""
    grown = [name for name in names if _age(db, name, minute) >= LEARNS_FOR]
    return sorted_by(db, brand, names, grown, minute)


def sorted_by(
    db: sqlite3.Connection, brand: str, names: Sequence[str], grown: Sequence[str], minute: int
) -> tuple[Group, ...]:
    """Return the groups of a brand's sources, of which the grown ones were heard for long enough."""
    main = list(grown) or list(names)
    brought = counts.by_source(db, brand, minute - int(SHARES_OVER.total_seconds() // 60))
    own = Group(brand, (*main, IMPORT), shares=_shares(main, brought))
    old = set(main)
    apart = (name for name in names if name not in old and name in brought)
    return (own, *(Group(brand, (name,), True, {name: 1.0}) for name in apart))


def _age(db: sqlite3.Connection, source: str, minute: int) -> timedelta:
    spans = counts.coverage(db, source, 0, minute + 1)
    return timedelta(minutes=sum(last - first for first, last in spans))


def _shares(names: Sequence[str], brought: Mapping[str, int]) -> dict[str, float]:
    total = sum(brought.get(name, 0) for name in names)
    if not total:
        return {name: 1 / len(names) for name in names}
    return {name: brought[name] / total for name in names if brought.get(name)}


def known(db: sqlite3.Connection, group: Group, first: int, last: int) -> Flags:
    """Return for each minute of [first, last) whether the group's counts can be believed."""
    heard = np.zeros(last - first)
    for source, share in group.shares.items():
        for low, high in counts.coverage(db, source, first, last):
            heard[low - first : high - first] += share
    flags = heard >= ENOUGH - 1e-9
    if IMPORT in group.sources:
        for low, high in counts.known(db, group.brand, first, last):
            flags[low - first : high - first] = True
    return np.asarray(flags, np.bool_)


def counted(
    db: sqlite3.Connection, group: Group, measure: str, first: int, last: int
) -> npt.NDArray[np.int64]:
    """Return the group's mentions in each minute of [first, last)."""
    found = np.zeros(last - first, np.int64)
    for minute, n in counts.load(db, group.brand, measure, first, last, group.sources):
        found[minute - first] = n
    return found


def felt(db: sqlite3.Connection, group: Group, measure: str, first: int, last: int) -> npt.NDArray[np.int64]:
    """Return the mood of the group's mentions in each minute of [first, last), in thousandths."""
    found = np.zeros(last - first, np.int64)
    for minute, thousandths in counts.moods(db, group.brand, measure, first, last, group.sources):
        found[minute - first] = thousandths
    return found


def load(
    db: sqlite3.Connection,
    group: Group,
    measure: str,
    last: int,
    memory: timedelta | None = MEMORY,
    *,
    mood: bool = False,
) -> Track:
    """Return the series of a group up to the minute `last` (exclusive), as far back as memory goes.

    The mood of its mentions is read only where it is asked for.
    """
    oldest = counts.oldest(db, group.brand)
    first = min(last - 1, last - MINUTES_A_DAY if oldest is None else oldest)
    starts = [low for name in group.sources for low, _ in counts.coverage(db, name, 0, last)[:1]]
    first = min([first, *starts])
    if memory is not None:
        first = max(first, last - int(memory.total_seconds() // 60))
    return _held(db, group, measure, first, last, mood, None)


def load_on(
    db: sqlite3.Connection, group: Group, measure: str, last: int, foot: Foot, *, mood: bool = False
) -> Track:
    """Return the series of a group up to the minute `last`, of which all before the foot is known already."""
    return _held(db, group, measure, foot.start // 60, last, mood, foot)


def _held(
    db: sqlite3.Connection, group: Group, measure: str, first: int, last: int, mood: bool, foot: Foot | None
) -> Track:
    return Track(
        first * 60,
        60,
        counted(db, group, measure, first, last),
        known(db, group, first, last),
        felt(db, group, measure, first, last) if mood else None,
        foot,
    )


def renew(
    db: sqlite3.Connection, track: Track, group: Group, measure: str, spans: Iterable[tuple[int, int]]
) -> npt.NDArray[np.int64]:
    """Read the minutes of the spans anew; return the ends of the windows that this changes."""
    floor = track.since // 60
    ends = [np.zeros(0, np.int64)]
    for low, high in _joined(spans):
        first = max(low, floor)
        if first < high:
            minutes = np.arange(first, high)
            ends.append(
                track.recount(
                    minutes * 60,
                    counted(db, group, measure, first, high),
                    known(db, group, first, high),
                    felt(db, group, measure, first, high) if track.moody else None,
                )
            )
    return np.unique(np.concatenate(ends))


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans in order, those that touch made one."""
    joined: list[tuple[int, int]] = []
    for low, high in sorted(spans):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    return joined

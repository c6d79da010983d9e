"""Which mentions are the first of somebody, or of a story: the measures that count each only once.

A mention is an author's first where the author wrote none about the brand in the 24 hours before;
it is a story's first where no earlier one of the brand tells it. Whether one is depends only
on what lies before it (by minute, source and key), so it does not matter in which order they
came: a late one takes the place of the one that was first until then. Kept only for the
measures that a rule asks for.
"""

from __future__ import annotations

import sqlite3
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from listener.store.moods import MOOD

AUTHOR, STORY = "author", "story"
# An author is new again after a day, a story never.
AGAIN_AFTER = {AUTHOR: 24 * 60, STORY: 2**40}


@dataclass(frozen=True, slots=True)
class Shift:
    """What is to be added to the counts of a minute, which may be less than nothing."""

    brand: str
    measure: str
    minute: int
    source: str
    n: int
    old: int
    mood: int


@dataclass(frozen=True, slots=True)
class Told:
    """One mention of somebody or of a story, in the order in which the first of them is looked for."""

    minute: int
    source: str
    key: str
    id: int
    mood: int
    old: int
    is_first: bool
    is_new: bool = False

    @property
    def place(self) -> tuple[int, str, str]:
        return self.minute, self.source, self.key


class Countable(Protocol):
    """A mention that is counted; `mentions.Row` is one."""

    @property
    def key(self) -> str: ...
    @property
    def author(self) -> str: ...
    @property
    def minute(self) -> int: ...
    @property
    def counted(self) -> bool: ...
    @property
    def mood(self) -> int: ...
    @property
    def firsts(self) -> Mapping[str, Sequence[tuple[str, str]]]: ...


def folded(author: str) -> str:
    """Return a name as it is compared: neither capitals nor the way an accent is written count."""
    return unicodedata.normalize("NFC", author.strip().casefold())


def add(
    db: sqlite3.Connection, source: str, stored: Iterable[tuple[Countable, int, int]], *, history: bool
) -> list[Shift]:
    """Take down stored mentions (row, number, story), and return what that adds to the counts and takes away."""
    groups: defaultdict[tuple[str, str, str, str], list[Told]] = defaultdict(list)
    for row, number, story in stored:
        if row.counted and row.firsts:
            told = Told(row.minute, source, row.key, number, row.mood, int(history), True, True)
            for brand, wanted in row.firsts.items():
                for measure, by in wanted:
                    who = folded(row.author) if by == AUTHOR else str(story)
                    groups[measure, brand, who, by].append(told)
    return [shift for group, new in groups.items() for shift in _added(db, group, new)]


def _added(db: sqlite3.Connection, group: tuple[str, str, str, str], new: Sequence[Told]) -> list[Shift]:
    measure, brand, who, by = group
    shifts: list[Shift] = []
    before: Told | None = None
    for one in sorted([*_near(db, group, new), *new], key=lambda told: told.place):
        alone = before is None or one.minute - before.minute >= AGAIN_AFTER[by]
        before, sign = one, (1 if alone else 0) if one.is_new else -1 if one.is_first and not alone else 0
        if one.is_new:
            fresh = (measure, brand, who, one.minute, one.id, alone)
            db.execute("INSERT INTO firsts VALUES (?, ?, ?, ?, ?, ?)", fresh)
        elif sign:
            db.execute(
                "UPDATE firsts SET is_first = 0"
                " WHERE measure = ? AND brand = ? AND who = ? AND minute = ? AND mention = ?",
                (measure, brand, who, one.minute, one.id),
            )
        if sign:
            shifts.append(
                Shift(brand, measure, one.minute, one.source, sign, sign * one.old, sign * one.mood)
            )
    return shifts


def _near(db: sqlite3.Connection, group: tuple[str, str, str, str], new: Sequence[Told]) -> list[Told]:
    """Return the stored mentions that decide over the new ones, or that these decide over.

    What stands as no first stays none, also where what it follows was dropped with time.
    """
    *known_by, by = group
    which = "f.minute > ? AND f.minute < ?"
    span = (min(t.minute for t in new) - AGAIN_AFTER[by], max(t.minute for t in new) + AGAIN_AFTER[by])
    if by == STORY:
        # Of a story only the earliest counts, and there may be thousands.
        which = "f.minute = (SELECT min(minute) FROM firsts WHERE measure = ? AND brand = ? AND who = ?)"
        span = tuple(known_by)  # type: ignore[assignment]
    rows = db.execute(
        f"SELECT m.minute, m.source, m.key, m.id, {MOOD}, m.old, f.is_first FROM firsts f"
        f" JOIN mentions m ON m.id = f.mention WHERE f.measure = ? AND f.brand = ? AND f.who = ? AND {which}",
        (*known_by, *span),
    )
    return [Told(*row) for row in rows]


def drop(db: sqlite3.Connection, measure: str) -> None:
    """Forget what was counted of a measure."""
    for table in ("counts", "firsts", "measures"):
        db.execute(f"DELETE FROM {table} WHERE measure = ?", (measure,))


def recount(
    db: sqlite3.Connection, measure: str, wanted: str, found: Iterable[tuple[str, int]] | None, by: str = ""
) -> None:
    """Count a measure anew; `found` gives (brand, mention) of all that are in it, None all there are.

    `by` tells whether only the first of an author or of a story counts. `wanted` is what the
    measure is made by, so that one that has changed is noticed.
    """
    drop(db, measure)
    db.execute("CREATE TEMP TABLE IF NOT EXISTS found (brand TEXT, mention INTEGER)")
    db.execute("DELETE FROM temp.found")
    if found is None:
        db.execute("INSERT INTO temp.found SELECT brand, mention FROM matches")
    else:
        db.executemany("INSERT INTO temp.found VALUES (?, ?)", found)
    db.create_function("folded", 1, folded, deterministic=True)
    if by:
        _find_firsts(db, measure, by)
    _count_found(db, measure, by)
    db.execute("DELETE FROM temp.found")
    db.execute("INSERT OR REPLACE INTO measures VALUES (?, ?)", (measure, wanted))


def _find_firsts(db: sqlite3.Connection, measure: str, by: str) -> None:
    who = "folded(m.author)" if by == AUTHOR else "CAST(coalesce(m.story, m.id) AS TEXT)"
    db.execute(
        "INSERT INTO firsts SELECT ?, brand, who, minute, id, before IS NULL OR minute - before >= ? FROM ("
        "  SELECT *, lag(minute) OVER (PARTITION BY brand, who ORDER BY minute, source, key) AS before FROM ("
        f"    SELECT f.brand, {who} AS who, m.minute, m.id, m.source, m.key"
        "    FROM temp.found f JOIN mentions m ON m.id = f.mention WHERE m.counted)"
        "  WHERE ? OR who != '')",
        (measure, AGAIN_AFTER[by], by == STORY),
    )


def _count_found(db: sqlite3.Connection, measure: str, by: str) -> None:
    """Add up what was found: the firsts where only those count, and whatever nobody signed."""
    is_in = {
        "": "1",
        AUTHOR: "(folded(m.author) = '' OR EXISTS (SELECT 1 FROM firsts x WHERE x.mention = m.id"
        " AND x.measure = ? AND x.brand = f.brand AND x.is_first))",
        STORY: "EXISTS (SELECT 1 FROM firsts x WHERE x.mention = m.id"
        " AND x.measure = ? AND x.brand = f.brand AND x.is_first)",
    }[by]
    db.execute(
        f"INSERT INTO counts (brand, measure, minute, source, n, old, mood)"
        f" SELECT f.brand, ?, m.minute, m.source, count(*), sum(m.old), sum({MOOD})"
        f" FROM temp.found f JOIN mentions m ON m.id = f.mention WHERE m.counted AND {is_in}"
        " GROUP BY f.brand, m.minute, m.source",
        (measure, *([measure] if by else [])),
    )

"""What is asked of the mentions of a window where a verdict is weighed: who wrote, where, how loud."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from listener.store.counts import IMPORT

AT_ONCE = 500
NEWS = (
    f" AND m.source != '{IMPORT}' AND NOT EXISTS (SELECT 1 FROM sources s WHERE s.name = m.source"
    " AND min(m.heard_at, coalesce(m.published_at, m.heard_at)) <= s.first_ok_at)"
)


class Written(NamedTuple):
    """One counted mention of a brand, without its words; `original` tells that it is the first of its story."""

    minute: int
    id: int
    author: str
    url: str
    reach: int
    negative: bool
    original: bool


class Words(NamedTuple):
    """What one mention says, and what a query may ask of it."""

    id: int
    title: str
    text: str
    author: str
    url: str
    language: str
    source: str
    reach: int | None


class Heard(NamedTuple):
    """What counts say of a window: mentions, the negative ones, and those that were no news when they came."""

    every: int
    negative: int
    old: int


def heard(db: sqlite3.Connection, brand: str, first: int, last: int) -> Heard:
    """Return what was counted for the brand in the minutes [first, last)."""
    rows = db.execute(
        "SELECT measure, sum(n), sum(old) FROM counts WHERE brand = ? AND measure IN ('all', 'negative')"
        " AND minute >= ? AND minute < ? GROUP BY measure",
        (brand, first, last),
    )
    found = {row[0]: (row[1], row[2]) for row in rows}
    every, old = found.get("all", (0, 0))
    return Heard(every, found.get("negative", (0, 0))[0], old)


def between(
    db: sqlite3.Connection, brand: str, first: int, last: int, most: int, *, news: bool = False
) -> list[Written]:
    """Return the brand's counted mentions of the minutes [first, last), oldest first; the newest `most` of them.

    Asked for `news` it leaves out what was imported, and what is older than the first visit to its source.
    """
    cursor = db.cursor()
    # A hundred thousand of them: made in one go, they take half the time.
    cursor.row_factory = None
    rows = cursor.execute(
        "SELECT x.minute, m.id, m.author, m.url, coalesce(m.reach, 0),"
        " (CASE m.human WHEN '' THEN m.label ELSE m.human END) = 'negative', coalesce(m.story = m.id, 1)"
        " FROM matches x JOIN mentions m ON m.id = x.mention"
        f" WHERE x.brand = ? AND x.minute >= ? AND x.minute < ? AND m.counted{NEWS if news else ''}"
        " ORDER BY x.minute DESC, x.mention DESC LIMIT ?",
        (brand, first, last, most),
    )
    return list(map(Written._make, rows.fetchall()))[::-1]


def words(db: sqlite3.Connection, ids: Sequence[int]) -> Iterable[Words]:
    """Yield what the mentions of those numbers say."""
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        marks = ",".join("?" * len(part))
        rows = db.execute(
            f"SELECT id, title, text, author, url, language, source, reach FROM mentions WHERE id IN ({marks})",
            part,
        )
        yield from (Words(*row) for row in rows)

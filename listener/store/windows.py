"""What is stored by now of a span of time that was judged before."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from listener.store.times import text

# Of a very large window the newest say by which versions it was read.
MOST_ASKED = 2000


@dataclass(frozen=True, slots=True)
class Stock:
    """The counted mentions of a brand in a span, as they stand now.

    `late` came after the verdict, `corrected` have a label that a person changed, and to `negative`
    `to_negative` of them; `from_negative` were read as that and are no more.
    """

    stored: int
    negative: int
    late: int
    corrected: int
    to_negative: int
    from_negative: int


def stock(db: sqlite3.Connection, brand: str, first: int, last: int, judged_at: datetime) -> Stock:
    """Return what is stored of the minutes [first, last), beside what was known at a verdict."""
    row = db.execute(
        "SELECT count(*),"
        " coalesce(sum(CASE WHEN m.human != '' THEN m.human ELSE m.label END = 'negative'), 0),"
        " coalesce(sum(m.heard_at > ?), 0), coalesce(sum(m.human NOT IN ('', m.label)), 0),"
        " coalesce(sum(m.human = 'negative' AND m.label != 'negative'), 0),"
        " coalesce(sum(m.human NOT IN ('', 'negative') AND m.label = 'negative'), 0)"
        " FROM matches AS own JOIN mentions AS m ON m.id = own.mention"
        " WHERE own.brand = ? AND own.minute >= ? AND own.minute < ? AND m.counted",
        (text(judged_at), brand, first, last),
    ).fetchone()
    return Stock(*map(int, row))


def readings(db: sqlite3.Connection, brand: str, first: int, last: int) -> list[str]:
    """Return the versions that read the brand's mentions of the minutes [first, last), that of most first."""
    rows = db.execute(
        "SELECT reading FROM (SELECT m.reading FROM matches x JOIN mentions m ON m.id = x.mention"
        " WHERE x.brand = ? AND x.minute >= ? AND x.minute < ? AND m.counted ORDER BY x.minute DESC LIMIT ?)"
        " GROUP BY reading ORDER BY count(*) DESC, reading",
        (brand, first, last, MOST_ASKED),
    )
    return [row[0] for row in rows]


def forgotten_since(db: sqlite3.Connection, at: datetime) -> int:
    """Return how many people asked to be forgotten after a moment."""
    row = db.execute("SELECT count(DISTINCT author) FROM forgotten WHERE at > ?", (text(at),)).fetchone()
    return int(row[0])

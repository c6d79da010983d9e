"""What the store remembers of how rules fared: read only."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from listener.store.times import moment


@dataclass(frozen=True, slots=True)
class Spoke:
    """A finding that an incident spoke of: the end of its window, when it was found, and what it did."""

    at: datetime
    found_at: datetime
    verdict: str


def spoke(db: sqlite3.Connection, incident: int) -> list[Spoke]:
    """Return the findings that an incident spoke of, in the order in which they were found."""
    rows = db.execute(
        "SELECT at, found_at, verdict FROM findings WHERE incident = ? ORDER BY found_at, at, id", (incident,)
    )
    return [Spoke(moment(row[0]), moment(row[1]), row[2]) for row in rows]


def begun(db: sqlite3.Connection) -> datetime | None:
    """Return since when rules have been judging: a source was first heard, or an incident opened."""
    row = db.execute(
        "SELECT min(at) FROM (SELECT min(first_ok_at) AS at FROM sources UNION ALL SELECT min(opened_at) FROM incidents)"
    ).fetchone()
    return None if row[0] is None else moment(row[0])

"""What the store remembers of how rules fared: read only."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from listener.store.times import moment


def moments(db: sqlite3.Connection, incident: int) -> list[datetime]:
    """Return the times of the findings that an incident spoke of, oldest first."""
    rows = db.execute("SELECT at FROM findings WHERE incident = ? ORDER BY at", (incident,))
    return [moment(row[0]) for row in rows]


def begun(db: sqlite3.Connection) -> datetime | None:
    """Return since when rules have been judging: a source was first heard, or an incident opened."""
    row = db.execute(
        "SELECT min(at) FROM (SELECT min(first_ok_at) AS at FROM sources UNION ALL SELECT min(opened_at) FROM incidents)"
    ).fetchone()
    return None if row[0] is None else moment(row[0])

"""The outbox: what must be told once, and how far that has come.

    pending ─ claim ─► sending ─ mark ─► sent
       ▲                  │ it may have arrived
       └── not there ── unknown ── there ──► sent

A notice is written in the transaction that decided it. Times of delivery (`due_at`,
`claimed_at`, `tried_at` of the first claim) are real seconds since 1970, whatever clock the rest goes by.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listener.store.times import moment, text

FIRST_CARD, LADDER, UPDATE, DIGEST = 0, 1, 2, 3
# What hangs on a card waits until the card stands; entries of one thread keep their order.
FREE = (
    "(n.kind NOT IN ('thread', 'update') OR NOT EXISTS (SELECT 1 FROM notices c WHERE c.incident = n.incident"
    " AND c.way = n.way AND c.kind = 'card' AND c.state IN ('pending', 'sending', 'unknown')))"
    " AND NOT EXISTS (SELECT 1 FROM notices e WHERE e.incident = n.incident AND e.way = n.way AND e.kind = n.kind"
    " AND n.kind = 'thread' AND e.id < n.id AND e.state IN ('pending', 'sending', 'unknown'))"
    # Of a source: its card first, then the entries of its thread in order.
    " AND (n.source IS NULL OR n.kind = 'source' OR NOT EXISTS (SELECT 1 FROM notices s WHERE s.source = n.source"
    " AND s.way = n.way AND s.state IN ('pending', 'sending', 'unknown') AND (s.kind = 'source'"
    " OR s.kind = 'source thread' AND n.kind = 'source thread' AND s.id < n.id)))"
)
UPDATES = {"update": "incident", "source update": "source"}


@dataclass(frozen=True, slots=True)
class Notice:
    """One message that must go out once: `key` names it for ever."""

    id: int
    key: str
    way: str
    kind: str
    target: str
    incident: int | None
    event: int | None
    data: Mapping[str, Any]
    state: str
    created_at: datetime
    claimed_at: float | None
    tried_at: float | None
    attempts: int
    channel: str
    ts: str
    said: str
    source: str | None = None


def put(
    db: sqlite3.Connection,
    *,
    key: str,
    way: str,
    kind: str,
    target: str,
    now: datetime,
    incident: int | None = None,
    event: int | None = None,
    data: Mapping[str, Any] | None = None,
    priority: int = UPDATE,
    source: str | None = None,
) -> bool:
    """Write a notice; tell whether it is new. One that stands already is left as it is."""
    cursor = db.execute(
        "INSERT INTO notices (key, way, kind, target, incident, event, data, state, priority, created_at, due_at,"
        " source) VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?, 0, ?) ON CONFLICT (key) DO NOTHING",
        (key, way, kind, target, incident, event, json.dumps(dict(data or {})), priority, text(now), source),
    )
    return cursor.rowcount == 1


def number(db: sqlite3.Connection, key: str) -> int:
    """Return the number of the notice of that key."""
    return int(db.execute("SELECT id FROM notices WHERE key = ?", (key,)).fetchone()[0])


def claim(db: sqlite3.Connection, way: str, real: float) -> Notice | None:
    """Take the next notice of a way out: it is being sent from now on.

    First cards go before the ladder, and that before updates and digests. What hangs on
    a card (thread entries, updates) waits until the card stands; of several updates
    of one card the newest is taken, the others are done with.
    """
    row = db.execute(
        f"SELECT n.* FROM notices n WHERE n.way = ? AND n.state = 'pending' AND n.due_at <= ? AND {FREE}"
        " ORDER BY n.priority, n.id LIMIT 1",
        (way, real),
    ).fetchone()
    if row is None:
        return None
    if row["kind"] in UPDATES:
        row = _newest_update(db, row)
    db.execute(
        "UPDATE notices SET state = 'sending', claimed_at = ?, tried_at = coalesce(tried_at, ?),"
        " attempts = attempts + 1 WHERE id = ?",
        (real, real, row["id"]),
    )
    return _notice(row, claimed_at=real)


def _newest_update(db: sqlite3.Connection, row: sqlite3.Row) -> sqlite3.Row:
    about = UPDATES[row["kind"]]
    same = (row[about], row["way"], row["kind"])
    where = f"{about} = ? AND way = ? AND kind = ? AND state = 'pending'"
    newest: sqlite3.Row = db.execute(
        f"SELECT * FROM notices WHERE {where} ORDER BY id DESC LIMIT 1", same
    ).fetchone()
    db.execute(f"UPDATE notices SET state = 'superseded' WHERE {where} AND id < ?", (*same, newest["id"]))
    return newest


def unsettled(db: sqlite3.Connection, way: str, before: float) -> Notice | None:
    """Return a notice of which nobody knows whether it arrived, claimed before a real time."""
    row = db.execute(
        "SELECT * FROM notices WHERE way = ? AND state IN ('sending', 'unknown') AND claimed_at <= ?"
        " AND due_at <= ? ORDER BY priority, id LIMIT 1",
        (way, before, before),
    ).fetchone()
    return None if row is None else _notice(row)


def sent(db: sqlite3.Connection, number: int, channel: str, ts: str, said: str, now: datetime) -> None:
    db.execute(
        "UPDATE notices SET state = 'sent', channel = ?, ts = ?, said = ?, sent_at = ? WHERE id = ?",
        (channel, ts, said, text(now), number),
    )


def again(db: sqlite3.Connection, number: int, due_at: float, said: str, *, unknown: bool) -> None:
    """Put a notice back: to be sent again at `due_at`, or, where it may have arrived, to be looked for."""
    db.execute(
        "UPDATE notices SET state = ?, due_at = ?, said = ? WHERE id = ?",
        ("unknown" if unknown else "pending", due_at, said, number),
    )


def give_up(db: sqlite3.Connection, number: int, said: str) -> None:
    db.execute("UPDATE notices SET state = 'given up', said = ? WHERE id = ?", (said, number))


def next_due(db: sqlite3.Connection, way: str, settle: float = 0.0) -> float | None:
    """Return the earliest real time at which a notice of the way wants anything, None if none does.

    One of which nobody knows whether it arrived wants to be looked for `settle` seconds later.

    What waits for a card or for an entry before it wants nothing of its own.
    """
    row = db.execute(
        "SELECT min(CASE state WHEN 'pending' THEN due_at ELSE max(due_at, claimed_at) + ? END) FROM notices n"
        f" WHERE n.way = ? AND (n.state IN ('sending', 'unknown') OR n.state = 'pending' AND {FREE})",
        (settle, way),
    ).fetchone()
    return None if row[0] is None else float(row[0])


def waiting(db: sqlite3.Connection) -> dict[str, tuple[int, datetime]]:
    """Return per way out how many notices wait, and since when the oldest does."""
    rows = db.execute(
        "SELECT way, count(*), min(created_at) FROM notices WHERE state IN ('pending', 'sending', 'unknown') GROUP BY way"
    )
    return {row[0]: (row[1], moment(row[2])) for row in rows}


def held_up(db: sqlite3.Connection, way: str) -> list[Notice]:
    """Return what a way out has not taken yet."""
    rows = db.execute(
        "SELECT * FROM notices WHERE way = ? AND state IN ('pending', 'sending', 'unknown') ORDER BY id",
        (way,),
    )
    return [_notice(row) for row in rows]


def of_incident(db: sqlite3.Connection, incident: int) -> list[Notice]:
    rows = db.execute("SELECT * FROM notices WHERE incident = ? ORDER BY id", (incident,))
    return [_notice(row) for row in rows]


def _notice(row: sqlite3.Row, claimed_at: float | None = None) -> Notice:
    return Notice(
        id=row["id"],
        key=row["key"],
        way=row["way"],
        kind=row["kind"],
        target=row["target"],
        incident=row["incident"],
        event=row["event"],
        data=json.loads(row["data"]),
        state=row["state"],
        created_at=moment(row["created_at"]),
        claimed_at=claimed_at if claimed_at is not None else row["claimed_at"],
        tried_at=row["tried_at"] or claimed_at,
        attempts=row["attempts"],
        channel=row["channel"],
        ts=row["ts"],
        said=row["said"],
        source=row["source"],
    )

"""Sources: where each stands, and when it is visited next."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listener.store.times import maybe_moment, text


@dataclass(frozen=True, slots=True)
class State:
    """A source as the last visit left it. `validators`: address -> its ETag and date."""

    name: str
    kind: str
    cursor: str | None
    validators: Mapping[str, Any]
    status: str
    detail: str
    rung: str
    fails: int
    first_ok_at: datetime | None
    last_visit_at: datetime | None
    last_ok_at: datetime | None
    last_news_at: datetime | None
    due_at: datetime | None
    moved_to: str
    heard: int
    stored: int
    spoiled: int


def register(
    db: sqlite3.Connection, names: Mapping[str, str], about: Mapping[str, str] | None = None
) -> None:
    """Make room for the configured sources (name -> kind).

    One whose kind changed begins anew, and one whose `about` did: what it was configured to ask for.
    """
    for name, kind in names.items():
        asks = (about or {}).get(name, "")
        db.execute(
            "UPDATE sources SET kind = ?, about = ?, cursor = NULL, validators = '{}', status = 'new', detail = '',"
            " rung = '', fails = 0, first_ok_at = NULL, last_ok_at = NULL, due_at = NULL, moved_to = ''"
            " WHERE name = ? AND (kind != ? OR about != ?)",
            (kind, asks, name, kind, asks),
        )
        db.execute(
            "INSERT INTO sources (name, kind, about) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING",
            (name, kind, asks),
        )


def all_of(db: sqlite3.Connection, names: Sequence[str]) -> list[State]:
    """Return the states of the sources of those names, in that order."""
    rows: dict[str, sqlite3.Row] = {}
    for start in range(0, len(names), 500):
        part = names[start : start + 500]
        marks = ",".join("?" * len(part))
        found = db.execute(f"SELECT * FROM sources WHERE name IN ({marks})", tuple(part))
        rows.update((row["name"], row) for row in found)
    return [_state(rows[name]) for name in names if name in rows]


def due(db: sqlite3.Connection, names: Sequence[str], now: datetime) -> list[State]:
    """Return the sources that are due at `now`, longest waiting first."""
    rows = db.execute("SELECT name FROM sources WHERE due_at IS NULL OR due_at <= ?", (text(now),))
    late = {row[0] for row in rows}
    waiting = all_of(db, [name for name in names if name in late])
    return sorted(waiting, key=lambda s: (s.due_at is not None, s.due_at or now, s.name))


def succeeded(
    db: sqlite3.Connection,
    name: str,
    *,
    cursor: str | None,
    validators: Mapping[str, Any],
    now: datetime,
    due_at: datetime,
    status: str,
    detail: str,
    rung: str,
    heard: int,
    stored: int,
    spoiled: int,
    moved_to: str,
) -> None:
    """Take down a visit that brought its page home, in the transaction that stores the page."""
    at = text(now)
    db.execute(
        "UPDATE sources SET first_ok_at = coalesce(first_ok_at, ?), cursor = ?, validators = ?, status = ?, detail = ?, rung = ?, fails = 0,"
        " last_visit_at = ?, last_ok_at = ?, due_at = ?, heard = heard + ?, stored = stored + ?,"
        " spoiled = spoiled + ?, last_news_at = CASE WHEN ? > 0 THEN ? ELSE last_news_at END,"
        " moved_to = CASE WHEN ? = '' THEN moved_to ELSE ? END WHERE name = ?",
        (
            at, cursor, json.dumps(validators), status, detail, rung, at, at, text(due_at), heard, stored,
            spoiled, stored, at, moved_to, moved_to, name,
        ),
    )  # fmt: skip


def failed(
    db: sqlite3.Connection, name: str, *, status: str, detail: str, now: datetime, due_at: datetime
) -> None:
    """Take down a visit that failed; cursor and coverage stay where they were."""
    db.execute(
        "UPDATE sources SET status = ?, detail = ?, fails = fails + 1, last_visit_at = ?, due_at = ?,"
        " validators = '{}' WHERE name = ?",
        (status, detail, text(now), text(due_at), name),
    )


def _state(row: sqlite3.Row) -> State:
    return State(
        name=row["name"],
        kind=row["kind"],
        cursor=row["cursor"],
        validators=json.loads(row["validators"]),
        status=row["status"],
        detail=row["detail"],
        rung=row["rung"],
        fails=row["fails"],
        first_ok_at=maybe_moment(row["first_ok_at"]),
        last_visit_at=maybe_moment(row["last_visit_at"]),
        last_ok_at=maybe_moment(row["last_ok_at"]),
        last_news_at=maybe_moment(row["last_news_at"]),
        due_at=maybe_moment(row["due_at"]),
        moved_to=row["moved_to"],
        heard=row["heard"],
        stored=row["stored"],
        spoiled=row["spoiled"],
    )

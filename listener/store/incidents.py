"""Incidents: their events, which are the truth, and the columns that people look things up by."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listener.store.times import maybe_text, moment, text
from rules.incident import Event, Incident, fold, plan
from rules.life import Course, Held
from rules.playbook import SEVERITIES

RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)}


class Stale(Exception):
    """Somebody else changed the incident first: read it again and decide again."""


@dataclass(frozen=True, slots=True)
class Saved:
    """An incident as it stands in the store. `facts` are the numbers and quotes of what was last told."""

    id: int
    brand: str
    rule: str
    version: int
    incident: Incident
    events: tuple[Event, ...]
    facts: Mapping[str, Any]
    course: Course
    card_channel: str
    card_ts: str

    @property
    def opened_at(self) -> datetime:
        assert self.incident.opened_at is not None
        return self.incident.opened_at


def create(
    db: sqlite3.Connection,
    brand: str,
    rule: str,
    events: Sequence[Event],
    facts: Mapping[str, Any],
    course: Course,
) -> Saved:
    """Open an incident; SQLite refuses a second open one of the brand (sqlite3.IntegrityError)."""
    made = fold(events)
    assert made.opened_at is not None
    cursor = db.execute(
        "INSERT INTO incidents (brand, rule, version, severity, phase, opened_at, z, observed, expected, facts, course)"
        " VALUES (?, ?, 0, ?, ?, ?, ?, ?, ?, '{}', '{}')",
        (
            brand,
            rule,
            made.severity,
            made.phase,
            text(made.opened_at),
            facts["z"],
            facts["observed"],
            facts["expected"],
        ),
    )
    number = int(cursor.lastrowid or 0)
    blank = Saved(number, brand, rule, 0, Incident(), (), facts, course, "", "")
    return append(db, blank, events, facts=facts, course=course)


def append(
    db: sqlite3.Connection,
    saved: Saved,
    events: Sequence[Event],
    *,
    facts: Mapping[str, Any] | None = None,
    course: Course | None = None,
) -> Saved:
    """Add events and save what they make of the incident; raise Stale where it changed meanwhile."""
    every = (*saved.events, *events)
    made = fold(every)
    new = Saved(
        saved.id, saved.brand, saved.rule, saved.version + 1, made, every, facts or saved.facts,
        course or saved.course, saved.card_channel, saved.card_ts,
    )  # fmt: skip
    ahead = plan(made)
    cursor = db.execute(
        "UPDATE incidents SET version = version + 1, severity = ?, phase = ?, started_at = ?, acknowledged_by = ?,"
        " acknowledged_at = ?, answered_at = ?, answered_url = ?, closed_at = ?, verdict = ?, relapses = ?, facts = ?,"
        " course = ?, next_at = ?, z = max(z, ?), observed = max(observed, ?) WHERE id = ? AND version = ?",
        (
            made.severity, made.phase, maybe_text(made.started_at), made.acknowledged_by,
            maybe_text(made.acknowledged_at), maybe_text(made.answered_at), made.answered_url,
            maybe_text(made.closed_at), made.verdict, made.relapses, json.dumps(new.facts, ensure_ascii=False),
            course_json(new.course), text(ahead[0].at) if ahead else None, new.facts["z"], new.facts["observed"],
            saved.id, saved.version,
        ),
    )  # fmt: skip
    if cursor.rowcount != 1:
        raise Stale(f"incident {saved.id} changed meanwhile")
    db.executemany(
        "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)",
        [
            (
                saved.id,
                len(saved.events) + n,
                e.what,
                text(e.at),
                e.by,
                json.dumps(dict(e.data), ensure_ascii=False),
            )
            for n, e in enumerate(events)
        ],
    )
    return new


def feed(db: sqlite3.Connection, saved: Saved, course: Course) -> None:
    """Take down that a finding joined the incident in silence; nobody is told, so the version stays."""
    db.execute("UPDATE incidents SET course = ? WHERE id = ?", (course_json(course), saved.id))


def find(
    db: sqlite3.Connection,
    incident: int,
    rule: str,
    at: datetime,
    found_at: datetime,
    verdict: str,
    data: Mapping[str, Any],
) -> None:
    """Keep a finding with all that its verdict rests on."""
    db.execute(
        "INSERT INTO findings (incident, rule, at, found_at, verdict, data) VALUES (?, ?, ?, ?, ?, ?)",
        (incident, rule, text(at), text(found_at), verdict, json.dumps(data, ensure_ascii=False)),
    )


def findings(db: sqlite3.Connection, incident: int) -> list[dict[str, Any]]:
    """Return the kept findings of an incident, oldest first; `data` is None where it is no JSON any more."""
    rows = db.execute(
        "SELECT rule, at, found_at, verdict, data FROM findings WHERE incident = ? ORDER BY id", (incident,)
    )
    return [{**dict(row), "data": _readable(row["data"])} for row in rows]


def _readable(written: Any) -> Any:
    try:
        return json.loads(written)
    except (TypeError, ValueError, RecursionError):
        return None


def get(db: sqlite3.Connection, number: int) -> Saved | None:
    row = db.execute("SELECT * FROM incidents WHERE id = ?", (number,)).fetchone()
    return None if row is None else _saved(db, row)


def latest_of(db: sqlite3.Connection, brand: str) -> Saved | None:
    """Return the brand's newest incident, open or closed; an open one is always the newest."""
    row = db.execute(
        "SELECT * FROM incidents WHERE brand = ? ORDER BY closed_at IS NULL DESC, id DESC LIMIT 1", (brand,)
    ).fetchone()
    return None if row is None else _saved(db, row)


def tellings(db: sqlite3.Connection, rule: str, since: datetime) -> list[datetime]:
    """Return when incidents were told by a rule after a moment, over all brands: openings and relapses.

    One that was held back counts when it was told.
    """
    rows = db.execute(
        "SELECT at FROM events WHERE at > ? AND what IN ('opened', 'relapsed', 'released')"
        " AND json_extract(data, '$.rule') = ? AND json_extract(data, '$.held') IS NULL"
        " AND coalesce(json_extract(data, '$.of'), what) != 'worsened' ORDER BY at",
        (text(since), rule),
    )
    return [moment(row[0]) for row in rows]


def due(db: sqlite3.Connection, now: datetime) -> list[int]:
    """Return the open incidents for which something must have happened by `now`."""
    rows = db.execute(
        "SELECT id FROM incidents WHERE closed_at IS NULL AND next_at <= ? ORDER BY next_at", (text(now),)
    )
    return [row[0] for row in rows]


def held(db: sqlite3.Connection) -> list[int]:
    """Return the open incidents of which something is held back."""
    rows = db.execute(
        "SELECT id FROM incidents WHERE closed_at IS NULL AND json_extract(course, '$.held') IS NOT NULL"
    )
    return [row[0] for row in rows]


def next_at(db: sqlite3.Connection) -> datetime | None:
    """Return when the next thing is due in any open incident."""
    row = db.execute("SELECT min(next_at) FROM incidents WHERE closed_at IS NULL").fetchone()
    return None if row[0] is None else moment(row[0])


def listing(db: sqlite3.Connection, *, open_only: bool = False, since: datetime | None = None) -> list[Saved]:
    """Return incidents, newest first: all, the open ones, or those open at any time since."""
    where, values = ["1"], []
    if open_only:
        where.append("closed_at IS NULL")
    if since is not None:
        where.append("(closed_at IS NULL OR closed_at >= ?)")
        values.append(text(since))
    rows = db.execute(f"SELECT * FROM incidents WHERE {' AND '.join(where)} ORDER BY id DESC", values)
    return [_saved(db, row) for row in rows.fetchall()]


def carded(db: sqlite3.Connection, number: int, channel: str, ts: str) -> None:
    """Take down where the incident's card stands."""
    db.execute("UPDATE incidents SET card_channel = ?, card_ts = ? WHERE id = ?", (channel, ts, number))


def _saved(db: sqlite3.Connection, row: sqlite3.Row) -> Saved:
    rows = db.execute("SELECT what, at, by, data FROM events WHERE incident = ? ORDER BY seq", (row["id"],))
    events = tuple(Event(e["what"], moment(e["at"]), e["by"], json.loads(e["data"])) for e in rows)
    return Saved(
        row["id"], row["brand"], row["rule"], row["version"], fold(events), events, json.loads(row["facts"]),
        read_course(row["course"]), row["card_channel"], row["card_ts"],
    )  # fmt: skip


def course_json(course: Course) -> str:
    """Return a course as it is kept."""
    return json.dumps(
        {
            "opened_at": text(course.opened_at),
            "last_finding_at": text(course.last_finding_at),
            "told_z": course.told_z,
            "severity": course.severity,
            "closed_at": maybe_text(course.closed_at),
            "relapses": course.relapses,
            "code": course.code,
            "held": [course.held.z, course.held.severity, course.held.code] if course.held else None,
        }
    )


def read_course(written: str) -> Course:
    """Return the course that `course_json` wrote, by this or an older version."""
    value = json.loads(written)
    return Course(
        moment(value["opened_at"]),
        moment(value["last_finding_at"]),
        value["told_z"],
        value["severity"],
        moment(value["closed_at"]) if value["closed_at"] else None,
        value["relapses"],
        Held(*value["held"]) if value.get("held") else None,
        value.get("code", ""),
    )

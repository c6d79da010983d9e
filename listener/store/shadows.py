"""Shadows: the incidents that rules with `shadow = true` would have opened, each with what it rests on.

A shadow lives the life of an incident of one rule and one brand: what would have joined the
incident in silence is counted, what would have made it worse is kept in its place.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from listener.store.incidents import course_json, read_course
from listener.store.times import moment, text
from rules.life import Course
from rules.triggers import Finding


class Named(Protocol):
    """Whatever has a name, such as a rule."""

    @property
    def name(self) -> str: ...


class Judged(Protocol):
    """A finding, the rule that made it, and how bad it is."""

    @property
    def finding(self) -> Finding: ...
    @property
    def rule(self) -> Named: ...
    @property
    def severity(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Shadow:
    """What would have been told once: an opening, or a relapse after a calm.

    `at` is the end of the window that would have opened it, `found_at` when it was judged, `last_at`
    the end of the last window that fed it. `severity`, `z`, `observed`, `expected` and `data` (see
    listener.proof) are those of the worst that would have been told; `findings` joined or made it worse.
    """

    id: int
    brand: str
    rule: str
    verdict: str
    found_at: datetime
    at: datetime
    last_at: datetime
    severity: str
    z: float
    observed: int
    expected: float
    findings: int
    data: Mapping[str, Any]
    course: Course


def create(
    db: sqlite3.Connection,
    brand: str,
    case: Judged,
    now: datetime,
    verdict: str,
    data: Mapping[str, Any],
    course: Course,
) -> None:
    """Keep an opening or a relapse that nobody is told of."""
    found = case.finding
    db.execute(
        "INSERT INTO shadows (brand, rule, verdict, found_at, at, last_at, severity, z, observed, expected, data, course)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            brand, case.rule.name, verdict, text(now), text(found.at), text(course.last_finding_at), case.severity,
            found.z, found.observed, found.expected, json.dumps(dict(data), ensure_ascii=False), course_json(course),
        ),
    )  # fmt: skip


def worsen(
    db: sqlite3.Connection, shadow: Shadow, case: Judged, data: Mapping[str, Any], course: Course
) -> None:
    """Keep what would have been told as worse."""
    found = case.finding
    severity = case.severity if course.severity > shadow.course.severity else shadow.severity
    db.execute(
        "UPDATE shadows SET findings = findings + 1, severity = ?, z = max(z, ?), observed = ?, expected = ?, data = ?"
        " WHERE id = ?",
        (severity, found.z, found.observed, found.expected, json.dumps(dict(data), ensure_ascii=False), shadow.id),
    )  # fmt: skip
    _lived(db, shadow.id, course)


def feed(db: sqlite3.Connection, number: int, course: Course) -> None:
    """Take down a finding that would have joined in silence."""
    db.execute("UPDATE shadows SET findings = findings + 1 WHERE id = ?", (number,))
    _lived(db, number, course)


def _lived(db: sqlite3.Connection, number: int, course: Course) -> None:
    values = (course_json(course), text(course.last_finding_at), number)
    db.execute("UPDATE shadows SET course = ?, last_at = ? WHERE id = ?", values)


def latest_of(db: sqlite3.Connection, brand: str, rule: str) -> Shadow | None:
    """Return the newest shadow of a rule about a brand."""
    row = db.execute(
        "SELECT * FROM shadows WHERE brand = ? AND rule = ? ORDER BY id DESC LIMIT 1", (brand, rule)
    ).fetchone()
    return None if row is None else _shadow(row)


def get(db: sqlite3.Connection, number: int) -> Shadow | None:
    row = db.execute("SELECT * FROM shadows WHERE id = ?", (number,)).fetchone()
    return None if row is None else _shadow(row)


def listing(
    db: sqlite3.Connection, since: datetime | None = None, until: datetime | None = None
) -> list[Shadow]:
    """Return the shadows that would have been told in [since, until), oldest first."""
    where, values = ["1"], []
    if since is not None:
        where.append("found_at >= ?")
        values.append(text(since))
    if until is not None:
        where.append("found_at < ?")
        values.append(text(until))
    rows = db.execute(f"SELECT * FROM shadows WHERE {' AND '.join(where)} ORDER BY found_at, id", values)
    return [_shadow(row) for row in rows]


def _shadow(row: sqlite3.Row) -> Shadow:
    return Shadow(
        row["id"], row["brand"], row["rule"], row["verdict"], moment(row["found_at"]), moment(row["at"]),
        moment(row["last_at"]), row["severity"], row["z"], row["observed"], row["expected"], row["findings"],
        json.loads(row["data"]), read_course(row["course"]),
    )  # fmt: skip

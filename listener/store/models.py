"""What was learned from people's labels: every version of the learned layer, and which of them is in force.

In force is the newest that is promoted. Going back retires those after it; a version that did not win
is rejected: its report is kept, its weights are not.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listener.store.times import moment, text

PROMOTED, REJECTED, RETIRED = "promoted", "rejected", "retired"


@dataclass(frozen=True, slots=True)
class Model:
    """One version. `report` says how it fared, by language; `weights` are empty where it was rejected."""

    version: int
    made_at: datetime
    state: str
    labels: int
    report: Mapping[str, Any]
    weights: bytes = b""


def add(
    db: sqlite3.Connection, now: datetime, state: str, labels: int, report: Mapping[str, Any], weights: bytes
) -> int:
    """Keep a new version; return its number."""
    version = int(db.execute("SELECT coalesce(max(version), 0) + 1 FROM models").fetchone()[0])
    kept = weights if state != REJECTED else b""
    values = (version, text(now), state, labels, json.dumps(dict(report), ensure_ascii=False), kept)
    db.execute(
        "INSERT INTO models (version, made_at, state, labels, report, weights) VALUES (?, ?, ?, ?, ?, ?)",
        values,
    )
    return version


def in_force(db: sqlite3.Connection) -> int:
    """Return the version in force, 0 where none is."""
    row = db.execute("SELECT max(version) FROM models WHERE state = ?", (PROMOTED,)).fetchone()
    return int(row[0] or 0)


def current(db: sqlite3.Connection) -> Model | None:
    """Return the version in force with its weights."""
    return get(db, in_force(db))


def get(db: sqlite3.Connection, version: int) -> Model | None:
    row = db.execute("SELECT * FROM models WHERE version = ?", (version,)).fetchone()
    return None if row is None else _model(row, row["weights"])


def listing(db: sqlite3.Connection) -> list[Model]:
    """Return all versions, oldest first, without their weights."""
    rows = db.execute("SELECT version, made_at, state, labels, report FROM models ORDER BY version")
    return [_model(row) for row in rows]


def go_back(db: sqlite3.Connection, version: int) -> None:
    """Let a version that was promoted once be in force, 0 for none: those after it are retired."""
    db.execute("UPDATE models SET state = ? WHERE version > ? AND state = ?", (RETIRED, version, PROMOTED))
    db.execute("UPDATE models SET state = ? WHERE version = ? AND state = ?", (PROMOTED, version, RETIRED))


def _model(row: sqlite3.Row, weights: bytes = b"") -> Model:
    return Model(
        row["version"],
        moment(row["made_at"]),
        row["state"],
        row["labels"],
        json.loads(row["report"]),
        weights,
    )

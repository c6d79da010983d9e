"""Single facts under a key: what was judged up to, which digest went out."""

from __future__ import annotations

import sqlite3


def get(db: sqlite3.Connection, key: str, default: str = "") -> str:
    row = db.execute("SELECT value FROM facts WHERE key = ?", (key,)).fetchone()
    return default if row is None else str(row[0])


def put(db: sqlite3.Connection, key: str, value: str) -> None:
    db.execute(
        "INSERT INTO facts VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
    )

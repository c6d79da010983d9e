"""The tables, and how an older file grows into them.

Times are UTC in ISO 8601 with `Z` (they sort as text); `minute` is whole minutes since 1970.
Every step of the migration stands alone and is never edited once it has been released.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("listener")
KNOWN_STEPS = frozenset({"first_tables"})

FIRST = """
CREATE TABLE sources (
    name TEXT PRIMARY KEY, kind TEXT NOT NULL, about TEXT NOT NULL DEFAULT '', cursor TEXT, validators TEXT NOT NULL DEFAULT '{}',
    status TEXT NOT NULL DEFAULT 'new', detail TEXT NOT NULL DEFAULT '', rung TEXT NOT NULL DEFAULT '',
    fails INTEGER NOT NULL DEFAULT 0, first_ok_at TEXT, last_visit_at TEXT, last_ok_at TEXT,
    last_news_at TEXT, due_at TEXT, moved_to TEXT NOT NULL DEFAULT '', heard INTEGER NOT NULL DEFAULT 0,
    stored INTEGER NOT NULL DEFAULT 0, spoiled INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE coverage (
    source TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (source, first)
) WITHOUT ROWID;
CREATE TABLE known (
    brand TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (brand, first)
) WITHOUT ROWID;
CREATE TABLE mentions (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, key TEXT NOT NULL, url TEXT NOT NULL, author TEXT NOT NULL,
    title TEXT NOT NULL, text TEXT NOT NULL, published_at TEXT, heard_at TEXT NOT NULL, minute INTEGER NOT NULL,
    counted INTEGER NOT NULL, reach INTEGER, language TEXT NOT NULL, label TEXT NOT NULL, score REAL NOT NULL,
    worst REAL NOT NULL, confidence REAL NOT NULL, reading TEXT NOT NULL, human TEXT NOT NULL DEFAULT '',
    UNIQUE (source, key)
);
CREATE INDEX mentions_minute ON mentions (minute);
CREATE TABLE matches (
    brand TEXT NOT NULL, mention INTEGER NOT NULL REFERENCES mentions (id) ON DELETE CASCADE,
    minute INTEGER NOT NULL, words TEXT NOT NULL, PRIMARY KEY (brand, minute, mention)
) WITHOUT ROWID;
CREATE INDEX matches_mention ON matches (mention);
CREATE TABLE counts (
    brand TEXT NOT NULL, measure TEXT NOT NULL, minute INTEGER NOT NULL, source TEXT NOT NULL, n INTEGER NOT NULL,
    old INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (brand, measure, minute, source)
) WITHOUT ROWID;
CREATE TABLE changes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT NOT NULL, subject TEXT NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL
);
CREATE TABLE measures (measure TEXT PRIMARY KEY, query TEXT NOT NULL);
CREATE TABLE incidents (
    id INTEGER PRIMARY KEY, brand TEXT NOT NULL, rule TEXT NOT NULL, version INTEGER NOT NULL,
    severity TEXT NOT NULL, phase TEXT NOT NULL, opened_at TEXT NOT NULL, started_at TEXT, acknowledged_by TEXT,
    acknowledged_at TEXT, answered_at TEXT, answered_url TEXT, closed_at TEXT, verdict TEXT NOT NULL DEFAULT '',
    relapses INTEGER NOT NULL DEFAULT 0, z REAL NOT NULL, observed INTEGER NOT NULL, expected REAL NOT NULL,
    facts TEXT NOT NULL, course TEXT NOT NULL, next_at TEXT, card_channel TEXT NOT NULL DEFAULT '',
    card_ts TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX incidents_open ON incidents (brand) WHERE closed_at IS NULL;
CREATE TABLE events (
    incident INTEGER NOT NULL REFERENCES incidents (id), seq INTEGER NOT NULL, what TEXT NOT NULL, at TEXT NOT NULL,
    by TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (incident, seq)
) WITHOUT ROWID;
CREATE TABLE findings (
    id INTEGER PRIMARY KEY, incident INTEGER NOT NULL REFERENCES incidents (id), rule TEXT NOT NULL, at TEXT NOT NULL,
    found_at TEXT NOT NULL, verdict TEXT NOT NULL, data TEXT NOT NULL
);
CREATE TABLE notices (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, way TEXT NOT NULL, kind TEXT NOT NULL, target TEXT NOT NULL,
    incident INTEGER, event INTEGER, data TEXT NOT NULL, state TEXT NOT NULL, priority INTEGER NOT NULL,
    created_at TEXT NOT NULL, due_at REAL NOT NULL, claimed_at REAL, tried_at REAL, attempts INTEGER NOT NULL DEFAULT 0,
    sent_at TEXT, channel TEXT NOT NULL DEFAULT '', ts TEXT NOT NULL DEFAULT '', said TEXT NOT NULL DEFAULT ''
);
CREATE INDEX notices_waiting ON notices (way, due_at) WHERE state IN ('pending', 'sending', 'unknown');
CREATE INDEX notices_incident ON notices (incident);
CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE forgotten (
    author TEXT NOT NULL, source TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (author, source)
) WITHOUT ROWID;
"""


@migrations()  # type: ignore[untyped-decorator, unused-ignore]
def first_tables(db: Database) -> None:
    """Sources, mentions, counts, incidents and the outbox."""
    for statement in FIRST.split(";"):
        if statement.strip():
            db.execute(statement)

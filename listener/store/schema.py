"""The tables, and how an older file grows into them.

Times are UTC in ISO 8601 with `Z` (they sort as text); `minute` is whole minutes since 1970.
Every step of the migration stands alone and is never edited once it has been released.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("listener")
KNOWN_STEPS = frozenset(
    {
        "first_tables",
        "troubles_of_sources",
        "stories_of_mentions",
        "moods_and_firsts",
        "shadows_of_rules",
        "snapshots_of_series",
        "labels_of_people",
        "versions_of_what_was_learned",
    }
)

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

# What visits teach of a source, what ails it, and the messages that tell of that.
TROUBLES = """
ALTER TABLE sources ADD COLUMN why TEXT NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN pace REAL;
ALTER TABLE sources ADD COLUMN bad_since TEXT;
ALTER TABLE sources ADD COLUMN page_at TEXT;
ALTER TABLE sources ADD COLUMN quiet_at TEXT;
ALTER TABLE sources ADD COLUMN odd INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN overruns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN rung_lost TEXT NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN moved_times INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN moved_at TEXT;
ALTER TABLE sources ADD COLUMN moved_failed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN opening INTEGER NOT NULL DEFAULT 0;
CREATE TABLE rhythms (source TEXT PRIMARY KEY, rhythm TEXT NOT NULL, seen TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE gaps (
    source TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (source, first)
) WITHOUT ROWID;
CREATE TABLE troubles (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, what TEXT NOT NULL, began_at TEXT NOT NULL, facts TEXT NOT NULL,
    said INTEGER, well_at TEXT, mended_at TEXT, mended_said INTEGER
);
CREATE UNIQUE INDEX troubles_open ON troubles (source, what) WHERE mended_at IS NULL;
CREATE INDEX troubles_source ON troubles (source, id);
CREATE TABLE source_cards (
    source TEXT NOT NULL, way TEXT NOT NULL, version INTEGER NOT NULL, made_at TEXT NOT NULL,
    channel TEXT NOT NULL DEFAULT '', ts TEXT NOT NULL DEFAULT '', PRIMARY KEY (source, way)
) WITHOUT ROWID;
ALTER TABLE notices ADD COLUMN source TEXT;
CREATE INDEX notices_source ON notices (source) WHERE source IS NOT NULL
"""


@migrations()  # type: ignore[untyped-decorator, unused-ignore]
def first_tables(db: Database) -> None:
    """Sources, mentions, counts, incidents and the outbox."""
    for statement in FIRST.split(";"):
        if statement.strip():
            db.execute(statement)


@migrations()  # type: ignore[untyped-decorator, unused-ignore]
def troubles_of_sources(db: Database) -> None:
    """How sources fare: pace, rungs, gaps, rhythm, troubles and the cards that tell of them."""
    for statement in TROUBLES.split(";"):
        db.execute(statement)


STORIES = """
ALTER TABLE mentions ADD COLUMN story INTEGER;
CREATE INDEX mentions_story ON mentions (story) WHERE story != id;
CREATE TABLE story_keys (key INTEGER PRIMARY KEY, mention INTEGER NOT NULL, until INTEGER NOT NULL)
"""


@migrations()  # type: ignore[untyped-decorator, unused-ignore]
def stories_of_mentions(db: Database) -> None:
    """The story that each mention tells, and what stories are found by; older mentions have none."""
    for statement in STORIES.split(";"):
        db.execute(statement)


# Moods and copies of what is stored are worked out; what a rule narrows is counted anew at the next start.
FIRSTS = """
ALTER TABLE counts ADD COLUMN mood INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mentions ADD COLUMN old INTEGER NOT NULL DEFAULT 0;
ALTER TABLE matches ADD COLUMN copy INTEGER NOT NULL DEFAULT 0;
CREATE TABLE firsts (
    measure TEXT NOT NULL, brand TEXT NOT NULL, who TEXT NOT NULL, minute INTEGER NOT NULL,
    mention INTEGER NOT NULL REFERENCES mentions (id) ON DELETE CASCADE, is_first INTEGER NOT NULL,
    PRIMARY KEY (measure, brand, who, minute, mention)
) WITHOUT ROWID;
CREATE INDEX firsts_mention ON firsts (mention);
UPDATE mentions SET old = 1 WHERE source = 'import';
UPDATE matches SET copy = 1 FROM (
    SELECT x.brand AS b, x.minute AS t, m.id AS i,
        row_number() OVER (PARTITION BY x.brand, m.story ORDER BY m.id) AS place
    FROM mentions m JOIN matches x ON x.mention = m.id WHERE m.counted AND m.story IS NOT NULL
) WHERE brand = b AND minute = t AND mention = i AND place > 1;
UPDATE counts SET mood = felt FROM (
    SELECT x.brand AS b, v.name AS v, x.minute AS t, m.source AS s,
        sum(CAST(round(1000 * CASE m.human WHEN 'negative' THEN min(m.score, -0.5)
            WHEN 'positive' THEN max(m.score, 0.5) WHEN 'neutral' THEN 0.0 ELSE m.score END) AS INTEGER)) AS felt
    FROM mentions m JOIN matches x ON x.mention = m.id
        JOIN (SELECT 'all' AS name UNION ALL SELECT 'negative' UNION ALL SELECT 'copies') v ON CASE v.name
            WHEN 'all' THEN 1 WHEN 'copies' THEN x.copy
            ELSE (CASE m.human WHEN '' THEN m.label ELSE m.human END) = 'negative' END
    WHERE m.counted GROUP BY 1, 2, 3, 4
) WHERE brand = b AND measure = v AND minute = t AND source = s;
DELETE FROM measures;
DROP INDEX mentions_story;
CREATE INDEX mentions_story ON mentions (story, minute) WHERE story != id
"""


@migrations()  # type: ignore[untyped-decorator, unused-ignore]
def moods_and_firsts(db: Database) -> None:
    """How the counted mentions feel, which of a story's are copies, and which are an author's first."""
    for statement in FIRSTS.split(";"):
        db.execute(statement)


SHADOWS = """
CREATE TABLE shadows (
    id INTEGER PRIMARY KEY, brand TEXT NOT NULL, rule TEXT NOT NULL, verdict TEXT NOT NULL, found_at TEXT NOT NULL,
    at TEXT NOT NULL, last_at TEXT NOT NULL, severity TEXT NOT NULL, z REAL NOT NULL, observed INTEGER NOT NULL,
    expected REAL NOT NULL, findings INTEGER NOT NULL DEFAULT 1, data TEXT NOT NULL, course TEXT NOT NULL
);
CREATE INDEX shadows_rule ON shadows (brand, rule)
"""


@migrations()  # type: ignore[untyped-decorator, unused-ignore]
def shadows_of_rules(db: Database) -> None:
    """What rules that tell nobody would have told."""
    for statement in SHADOWS.split(";"):
        db.execute(statement)


SNAPSHOTS = """
CREATE TABLE snapshots (
    id INTEGER PRIMARY KEY, brand TEXT NOT NULL, measure TEXT NOT NULL, sources TEXT NOT NULL, since INTEGER NOT NULL,
    made_of TEXT NOT NULL, data BLOB NOT NULL, UNIQUE (brand, measure, sources)
);
CREATE INDEX snapshots_since ON snapshots (since, brand, measure, sources)
"""


@migrations()  # type: ignore[untyped-decorator, unused-ignore]
def snapshots_of_series(db: Database) -> None:
    """What series are read from at a start: a help that may be dropped at any time."""
    for statement in SNAPSHOTS.split(";"):
        db.execute(statement)


# Labels that came with mentions are the first words of the journal. Of a source of rows they are somebody's
# who labelled them, of any other the author's own: stars.
LABELS = """
CREATE TABLE labels (
    id INTEGER PRIMARY KEY AUTOINCREMENT, mention INTEGER NOT NULL REFERENCES mentions (id) ON DELETE CASCADE,
    label TEXT NOT NULL, was TEXT NOT NULL, version TEXT NOT NULL, confirms INTEGER NOT NULL, origin TEXT NOT NULL,
    by TEXT NOT NULL, at TEXT NOT NULL
);
CREATE INDEX labels_mention ON labels (mention);
INSERT INTO labels (mention, label, was, version, confirms, origin, by, at)
    SELECT m.id, m.human, m.label, m.reading, m.human = m.label,
        CASE WHEN m.source = 'import' OR coalesce(s.kind, 'file') IN ('file', 'push') THEN 'import' ELSE 'author' END,
        '', m.heard_at
    FROM mentions m LEFT JOIN sources s ON s.name = m.source WHERE m.human != '' ORDER BY m.id
"""


@migrations()  # type: ignore[untyped-decorator, unused-ignore]
def labels_of_people(db: Database) -> None:
    """What people said of our labels, each word of it."""
    for statement in LABELS.split(";"):
        db.execute(statement)


MODELS = """
CREATE TABLE models (
    version INTEGER PRIMARY KEY, made_at TEXT NOT NULL, state TEXT NOT NULL, labels INTEGER NOT NULL,
    report TEXT NOT NULL, weights BLOB NOT NULL
)
"""


@migrations()  # type: ignore[untyped-decorator, unused-ignore]
def versions_of_what_was_learned(db: Database) -> None:
    """What was learned from people's labels, each version of it."""
    db.execute(MODELS)

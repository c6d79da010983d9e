"""What people said of our labels: a journal that is only ever added to.

Each entry is one word about one mention: a label, or none, which takes back what was said before.
The last word counts, and stands as `mentions.human` too. What a person wrote goes with the
mention: an entry holds no text of it, and is dropped when it is.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from listener.store.counts import IMPORT as FILE
from listener.store.times import moment, text

TEAM, IMPORT, AUTHOR = "team", "import", "author"
ORIGINS = (TEAM, IMPORT, AUTHOR)
LABELS = ("negative", "neutral", "positive", "unsure")
# Sources whose rows carry the label that somebody gave; of any other it is the author's own: the stars.
ROWS = frozenset({"file", "push"})


@dataclass(frozen=True, slots=True)
class Said:
    """One word about a mention: its label, empty where it takes back what was said before.

    `was` is what we read then, by the reading `version`. `origin` is `team`, `import` or `author`; `by`
    the name of the person, where one is known.
    """

    mention: int
    label: str
    was: str
    version: str
    origin: str
    by: str
    at: datetime

    @property
    def confirms(self) -> bool:
        return self.label == self.was


@dataclass(frozen=True, slots=True)
class Labelled:
    """A mention with the last word about its label, as learning needs it.

    `names` are the words its brands were found by, as written; none where a source named the brand.
    `was` is what we read when that was said. `label` may be `unsure`, where somebody says that
    it leans to no side. Mentions of one `story` tell the same text.
    """

    mention: int
    title: str
    text: str
    language: str
    names: tuple[str, ...]
    label: str
    was: str
    version: str
    origin: str
    at: datetime
    story: int

    @property
    def confirms(self) -> bool:
        return self.label == self.was


@dataclass(frozen=True, slots=True)
class Open:
    """A mention of whose label nobody has said anything: the first that we know of its story."""

    mention: int
    story: int
    minute: int
    brands: tuple[str, ...]
    language: str
    label: str
    confidence: float
    version: str


def write(db: sqlite3.Connection, words: Iterable[Said]) -> None:
    """Add words to the journal; what counts of a mention is not touched here."""
    db.executemany(
        "INSERT INTO labels (mention, label, was, version, confirms, origin, by, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(w.mention, w.label, w.was, w.version, w.confirms, w.origin, w.by, text(w.at)) for w in words],
    )


def origin_of(db: sqlite3.Connection, source: str) -> str:
    """Return whose the labels are that a source brings with its mentions."""
    if source == FILE:
        return IMPORT
    row = db.execute("SELECT kind FROM sources WHERE name = ?", (source,)).fetchone()
    return IMPORT if row is None or row[0] in ROWS else AUTHOR


def given(db: sqlite3.Connection, origins: Iterable[str] = ORIGINS) -> Iterator[Labelled]:
    """Yield the labelled mentions in the order in which the last word about each was said."""
    rows = db.execute(
        "SELECT m.id, m.title, m.text, m.language, (SELECT json_group_array(json(x.words)) FROM matches x"
        " WHERE x.mention = m.id), l.label, l.was, l.version, l.origin, l.at, coalesce(m.story, m.id)"
        " FROM labels l JOIN mentions m ON m.id = l.mention"
        " WHERE l.id IN (SELECT max(id) FROM labels GROUP BY mention) AND l.label != ''"
        " AND l.origin IN (SELECT value FROM json_each(?)) ORDER BY l.id",
        (json.dumps(list(origins)),),
    )
    for number, title, body, language, words, label, was, version, origin, at, story in rows:
        names = tuple(dict.fromkeys(word for brand in json.loads(words) for word in brand))
        yield Labelled(
            number, title, body, language, names, label, was, version, origin, moment(at), story
        )  # fmt: skip


def open_ones(db: sqlite3.Connection, first: int, most: int) -> list[Open]:
    """Return what is open of the newest `most` mentions from a minute on, one of each story.

    A story of which one was labelled, or brought a label, is open no more.
    """
    closed = "SELECT coalesce(m.story, m.id) FROM mentions m JOIN labels l ON l.mention = m.id"
    rows = db.execute(
        "SELECT m.id, coalesce(m.story, m.id) AS told, m.minute, (SELECT json_group_array(x.brand) FROM matches x"
        " WHERE x.mention = m.id), m.language, m.label, m.confidence, m.reading FROM mentions m"
        f" WHERE m.minute >= ? AND m.human = '' AND told NOT IN ({closed})"
        " ORDER BY m.minute DESC, m.id DESC LIMIT ?",
        (first, most),
    )
    # The later of a story come first here, and the earlier take their place.
    found = {row[1]: row for row in rows}
    return [
        Open(number, story, minute, tuple(sorted(json.loads(brands))), *rest)
        for number, story, minute, brands, *rest in found.values()
    ]


def of(db: sqlite3.Connection, mention: int) -> list[Said]:
    """Return all that was said of one mention, oldest first."""
    return among(db, mention, mention).get(mention, [])


def among(db: sqlite3.Connection, first: int, last: int) -> dict[int, list[Said]]:
    """Return all that was said of the mentions with the numbers [first, last], by mention, oldest first."""
    rows = db.execute(
        "SELECT mention, label, was, version, origin, by, at FROM labels WHERE mention BETWEEN ? AND ?"
        " ORDER BY mention, id",
        (first, last),
    )
    found: dict[int, list[Said]] = {}
    for mention, label, was, version, origin, by, at in rows:
        found.setdefault(mention, []).append(Said(mention, label, was, version, origin, by, moment(at)))
    return found


def number(db: sqlite3.Connection) -> int:
    """Return how many words were said in all."""
    return int(db.execute("SELECT count(*) FROM labels").fetchone()[0])

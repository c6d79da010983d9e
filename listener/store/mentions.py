"""Mentions, whose they are, and the counts that are kept in the same transaction."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from json.encoder import encode_basestring
from typing import Any

from listener.store import changes, firsts, labels, moods, stories
from listener.store.counts import COPIES
from listener.store.firsts import Shift
from listener.store.labels import Said
from listener.store.stories import MINUTES_A_DAY, Placed, Tale
from listener.store.times import maybe_moment, maybe_text, minute, moment, text

COLUMNS = 21


@dataclass(frozen=True, slots=True)
class Row:
    """One mention, read and matched, ready to be stored.

    `minute` is where it counts (minutes since 1970); `counted` is False for what is kept but
    not counted. `brands` maps a brand to the words it was found by, `measures` to the counts
    it adds to (all, negative, and the rules that narrow what they count), `firsts` to those that
    it adds to if it is the first of its author or its story, each as (measure, which of both).
    `tale` is what its story is found by; without one it is a story of its own. `said` is what
    people said of its label elsewhere, oldest first; it has no number there.
    """

    key: str
    url: str
    author: str
    title: str
    text: str
    published_at: datetime | None
    minute: int
    counted: bool
    reach: int | None
    language: str
    label: str
    score: float
    worst: float
    confidence: float
    reading: str
    human: str = ""
    brands: Mapping[str, Sequence[str]] = field(default_factory=dict)
    measures: Mapping[str, Sequence[str]] = field(default_factory=dict)
    tale: Tale | None = None
    firsts: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    said: Sequence[Said] = ()

    @property
    def mood(self) -> int:
        """What it adds to the mood of its minute, in thousandths."""
        return moods.mood(self.score, self.human)


@dataclass(frozen=True, slots=True)
class Stored:
    """A mention as it stands in the store."""

    id: int
    source: str
    url: str
    author: str
    title: str
    text: str
    published_at: datetime | None
    heard_at: datetime
    minute: int
    reach: int | None
    language: str
    label: str
    score: float
    worst: float
    human: str
    words: tuple[str, ...] = ()
    counted: bool = True
    story: int | None = None
    confidence: float = 0.0
    reading: str = ""

    @property
    def felt(self) -> str:
        """The label that counts: a person's, where there is one."""
        return self.human or self.label


def held(db: sqlite3.Connection, source: str, keys: Sequence[str]) -> set[str]:
    """Return which of the keys the store already holds for the source."""
    found: set[str] = set()
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        marks = ",".join("?" * len(part))
        rows = db.execute(f"SELECT key FROM mentions WHERE source = ? AND key IN ({marks})", (source, *part))
        found.update(row[0] for row in rows)
    return found


def numbers(db: sqlite3.Connection, places: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Return the numbers of those mentions that are kept, each place a source and a key."""
    rows = db.execute(
        "SELECT m.source, m.key, m.id FROM json_each(?) p CROSS JOIN mentions m"
        " ON m.source = json_extract(p.value, '$[0]') AND m.key = json_extract(p.value, '$[1]')",
        (json.dumps(list(places)),),
    )
    return {(source, key): number for source, key, number in rows}


def add(
    db: sqlite3.Connection, source: str, rows: Iterable[Row], heard_at: datetime, *, history: bool = False
) -> int:
    """Store what is not held yet, with its story, matches and counts; return how many were new.

    An item of a feed that came before under another id is not new, and what is kept of it stays as it was.
    `history` says that what comes is no news: it is counted as what is usual, and raises nothing.
    """
    unique = {row.key: row for row in rows}
    old = held(db, source, list(unique))
    new = [row for key, row in unique.items() if key not in old]
    if not new:
        return 0
    first = int(db.execute("SELECT coalesce(max(id), 0) + 1 FROM mentions").fetchone()[0])
    today = minute(heard_at) // MINUTES_A_DAY
    placed = stories.place(db, source, new, first, today, history=history)
    heard = text(heard_at)
    marks = ",".join("?" * COLUMNS)
    db.executemany(
        f"INSERT INTO mentions VALUES ({marks})",
        [_values(at, source, row, heard, history) for row, at in placed],
    )
    db.executemany(
        "INSERT INTO matches VALUES (?, ?, ?, ?, ?)",
        [
            (brand, at.id, row.minute, _json(words), brand in at.copied)
            for row, at in placed
            for brand, words in row.brands.items()
        ],
    )
    _said(db, source, placed, heard_at)
    shifts = stories.taken_over(db, [late for _, at in placed for late in at.overtaken])
    shifts += firsts.add(db, source, ((row, at.id, at.story) for row, at in placed), history=history)
    _count(db, source, placed, shifts, history=history)
    return len(placed)


def _values(at: Placed, source: str, row: Row, heard: str, history: bool) -> tuple[Any, ...]:
    return (
        at.id, source, row.key, row.url, row.author, row.title, row.text, maybe_text(row.published_at), heard,
        row.minute, row.counted, row.reach, row.language, row.label, row.score, row.worst, row.confidence,
        row.reading, row.human, at.story, history,
    )  # fmt: skip


def _said(
    db: sqlite3.Connection, source: str, placed: Iterable[tuple[Row, Placed]], heard_at: datetime
) -> None:
    """Take down the labels that came with the mentions, and what was said of them elsewhere."""
    labelled = [(row, at.id) for row, at in placed if row.human or row.said]
    if not labelled:
        return
    origin = labels.origin_of(db, source)
    words: list[Said] = []
    for row, number in labelled:
        words += [replace(word, mention=number) for word in row.said]
        if not row.said or row.said[-1].label != row.human:
            words.append(Said(number, row.human, row.label, row.reading, origin, "", heard_at))
    labels.write(db, words)


def _json(words: Iterable[str]) -> str:
    # An encoder is built anew for each list that it is given.
    return f"[{', '.join(map(encode_basestring, words))}]"


def _count(
    db: sqlite3.Connection,
    source: str,
    placed: Iterable[tuple[Row, Placed]],
    shifts: Sequence[Shift],
    *,
    history: bool,
) -> None:
    counts: defaultdict[tuple[str, str, int], int] = defaultdict(int)
    felt: defaultdict[tuple[str, str, int], int] = defaultdict(int)
    for row, at in placed:
        if row.counted:
            mood = row.mood
            for brand, measures in row.measures.items():
                for measure in (*measures, COPIES) if brand in at.copied else measures:
                    counts[brand, measure, row.minute] += 1
                    felt[brand, measure, row.minute] += mood
    add_up(
        db,
        [
            Shift(brand, measure, at_minute, source, n, n if history else 0, felt[brand, measure, at_minute])
            for (brand, measure, at_minute), n in counts.items()
        ],
    )
    add_up(db, shifts)
    minutes: defaultdict[str, set[int]] = defaultdict(set)
    for brand, _, at_minute in counts:
        minutes[brand].add(at_minute)
    for shift in shifts:
        minutes[shift.brand].add(shift.minute)
    changes.note(db, "history" if history else "counts", minutes)


def add_up(db: sqlite3.Connection, shifts: Sequence[Shift]) -> None:
    """Bring the counts up by what is new in them, and down by what is no more."""
    db.executemany(
        "INSERT INTO counts (brand, measure, minute, source, n, old, mood) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (brand, measure, minute, source) DO UPDATE"
        " SET n = n + excluded.n, old = old + excluded.old, mood = mood + excluded.mood",
        [(s.brand, s.measure, s.minute, s.source, s.n, s.old, s.mood) for s in shifts if s.n > 0],
    )
    # What nobody counts that way (any more) is not to be counted by what is taken from it.
    db.executemany(
        "UPDATE counts SET n = n + ?, old = old + ?, mood = mood + ?"
        " WHERE brand = ? AND measure = ? AND minute = ? AND source = ?",
        [(s.n, s.old, s.mood, s.brand, s.measure, s.minute, s.source) for s in shifts if s.n <= 0],
    )
    # Nothing tells whether what is counted there now came first or last.
    db.executemany(
        "DELETE FROM counts WHERE brand = ? AND measure = ? AND minute = ? AND source = ? AND n = 0",
        [(s.brand, s.measure, s.minute, s.source) for s in shifts if s.n < 0],
    )


def between(
    db: sqlite3.Connection,
    brand: str,
    first: int,
    last: int,
    *,
    label: str | None = None,
    most: int = 2000,
    newest: bool = False,
) -> list[Stored]:
    """Return the brand's counted mentions of the minutes [first, last), oldest first."""
    narrow = "" if label is None else " AND (CASE m.human WHEN '' THEN m.label ELSE m.human END) = ?"
    order = "DESC" if newest else "ASC"
    rows = db.execute(
        "SELECT m.*, x.words FROM matches x JOIN mentions m ON m.id = x.mention"
        f" WHERE x.brand = ? AND x.minute >= ? AND x.minute < ? AND m.counted{narrow}"
        f" ORDER BY x.minute {order}, m.id {order} LIMIT ?",
        (brand, first, last, *(() if label is None else (label,)), most),
    )
    found = [_stored(row) for row in rows]
    return found[::-1] if newest else found


def of(db: sqlite3.Connection, ids: Iterable[int]) -> list[Stored]:
    """Return the mentions of those numbers that are still kept, by number, with the words of all their brands."""
    rows = db.execute(
        "SELECT m.*, (SELECT json_group_array(w.value) FROM matches x, json_each(x.words) w WHERE x.mention = m.id)"
        " AS words FROM mentions m WHERE m.id IN (SELECT value FROM json_each(?)) ORDER BY m.id",
        (json.dumps(list(ids)),),
    )
    return list(map(_stored, rows))


def of_story(db: sqlite3.Connection, number: int) -> list[int]:
    """Return the numbers of all kept mentions that tell the story of this one, itself among them."""
    rows = db.execute(
        "SELECT m.id FROM mentions m JOIN (SELECT coalesce(story, id) AS told FROM mentions WHERE id = ?) ON"
        " m.id = told OR (m.story = told AND m.story != m.id) ORDER BY m.id",
        (number,),
    )
    return [row[0] for row in rows]


def search(db: sqlite3.Connection, first: int, most: int = 100_000) -> Iterable[Stored]:
    """Yield the stored mentions from a minute on, newest first."""
    rows = db.execute(
        "SELECT m.*, '[]' AS words FROM mentions m WHERE m.minute >= ? ORDER BY m.minute DESC, m.id DESC LIMIT ?",
        (first, most),
    )
    return map(_stored, rows)


def prune(db: sqlite3.Connection, before: int, most: int = 2000) -> int:
    """Drop up to `most` mentions from before a minute, with their matches; return how many there were."""
    old = "SELECT id FROM mentions WHERE minute < ? LIMIT ?"
    return db.execute(f"DELETE FROM mentions WHERE id IN ({old})", (before, most)).rowcount


def brands_of(db: sqlite3.Connection, mention: int) -> list[str]:
    return [row[0] for row in db.execute("SELECT brand FROM matches WHERE mention = ?", (mention,))]


def totals(db: sqlite3.Connection) -> dict[str, int]:
    """Return how many mentions each brand has in all."""
    return {row[0]: row[1] for row in db.execute("SELECT brand, count(*) FROM matches GROUP BY brand")}


def _stored(row: sqlite3.Row) -> Stored:
    return Stored(
        id=row["id"],
        source=row["source"],
        url=row["url"],
        author=row["author"],
        title=row["title"],
        text=row["text"],
        published_at=maybe_moment(row["published_at"]),
        heard_at=moment(row["heard_at"]),
        minute=row["minute"],
        reach=row["reach"],
        language=row["language"],
        label=row["label"],
        score=row["score"],
        worst=row["worst"],
        human=row["human"],
        words=tuple(json.loads(row["words"])),
        counted=bool(row["counted"]),
        story=row["story"],
        confidence=row["confidence"],
        reading=row["reading"],
    )

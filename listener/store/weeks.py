"""What a week, an hour or a fortnight adds up to: what digests and pages ask of the store."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from listener.store.times import maybe_moment

FELT = "(CASE m.human WHEN '' THEN m.label ELSE m.human END)"
HERE = (
    "FROM matches x JOIN mentions m ON m.id = x.mention"
    " WHERE x.brand = ? AND x.minute >= ? AND x.minute < ? AND m.counted"
)
LONGEST = 600
ALIKE = 120
_LETTERS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Loud:
    """One mention that many may have seen; `times` says how often the same text was published."""

    url: str
    author: str
    source: str
    text: str
    published_at: datetime | None
    label: str
    score: float
    reach: int | None
    times: int


def moods(db: sqlite3.Connection, brand: str, first: int, last: int) -> dict[str, tuple[int, float]]:
    """Return per label, a person's before ours, the mentions of the minutes [first, last) and their mean score."""
    rows = db.execute(
        f"SELECT {FELT} AS felt, count(*), avg(m.score) {HERE} GROUP BY felt", (brand, first, last)
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def said(
    db: sqlite3.Connection, brand: str, first: int, last: int, labels: Sequence[str], most: int
) -> list[str]:
    """Return what the newest mentions of those labels say, title and text together."""
    marks = ",".join("?" * len(labels))
    rows = db.execute(
        f"SELECT m.title, m.text {HERE} AND {FELT} IN ({marks}) ORDER BY x.minute DESC, m.id DESC LIMIT ?",
        (brand, first, last, *labels, most),
    )
    return [whole(*row) for row in rows]


def loudest(db: sqlite3.Connection, brand: str, first: int, last: int, most: int) -> list[Loud]:
    """Return the mentions that reached most people; without any reach told, the most repeated, then the worst.

    Texts that differ in marks and capitals only, or after many words, are one.
    """
    rows = db.execute(
        "SELECT m.url, m.author, m.source, m.title, substr(m.text, 1, ?) AS text, m.published_at,"
        f" {FELT} AS felt, m.score, max(coalesce(m.reach, -1)) AS reach, count(*) AS times {HERE}"
        " GROUP BY m.title, m.text ORDER BY reach DESC, times DESC, m.score, m.id LIMIT ?",
        (LONGEST, brand, first, last, most * 10),
    )
    found: dict[str, Loud] = {}
    for loud in map(_loud, rows):
        same = " ".join(_LETTERS.findall(loud.text.casefold()))[:ALIKE]
        known = found.setdefault(same, loud)
        if known is not loud:
            found[same] = replace(known, times=known.times + loud.times)
    return sorted(found.values(), key=lambda loud: (-(loud.reach or -1), -loud.times, loud.score))[:most]


def told(db: sqlite3.Connection, kind: str = "digest") -> frozenset[str]:
    """Return the weeks whose digest was ever put into the outbox."""
    rows = db.execute("SELECT DISTINCT json_extract(data, '$.week') FROM notices WHERE kind = ?", (kind,))
    return frozenset(row[0] for row in rows if row[0])


def began(db: sqlite3.Connection) -> int | None:
    """Return the first minute of which anything is known: heard, imported or counted; None before that."""
    row = db.execute(
        "SELECT min(first) FROM (SELECT min(first) AS first FROM coverage"
        " UNION ALL SELECT min(first) FROM known UNION ALL SELECT min(minute) FROM counts)"
    ).fetchone()
    return None if row[0] is None else int(row[0])


def outbox(db: sqlite3.Connection) -> dict[str, dict[str, int]]:
    """Return per way out how many notices stand in each state."""
    found: dict[str, dict[str, int]] = {}
    for way, state, n in db.execute("SELECT way, state, count(*) FROM notices GROUP BY way, state"):
        found.setdefault(way, {})[state] = n
    return found


def opened(db: sqlite3.Connection) -> dict[tuple[str, str], int]:
    """Return how many incidents were ever opened, per brand and severity."""
    rows = db.execute("SELECT brand, severity, count(*) FROM incidents GROUP BY brand, severity")
    return {(row[0], row[1]): row[2] for row in rows}


def whole(title: str, text: str) -> str:
    """Return title and text as one; many sources repeat the title at the beginning of the text."""
    return text if not title or text.startswith(title) else f"{title}. {text}" if text else title


def _loud(row: sqlite3.Row) -> Loud:
    return Loud(
        url=row["url"],
        author=row["author"],
        source=row["source"],
        text=whole(row["title"], row["text"]),
        published_at=maybe_moment(row["published_at"]),
        label=row["felt"],
        score=row["score"],
        reach=row["reach"] if row["reach"] >= 0 else None,
        times=row["times"],
    )

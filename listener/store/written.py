"""What is asked of the mentions of a window where a verdict is weighed: who wrote, where, how loud."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

AT_ONCE = 500


class Written(NamedTuple):
    """One counted mention of a brand, without its words; `original` tells that it is the first of its story."""

    minute: int
    id: int
    author: str
    url: str
    reach: int
    negative: bool
    original: bool


class Words(NamedTuple):
    """What one mention says, and what a query may ask of it."""

    id: int
    title: str
    text: str
    author: str
    url: str
    language: str


def between(db: sqlite3.Connection, brand: str, first: int, last: int, most: int) -> list[Written]:
    """Return the brand's counted mentions of the minutes [first, last), oldest first; the newest `most` of them."""
    rows = db.execute(
        "SELECT x.minute, m.id, m.author, m.url, coalesce(m.reach, 0),"
        " (CASE m.human WHEN '' THEN m.label ELSE m.human END) = 'negative', coalesce(m.story = m.id, 1)"
        " FROM matches x JOIN mentions m ON m.id = x.mention"
        " WHERE x.brand = ? AND x.minute >= ? AND x.minute < ? AND m.counted"
        " ORDER BY x.minute DESC, x.mention DESC LIMIT ?",
        (brand, first, last, most),
    )
    return [Written(*row) for row in rows][::-1]


def words(db: sqlite3.Connection, ids: Sequence[int]) -> Iterable[Words]:
    """Yield what the mentions of those numbers say."""
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        marks = ",".join("?" * len(part))
        rows = db.execute(
            f"SELECT id, title, text, author, url, language FROM mentions WHERE id IN ({marks})", part
        )
        yield from (Words(*row) for row in rows)

"""All that is kept, a page at a time: whoever takes it out slowly holds up nobody."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from listener.store import Store, incidents, labels
from listener.store.incidents import Saved
from listener.store.labels import Said
from listener.store.mentions import Stored, _stored

PAGE = 500
EVER = (0, 2**40)


@dataclass(frozen=True, slots=True)
class Kept:
    """A mention with its key in its source, the brands it concerns by name, and what was said of its label."""

    mention: Stored
    key: str
    brands: tuple[str, ...]
    said: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """Mentions of one minute from one source; `history` of them were no news when they came."""

    brand: str
    measure: str
    minute: int
    source: str
    number: int
    history: int


def kept(store: Store, first: int, last: int) -> Iterator[Kept]:
    """Yield the mentions of the minutes [first, last), in the order in which they were heard."""
    after = 0
    while True:
        with store.read() as db:
            page = db.execute(
                "SELECT m.*, '[]' AS words, (SELECT json_group_array(brand) FROM matches WHERE mention = m.id) AS brands"
                " FROM mentions m WHERE m.id > ? AND m.minute >= ? AND m.minute < ? ORDER BY m.id LIMIT ?",
                (after, first, last, PAGE),
            ).fetchall()
            said = labels.among(db, page[0]["id"], page[-1]["id"]) if page else {}
        for row in page:
            brands = tuple(sorted(json.loads(row["brands"])))
            yield Kept(_stored(row), row["key"], brands, tuple(said.get(row["id"], ())))
        if len(page) < PAGE:
            return
        after = page[-1]["id"]


def counted(store: Store, first: int, last: int) -> Iterator[Count]:
    """Yield the counts of the minutes [first, last), by brand, measure and time."""
    after: tuple[Any, ...] = ("", "", -1, "")
    while True:
        with store.read() as db:
            page = db.execute(
                "SELECT brand, measure, minute, source, n, old FROM counts"
                " WHERE (brand, measure, minute, source) > (?, ?, ?, ?) AND minute >= ? AND minute < ?"
                " ORDER BY brand, measure, minute, source LIMIT ?",
                (*after, first, last, PAGE),
            ).fetchall()
        yield from (Count(*row) for row in page)
        if len(page) < PAGE:
            return
        after = tuple(page[-1])[:4]


def lived(store: Store) -> Iterator[tuple[Saved, list[dict[str, Any]]]]:
    """Yield every incident with its kept findings, oldest first."""
    number = 0
    while True:
        with store.read() as db:
            number = _next(db, number)
            saved = incidents.get(db, number)
            if saved is None:
                return
            found = incidents.findings(db, number)
        yield saved, found


def _next(db: sqlite3.Connection, number: int) -> int:
    row = db.execute("SELECT min(id) FROM incidents WHERE id > ?", (number,)).fetchone()
    return int(row[0] or 0)

"""Rows of a file whose mentions are stored already: they add nothing, but the labels in them are taken.

So an export can be labelled in a spreadsheet and brought back. What the team has said since the file was
written, or what the file knows nothing of, stays; an empty cell says nothing, and of several rows of
one mention the first that says something new counts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listener.intake import Measures
from listener.labelling import take
from listener.store import mentions
from listener.store.counts import IMPORT
from listener.store.mentions import Row


@dataclass(frozen=True, slots=True)
class Home:
    """Where the mention of a row may be kept: a source and a key, and whose it is then, if that matters."""

    source: str
    key: str
    brand: str = ""


@dataclass(frozen=True, slots=True)
class Brought:
    """A row as it would be stored, and where its mention may be kept already."""

    row: Row
    homes: Sequence[Home]


class Bringing:
    """Takes the labels of one file; `taken` is how many stored mentions were labelled by it."""

    def __init__(self, measures: Measures) -> None:
        self._measures = measures
        self._done: set[int] = set()

    @property
    def taken(self) -> int:
        return len(self._done)

    def new(self, db: sqlite3.Connection, brought: Sequence[Brought], now: datetime) -> list[Row]:
        """Take the labels of mentions that are stored; return the rows that are not kept elsewhere."""
        numbers = mentions.numbers(db, {(home.source, home.key) for one in brought for home in one.homes})
        found = [(one.row, *_at_home(db, one, numbers)) for one in brought]
        self._take(db, [(row, number) for row, number, _ in found if number and row.human], now)
        return [row for row, _, home in found if home in (None, Home(IMPORT, row.key))]

    def _take(self, db: sqlite3.Connection, labelled: Sequence[tuple[Row, int]], now: datetime) -> None:
        kept = {m.id: m for m in mentions.of(db, {number for _, number in labelled})}
        for row, number in labelled:
            if number not in self._done and take(db, self._measures, kept[number], row.human, row.said, now):
                self._done.add(number)


def homes(value: Mapping[str, Any], key: str, brand: str) -> Sequence[Home]:
    """Return where the mention of a row may be kept: an export puts a source before its id, a brand after."""
    return [Home(IMPORT, key), *_exported(str(value.get("source") or ""), key, brand)]


def _exported(source: str, key: str, brand: str) -> Iterator[Home]:
    ending, start = f" ({brand})", f"{source}:"
    if brand and key.endswith(ending):
        yield Home(IMPORT, key.removesuffix(ending), brand)
    if source and source != IMPORT and key.startswith(start):
        own = key.removeprefix(start)
        yield Home(source, own, brand)
        if brand and own.endswith(ending):
            yield Home(source, own.removesuffix(ending), brand)


def _at_home(
    db: sqlite3.Connection, one: Brought, numbers: Mapping[tuple[str, str], int]
) -> tuple[int, Home | None]:
    """Return the number of the mention of a row and where it is kept; 0 and nothing if it is not."""
    for home in one.homes:
        number = numbers.get((home.source, home.key), 0)
        if number and (not home.brand or home.brand in mentions.brands_of(db, number)):
            return number, home
    return 0, None

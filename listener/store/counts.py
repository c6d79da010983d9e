"""Counts per minute, and the spans in which they can be believed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

IMPORT = "import"
# Mentions of a story that was counted for the brand before; `stories` are all without these.
COPIES, STORIES = "copies", "stories"
GAPS_KEPT = 30 * 24 * 60


def load(
    db: sqlite3.Connection, brand: str, measure: str, first: int, last: int, sources: Sequence[str]
) -> list[tuple[int, int]]:
    """Return (minute, mentions) of the minutes [first, last) that had any, from those sources."""
    return _loaded(db, "n", brand, measure, first, last, sources)


def moods(
    db: sqlite3.Connection, brand: str, measure: str, first: int, last: int, sources: Sequence[str]
) -> list[tuple[int, int]]:
    """Return (minute, thousandths) of the same minutes: the scores of their mentions added up."""
    return _loaded(db, "mood", brand, measure, first, last, sources)


def _loaded(
    db: sqlite3.Connection,
    column: str,
    brand: str,
    measure: str,
    first: int,
    last: int,
    sources: Sequence[str],
) -> list[tuple[int, int]]:
    marks, (summed, which) = ",".join("?" * len(sources)), _summed(measure, column)
    cursor = db.cursor()
    # A year of minutes is many rows: as plain tuples they come in half the time.
    cursor.row_factory = None
    return cursor.execute(
        f"SELECT minute, {summed} FROM counts WHERE brand = ? AND {which} AND minute >= ? AND minute < ?"
        f" AND source IN ({marks}) GROUP BY minute ORDER BY minute",
        (brand, *_measures(measure), first, last, *sources),
    ).fetchall()


def per_step(
    db: sqlite3.Connection,
    brand: str,
    measure: str,
    first: int,
    last: int,
    step: int,
    sources: Sequence[str],
    column: str = "n",
) -> list[tuple[int, int]]:
    """Return (number of the step, mentions) of the steps of [first, last), `step` minutes each, that had any.

    Instead of mentions their `mood` may be asked for, in thousandths.
    """
    marks, (summed, which) = ",".join("?" * len(sources)), _summed(measure, column)
    rows = db.execute(
        f"SELECT (minute - ?) / ?, {summed} FROM counts WHERE brand = ? AND {which} AND minute >= ? AND minute < ?"
        f" AND source IN ({marks}) GROUP BY 1 ORDER BY 1",
        (first, step, brand, *_measures(measure), first, last, *sources),
    )
    return [(row[0], row[1]) for row in rows]


def per_source(db: sqlite3.Connection, brand: str, measure: str, first: int, last: int) -> dict[str, int]:
    """Return the mentions of the minutes [first, last) by the source that brought them."""
    summed, which = _summed(measure, "n")
    rows = db.execute(
        f"SELECT source, {summed} FROM counts WHERE brand = ? AND {which} AND minute >= ? AND minute < ?"
        " GROUP BY source ORDER BY source",
        (brand, *_measures(measure), first, last),
    )
    return {row[0]: row[1] for row in rows}


def _measures(measure: str) -> tuple[str, ...]:
    return ("all", COPIES) if measure == STORIES else (measure,)


def _summed(measure: str, column: str) -> tuple[str, str]:
    """Return how a measure is summed, and which rows it asks for: stories are what is no copy."""
    if measure == STORIES:
        return f"sum(CASE measure WHEN '{COPIES}' THEN -{column} ELSE {column} END)", "measure IN (?, ?)"
    return f"sum({column})", "measure = ?"


def total(db: sqlite3.Connection, brand: str, measure: str, first: int, last: int) -> int:
    """Return the mentions of the minutes [first, last), from wherever they came."""
    summed, which = _summed(measure, "n")
    row = db.execute(
        f"SELECT coalesce({summed}, 0) FROM counts WHERE brand = ? AND {which} AND minute >= ? AND minute < ?",
        (brand, *_measures(measure), first, last),
    ).fetchone()
    return int(row[0])


def history(
    db: sqlite3.Connection, brand: str, measure: str, first: int, last: int, sources: Sequence[str]
) -> int:
    """Return how many of those sources' mentions of the minutes [first, last) were no news when they came."""
    marks, (summed, which) = ",".join("?" * len(sources)), _summed(measure, "old")
    row = db.execute(
        f"SELECT coalesce({summed}, 0) FROM counts WHERE brand = ? AND {which} AND minute >= ? AND minute < ?"
        f" AND source IN ({marks})",
        (brand, *_measures(measure), first, last, *sources),
    ).fetchone()
    return int(row[0])


def has_history(
    db: sqlite3.Connection, brand: str, measure: str, first: int, last: int, sources: Sequence[str]
) -> bool:
    """Tell whether any of those sources' mentions of the minutes [first, last) was no news when it came."""
    marks, (_, which) = ",".join("?" * len(sources)), _summed(measure, "old")
    row = db.execute(
        f"SELECT 1 FROM counts WHERE brand = ? AND {which} AND minute >= ? AND minute < ?"
        f" AND source IN ({marks}) AND old != 0 LIMIT 1",
        (brand, *_measures(measure), first, last, *sources),
    ).fetchone()
    return row is not None


def by_source(db: sqlite3.Connection, brand: str, first: int) -> dict[str, int]:
    """Return the brand's mentions per source from a minute on."""
    rows = db.execute(
        "SELECT source, sum(n) FROM counts WHERE brand = ? AND measure = 'all' AND minute >= ? GROUP BY source",
        (brand, first),
    )
    return {row[0]: row[1] for row in rows}


def oldest(db: sqlite3.Connection, brand: str) -> int | None:
    """Return the first minute with a counted mention of the brand, None where there is none."""
    row = db.execute(
        "SELECT min(minute) FROM counts WHERE brand = ? AND measure = 'all'", (brand,)
    ).fetchone()
    return None if row[0] is None else int(row[0])


def newest(db: sqlite3.Connection, brand: str) -> int | None:
    """Return the last minute with a counted mention of the brand, None where there is none."""
    row = db.execute(
        "SELECT max(minute) FROM counts WHERE brand = ? AND measure = 'all'", (brand,)
    ).fetchone()
    return None if row[0] is None else int(row[0])


def heard(db: sqlite3.Connection, source: str, first: int, last: int) -> None:
    """Take down that the source was heard without a gap in the minutes [first, last)."""
    if last <= first:
        return
    for new_first, new_last in _merge(db, "coverage", "source", source, first, last):
        db.execute(
            "INSERT INTO changes (what, subject, first, last) VALUES ('coverage', ?, ?, ?)",
            (source, new_first, new_last),
        )


def heard_on(db: sqlite3.Connection, spans: Iterable[tuple[str, int, int]]) -> None:
    """Take down spans (source, first, last), most of which only make the newest one of their source longer."""
    longer: list[tuple[int, str, int]] = []
    noted: list[tuple[str, int, int]] = []
    for source, first, last in spans:
        if last <= first:
            continue
        row = db.execute(
            "SELECT first, last FROM coverage WHERE source = ? ORDER BY first DESC LIMIT 1", (source,)
        ).fetchone()
        if row is None or not row[0] <= first <= row[1]:
            heard(db, source, first, last)
        elif row[1] < last:
            longer.append((last, source, row[0]))
            noted.append((source, row[1], last))
    db.executemany("UPDATE coverage SET last = ? WHERE source = ? AND first = ?", longer)
    db.executemany("INSERT INTO changes (what, subject, first, last) VALUES ('coverage', ?, ?, ?)", noted)


def unheard(db: sqlite3.Connection, source: str, first: int, last: int) -> None:
    """Take down that something may be missing in the minutes [first, last): a possible gap.

    What was believed to be heard of them is not believed any more.
    """
    if last <= first:
        return
    for low, high in coverage(db, source, first, last):
        _cut(db, source, low, high)
        db.execute(
            "INSERT INTO changes (what, subject, first, last) VALUES ('coverage', ?, ?, ?)",
            (source, low, high),
        )
    _forget_gaps(db, source, last - GAPS_KEPT)
    db.execute("INSERT OR REPLACE INTO gaps VALUES (?, ?, ?)", (source, first, last))


def _cut(db: sqlite3.Connection, source: str, first: int, last: int) -> None:
    """Take a span that lies within one of those that were heard out of it."""
    low, high = db.execute(
        "SELECT first, last FROM coverage WHERE source = ? AND first <= ? AND last >= ?",
        (source, first, last),
    ).fetchone()
    db.execute("DELETE FROM coverage WHERE source = ? AND first = ?", (source, low))
    left = [(source, a, b) for a, b in ((low, first), (last, high)) if a < b]
    db.executemany("INSERT INTO coverage VALUES (?, ?, ?)", left)


def _forget_gaps(db: sqlite3.Connection, source: str, before: int) -> None:
    db.execute("DELETE FROM gaps WHERE source = ? AND last < ?", (source, before))


def gaps(db: sqlite3.Connection, source: str, first: int, last: int) -> list[tuple[int, int]]:
    """Return the spans of [first, last) in which something of the source may be missing."""
    return _clipped(db, "gaps", "source", source, first, last)


def known_whole(db: sqlite3.Connection, brand: str, first: int, last: int) -> None:
    """Take down that the brand's minutes [first, last) were imported whole."""
    for new_first, new_last in _merge(db, "known", "brand", brand, first, last):
        db.execute(
            "INSERT INTO changes (what, subject, first, last) VALUES ('history', ?, ?, ?)",
            (brand, new_first, new_last),
        )


def _merge(
    db: sqlite3.Connection, table: str, column: str, subject: str, first: int, last: int
) -> list[tuple[int, int]]:
    """Add a span to a table of disjoint spans; return the parts of it that are new."""
    rows = db.execute(
        f"SELECT first, last FROM {table} WHERE {column} = ? AND last >= ? AND first <= ? ORDER BY first",
        (subject, first, last),
    ).fetchall()
    fresh, edge = [], first
    for row in rows:
        if row["first"] > edge:
            fresh.append((edge, min(row["first"], last)))
        edge = max(edge, row["last"])
    if edge < last:
        fresh.append((edge, last))
    if not fresh:
        return []
    if len(rows) == 1 and rows[0]["first"] <= first:
        # By far the most frequent: what was heard last grows a little longer.
        db.execute(
            f"UPDATE {table} SET last = ? WHERE {column} = ? AND first = ?", (last, subject, rows[0]["first"])
        )
        return fresh
    db.execute(f"DELETE FROM {table} WHERE {column} = ? AND last >= ? AND first <= ?", (subject, first, last))
    low = min([first, *(row["first"] for row in rows)])
    high = max([last, *(row["last"] for row in rows)])
    db.execute(f"INSERT INTO {table} VALUES (?, ?, ?)", (subject, low, high))
    return fresh


def coverage(db: sqlite3.Connection, source: str, first: int, last: int) -> list[tuple[int, int]]:
    """Return the spans of [first, last) in which the source was heard without a gap."""
    return _clipped(db, "coverage", "source", source, first, last)


def known(db: sqlite3.Connection, brand: str, first: int, last: int) -> list[tuple[int, int]]:
    """Return the spans of [first, last) that were imported whole for the brand."""
    return _clipped(db, "known", "brand", brand, first, last)


def _clipped(
    db: sqlite3.Connection, table: str, column: str, subject: str, first: int, last: int
) -> list[tuple[int, int]]:
    rows = db.execute(
        f"SELECT first, last FROM {table} WHERE {column} = ? AND last > ? AND first < ? ORDER BY first",
        (subject, first, last),
    )
    return [(max(row[0], first), min(row[1], last)) for row in rows]


def heard_for(db: sqlite3.Connection, last: int) -> dict[str, int]:
    """Return how many minutes before `last` each source was heard."""
    rows = db.execute(
        "SELECT source, sum(min(last, ?) - first) FROM coverage WHERE first < ? GROUP BY source", (last, last)
    )
    return {row[0]: row[1] for row in rows}


def brought(db: sqlite3.Connection, sources: Sequence[str]) -> dict[str, set[str]]:
    """Return for each brand which of these sources brought mentions of it that are still kept."""
    found: dict[str, set[str]] = {}
    for source in sources:
        rows = db.execute(
            "SELECT DISTINCT x.brand FROM mentions m JOIN matches x ON x.mention = m.id WHERE m.source = ?",
            (source,),
        )
        for row in rows:
            found.setdefault(row[0], set()).add(source)
    return found


def around(
    db: sqlite3.Connection, asked: Sequence[tuple[str, str, int, int, int, int]]
) -> Iterable[tuple[str, str, int, str, int, int]]:
    """Return brand, measure, minute, source, mentions and whether it is within, of many spans at once.

    Each asks for the minutes [first, last) of a brand's measure, and tells those of [low, high) as within.
    """
    cursor = db.cursor()
    cursor.row_factory = None
    return cursor.execute(
        "WITH asked (brand, measure, first, last, low, high) AS MATERIALIZED (SELECT value ->> 0, value ->> 1,"
        " value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?))"
        " SELECT c.brand, c.measure, c.minute, c.source, c.n, c.minute >= a.low AND c.minute < a.high FROM asked a"
        " CROSS JOIN counts c ON c.brand = a.brand AND c.measure = a.measure AND c.minute >= a.first"
        " AND c.minute < a.last",
        (json.dumps(asked),),
    )


def measured(db: sqlite3.Connection) -> dict[str, str]:
    """Return the narrowed measures that are counted, with the query each was counted by."""
    return {row[0]: row[1] for row in db.execute("SELECT measure, query FROM measures")}


def per_day(db: sqlite3.Connection, brand: str, edges: Sequence[int]) -> list[Mapping[str, int]]:
    """Return the counts per measure between each two edges (minutes, ascending)."""
    found: list[Mapping[str, int]] = []
    for first, last in pairwise(edges):
        rows = db.execute(
            "SELECT measure, sum(n) FROM counts WHERE brand = ? AND minute >= ? AND minute < ? GROUP BY measure",
            (brand, first, last),
        )
        found.append({row[0]: row[1] for row in rows})
    return found

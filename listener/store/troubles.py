"""What ails the sources, since when, what was told of it, and the cards that tell it.

Each trouble of a source begins once and is mended once. `said` and `mended_said` hold the
number of the notice that told it, 0 where it is not to be told. What concerns all sources
has the name `ALL`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listener.store.sources import State
from listener.store.sources import _state as state_of
from listener.store.times import maybe_moment, maybe_text, moment, text

ALL = ""
UNTOLD = 0


@dataclass(frozen=True, slots=True)
class Trouble:
    """One trouble of one source; `well_at` is since when nothing is seen of it any more."""

    id: int
    source: str
    what: str
    began_at: datetime
    facts: Mapping[str, Any]
    said: int | None
    well_at: datetime | None
    mended_at: datetime | None
    mended_said: int | None


@dataclass(frozen=True, slots=True)
class SourceCard:
    """The card of a source on a way out; `ts` is empty until it stands there."""

    version: int
    made_at: datetime
    channel: str
    ts: str


def suspects(db: sqlite3.Connection, now: datetime) -> list[State]:
    """Return the sources of which the last visits told anything but that all is well."""
    rows = db.execute(
        "SELECT * FROM sources WHERE status NOT IN ('ok', 'new') OR odd > 0 OR overruns > 0 OR rung_lost != ''"
        " OR moved_to != '' OR quiet_at <= ? ORDER BY name",
        (text(now),),
    )
    return [state_of(row) for row in rows]


def visited(db: sqlite3.Connection) -> list[tuple[str, str, datetime | None, datetime]]:
    """Return (name, status, first failure of a row of them, last visit) of every source that was visited."""
    rows = db.execute(
        "SELECT name, status, bad_since, last_visit_at FROM sources WHERE last_visit_at IS NOT NULL"
    )
    return [(row[0], row[1], maybe_moment(row[2]), moment(row[3])) for row in rows]


def bad(db: sqlite3.Connection, tried: int) -> int:
    """Return how many sources failed at least so often in a row."""
    row = db.execute(
        "SELECT count(*) FROM sources WHERE bad_since IS NOT NULL AND fails >= ?", (tried,)
    ).fetchone()
    return int(row[0])


def unvisited(db: sqlite3.Connection) -> frozenset[str]:
    """Return the sources that begin anew: nothing is known of them yet."""
    return frozenset(row[0] for row in db.execute("SELECT name FROM sources WHERE status = 'new'"))


def begin(db: sqlite3.Connection, source: str, what: str, now: datetime, facts: Mapping[str, Any]) -> None:
    """Take down that a trouble begins, unless it is known."""
    db.execute(
        "INSERT INTO troubles (source, what, began_at, facts) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (source, what, text(now), json.dumps(dict(facts), ensure_ascii=False)),
    )


def well(db: sqlite3.Connection, number: int, at: datetime | None) -> None:
    db.execute("UPDATE troubles SET well_at = ? WHERE id = ?", (maybe_text(at), number))


def mend(db: sqlite3.Connection, number: int, now: datetime, said: int | None = None) -> None:
    """Take down that a trouble is over; `said` UNTOLD where nobody is told of it."""
    db.execute(
        "UPDATE troubles SET mended_at = ?, well_at = coalesce(well_at, ?), mended_said = ? WHERE id = ?",
        (text(now), text(now), said, number),
    )


def told(db: sqlite3.Connection, numbers: Iterable[int], notice: int) -> None:
    db.executemany("UPDATE troubles SET said = ? WHERE id = ?", [(notice, number) for number in numbers])


def told_mended(db: sqlite3.Connection, numbers: Iterable[int], notice: int) -> None:
    db.executemany("UPDATE troubles SET mended_said = ? WHERE id = ?", [(notice, n) for n in numbers])


def forget(db: sqlite3.Connection, before: datetime) -> None:
    db.execute("DELETE FROM troubles WHERE mended_at < ?", (text(before),))


def open_ones(db: sqlite3.Connection) -> list[Trouble]:
    return _found(db, "mended_at IS NULL")


def to_tell(db: sqlite3.Connection) -> list[Trouble]:
    """Return those whose end nobody was told of, though of their beginning they were."""
    return _found(db, "mended_at IS NOT NULL AND said > 0 AND mended_said IS NULL")


def of(db: sqlite3.Connection, source: str) -> list[Trouble]:
    """Return the troubles of a source, oldest first."""
    return _found(db, "source = ?", source)


def told_by(db: sqlite3.Connection, notice: int) -> list[Trouble]:
    """Return those whose beginning a notice tells, but for those that ended before it could."""
    return _found(db, "said = ? AND mended_said IS NOT 0", notice)


def tells_many(db: sqlite3.Connection, notice: int) -> bool:
    """Whether a notice tells of more than one trouble."""
    return len(db.execute("SELECT 1 FROM troubles WHERE said = ? LIMIT 2", (notice,)).fetchall()) > 1


def mended_by(db: sqlite3.Connection, notice: int) -> list[Trouble]:
    return _found(db, "mended_said = ?", notice)


def began_since(db: sqlite3.Connection, source: str, what: str, since: datetime) -> int:
    row = db.execute(
        "SELECT count(*) FROM troubles WHERE source = ? AND what = ? AND began_at >= ?",
        (source, what, text(since)),
    ).fetchone()
    return int(row[0])


def last_mended(db: sqlite3.Connection, source: str, what: str) -> datetime | None:
    row = db.execute(
        "SELECT max(mended_at) FROM troubles WHERE source = ? AND what = ?", (source, what)
    ).fetchone()
    return maybe_moment(row[0])


def _found(db: sqlite3.Connection, where: str, *values: Any) -> list[Trouble]:
    rows = db.execute(f"SELECT * FROM troubles WHERE {where} ORDER BY id", values)
    return [
        Trouble(
            id=row["id"],
            source=row["source"],
            what=row["what"],
            began_at=moment(row["began_at"]),
            facts=json.loads(row["facts"]),
            said=row["said"],
            well_at=maybe_moment(row["well_at"]),
            mended_at=maybe_moment(row["mended_at"]),
            mended_said=row["mended_said"],
        )
        for row in rows
    ]


# ---- cards and notices


def card(db: sqlite3.Connection, source: str, way: str) -> SourceCard | None:
    row = db.execute("SELECT * FROM source_cards WHERE source = ? AND way = ?", (source, way)).fetchone()
    if row is None:
        return None
    return SourceCard(row["version"], moment(row["made_at"]), row["channel"], row["ts"])


def with_cards(db: sqlite3.Connection) -> frozenset[str]:
    """Return the sources that have a card of their own."""
    return frozenset(row[0] for row in db.execute("SELECT source FROM source_cards WHERE source != ''"))


def make_card(db: sqlite3.Connection, source: str, way: str, now: datetime) -> bool:
    """Take down that a source gets a card; tell whether it had none."""
    made = db.execute(
        "INSERT INTO source_cards (source, way, version, made_at) VALUES (?, ?, 1, ?) ON CONFLICT DO NOTHING",
        (source, way, text(now)),
    )
    return made.rowcount == 1


def changed_card(db: sqlite3.Connection, source: str, way: str) -> int:
    """Return the number of the next version of a card."""
    row = db.execute(
        "UPDATE source_cards SET version = version + 1 WHERE source = ? AND way = ? RETURNING version",
        (source, way),
    ).fetchone()
    return int(row[0])


def carded(db: sqlite3.Connection, source: str, way: str, channel: str, ts: str) -> None:
    """Take down where the card of a source stands."""
    db.execute(
        "UPDATE source_cards SET channel = ?, ts = ? WHERE source = ? AND way = ?", (channel, ts, source, way)
    )


def no_card(db: sqlite3.Connection, source: str, way: str) -> None:
    db.execute("DELETE FROM source_cards WHERE source = ? AND way = ?", (source, way))


def withdraw(db: sqlite3.Connection, notice: int) -> str | None:
    """Take a notice back that surely was not sent; return its kind, None where it may have been."""
    row = db.execute(
        "UPDATE notices SET state = 'superseded' WHERE id = ? AND state = 'pending' RETURNING kind", (notice,)
    ).fetchone()
    return None if row is None else str(row[0])


def is_waiting(db: sqlite3.Connection, notice: int) -> bool:
    """Whether a notice surely was not sent yet."""
    row = db.execute("SELECT 1 FROM notices WHERE id = ? AND state = 'pending'", (notice,)).fetchone()
    return row is not None


def recent(db: sqlite3.Connection, since: datetime) -> tuple[int, datetime | None]:
    """Return how many single messages of sources were written since then, and when all were told together last."""
    row = db.execute(
        "SELECT count(*) FILTER (WHERE source != '' AND created_at >= ?), max(CASE WHEN key LIKE 'troubles:%'"
        " THEN created_at END) FROM notices WHERE source IS NOT NULL AND kind IN ('source', 'source thread')",
        (text(since),),
    ).fetchone()
    return int(row[0]), maybe_moment(row[1])

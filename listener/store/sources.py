"""Sources: where each stands, and when it is visited next."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from listener.store.times import maybe_moment, maybe_text, text

# Due when it is said to be and not before: a source whose visits have stopped.
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
MOVES_BELIEVED = 3
MOVE_BELIEVED_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the good visits so far have taught of a source.

    `pace` is in force while it is visited sooner than `every`. `page_at`: when it last gave a page that
    was not "unchanged". `quiet_at`: from when on its silence breaks its own rhythm. `odd` counts
    pages in a row most of which could not be read, `overruns` the gaps at its fastest pace,
    less the pages without. `rung_lost` is the better way that was used before. It said
    `moved_times` in a row, since `moved_at`, that it lives at `moved_to` now; `moved_failed`
    says that it was not to be had there. `opening` says that what stood there before the first
    visit is still being brought home.
    """

    why: str = ""
    pace: timedelta | None = None
    page_at: datetime | None = None
    quiet_at: datetime | None = None
    odd: int = 0
    overruns: int = 0
    rung_lost: str = ""
    moved_to: str = ""
    moved_times: int = 0
    moved_at: datetime | None = None
    moved_failed: bool = False
    opening: bool = False

    def moved(self, now: datetime) -> bool:
        """Whether it has said often or long enough that it moved for good."""
        long = self.moved_at is not None and now - self.moved_at >= MOVE_BELIEVED_AFTER
        often = self.moved_times >= MOVES_BELIEVED or (long and self.moved_times > 1)
        return bool(self.moved_to) and often


NOTHING = Standing()


@dataclass(frozen=True, slots=True)
class State:
    """A source as the last visit left it. `validators`: address -> its ETag and date.

    `bad_since` is the first of the failures since the last good visit.
    """

    name: str
    kind: str
    cursor: str | None
    validators: Mapping[str, Any]
    status: str
    detail: str
    rung: str
    fails: int
    first_ok_at: datetime | None
    last_visit_at: datetime | None
    last_ok_at: datetime | None
    last_news_at: datetime | None
    due_at: datetime | None
    heard: int
    stored: int
    spoiled: int
    bad_since: datetime | None = None
    standing: Standing = NOTHING

    @property
    def moved_to(self) -> str:
        return self.standing.moved_to

    @property
    def stopped(self) -> bool:
        """Whether it is not visited any more until a person says so."""
        return self.due_at is not None and self.due_at >= NEVER


def register(
    db: sqlite3.Connection, names: Mapping[str, str], about: Mapping[str, str] | None = None
) -> None:
    """Make room for the configured sources (name -> kind).

    One whose kind changed begins anew, and one whose `about` did: what it was configured to ask for.
    """
    held = {row[0]: (row[1], row[2]) for row in db.execute("SELECT name, kind, about FROM sources")}
    for name, kind in names.items():
        asks = (about or {}).get(name, "")
        if name not in held:
            db.execute("INSERT INTO sources (name, kind, about) VALUES (?, ?, ?)", (name, kind, asks))
        elif held[name] != (kind, asks):
            _begin_anew(db, name, kind, asks)


def _begin_anew(db: sqlite3.Connection, name: str, kind: str, asks: str) -> None:
    db.execute(
        "UPDATE sources SET kind = ?, about = ?, cursor = NULL, validators = '{}', status = 'new', detail = '',"
        " rung = '', fails = 0, first_ok_at = NULL, last_ok_at = NULL, due_at = NULL, moved_to = '', why = '',"
        " pace = NULL, bad_since = NULL, page_at = NULL, quiet_at = NULL, odd = 0, overruns = 0, rung_lost = '',"
        " moved_times = 0, moved_at = NULL, moved_failed = 0, opening = 0 WHERE name = ?",
        (kind, asks, name),
    )
    db.execute("DELETE FROM rhythms WHERE source = ?", (name,))


def all_of(db: sqlite3.Connection, names: Sequence[str]) -> list[State]:
    """Return the states of the sources of those names, in that order."""
    rows: dict[str, sqlite3.Row] = {}
    for start in range(0, len(names), 500):
        part = names[start : start + 500]
        marks = ",".join("?" * len(part))
        found = db.execute(f"SELECT * FROM sources WHERE name IN ({marks})", tuple(part))
        rows.update((row["name"], row) for row in found)
    return [_state(rows[name]) for name in names if name in rows]


def due(db: sqlite3.Connection, names: Sequence[str], now: datetime) -> list[State]:
    """Return the sources that are due at `now`, longest waiting first."""
    wanted = set(names)
    return all_of(db, [name for name, _ in waiting(db, now) if name in wanted])


def waiting(db: sqlite3.Connection, now: datetime) -> list[tuple[str, str]]:
    """Return the names of all sources that are due at `now`, longest waiting first, and since when.

    That is a moment as the store keeps it, empty for those that were never visited.
    """
    rows = db.execute(
        "SELECT name, coalesce(due_at, '') AS due FROM sources WHERE due_at IS NULL OR due_at <= ? ORDER BY due, name",
        (text(now),),
    )
    return list(map(tuple, rows))


def due_since(db: sqlite3.Connection, names: Sequence[str]) -> dict[str, str]:
    """Return when sources are due, as `waiting` tells it."""
    found: dict[str, str] = {}
    for start in range(0, len(names), 500):
        part = names[start : start + 500]
        marks = ",".join("?" * len(part))
        rows = db.execute(
            f"SELECT name, coalesce(due_at, '') FROM sources WHERE name IN ({marks})", tuple(part)
        )
        found.update(map(tuple, rows))
    return found


def succeeded(
    db: sqlite3.Connection,
    name: str,
    *,
    cursor: str | None,
    validators: Mapping[str, Any],
    now: datetime,
    due_at: datetime,
    status: str,
    detail: str,
    rung: str,
    heard: int,
    stored: int,
    spoiled: int,
    moved_to: str = "",
    standing: Standing | None = None,
    was: State | None = None,
) -> State | None:
    """Take down a visit that brought its page home, in the transaction that stores the page.

    Return how the source stands then, where it is said how it stood.
    """
    at, s = text(now), standing or Standing(moved_to=moved_to)
    pace = None if s.pace is None else s.pace.total_seconds()
    db.execute(
        "UPDATE sources SET first_ok_at = coalesce(first_ok_at, ?), cursor = ?, validators = ?, status = ?, detail = ?, rung = ?, fails = 0,"
        " last_visit_at = ?, last_ok_at = ?, due_at = ?, heard = heard + ?, stored = stored + ?,"
        " spoiled = spoiled + ?, last_news_at = CASE WHEN ? > 0 THEN ? ELSE last_news_at END, bad_since = NULL,"
        " why = ?, pace = ?, page_at = ?, quiet_at = ?, odd = ?, overruns = ?, rung_lost = ?,"
        " moved_to = ?, moved_times = ?, moved_at = ?, moved_failed = ?, opening = ? WHERE name = ?",
        (
            at, cursor, json.dumps(validators), status, detail, rung, at, at, text(due_at), heard, stored,
            spoiled, stored, at, s.why, pace, maybe_text(s.page_at), maybe_text(s.quiet_at), s.odd, s.overruns,
            s.rung_lost, s.moved_to, s.moved_times, maybe_text(s.moved_at), s.moved_failed, s.opening, name,
        ),
    )  # fmt: skip
    if was is None:
        return None
    return replace(
        was,
        cursor=cursor,
        validators=validators,
        status=status,
        detail=detail,
        rung=rung,
        fails=0,
        first_ok_at=was.first_ok_at or now,
        last_visit_at=now,
        last_ok_at=now,
        last_news_at=now if stored else was.last_news_at,
        due_at=due_at,
        heard=was.heard + heard,
        stored=was.stored + stored,
        spoiled=was.spoiled + spoiled,
        bad_since=None,
        standing=s,
    )


def failed(
    db: sqlite3.Connection, name: str, *, status: str, detail: str, now: datetime, due_at: datetime
) -> None:
    """Take down a visit that failed; cursor and coverage stay where they were."""
    db.execute(
        "UPDATE sources SET status = ?, detail = ?, fails = fails + 1, last_visit_at = ?, due_at = ?,"
        " bad_since = coalesce(bad_since, ?), validators = '{}' WHERE name = ?",
        (status, detail, text(now), text(due_at), text(now), name),
    )


def unchanged(db: sqlite3.Connection, visited: Iterable[tuple[str, str]], now: datetime) -> None:
    """Take down good visits (source, due again as text) that found all as it was."""
    at = text(now)
    db.executemany(
        "UPDATE sources SET last_visit_at = ?, last_ok_at = ?, due_at = ? WHERE name = ?",
        [(at, at, due, name) for name, due in visited],
    )


def not_there(db: sqlite3.Connection, name: str, now: datetime, due_at: datetime) -> None:
    """Take down that a source was not to be had where it said it had moved to."""
    db.execute(
        "UPDATE sources SET moved_failed = 1, last_visit_at = ?, due_at = ?, validators = '{}' WHERE name = ?",
        (text(now), text(due_at), name),
    )


def rhythm(db: sqlite3.Connection, name: str) -> tuple[str, str]:
    """Return the rhythm of a source and what its last page held, as they were kept; both may be empty."""
    row = db.execute("SELECT rhythm, seen FROM rhythms WHERE source = ?", (name,)).fetchone()
    return ("", "") if row is None else (row[0], row[1])


def keep_rhythm(db: sqlite3.Connection, name: str, rhythm: str, seen: str) -> None:
    db.execute("INSERT OR REPLACE INTO rhythms VALUES (?, ?, ?)", (name, rhythm, seen))


def silent_from(db: sqlite3.Connection, name: str, at: datetime | None) -> None:
    """Take down from when on the silence of a source breaks its rhythm."""
    db.execute("UPDATE sources SET quiet_at = ? WHERE name = ?", (maybe_text(at), name))


def _state(row: sqlite3.Row) -> State:
    return State(
        name=row["name"],
        kind=row["kind"],
        cursor=row["cursor"],
        validators=json.loads(row["validators"]),
        status=row["status"],
        detail=row["detail"],
        rung=row["rung"],
        fails=row["fails"],
        first_ok_at=maybe_moment(row["first_ok_at"]),
        last_visit_at=maybe_moment(row["last_visit_at"]),
        last_ok_at=maybe_moment(row["last_ok_at"]),
        last_news_at=maybe_moment(row["last_news_at"]),
        due_at=maybe_moment(row["due_at"]),
        heard=row["heard"],
        stored=row["stored"],
        spoiled=row["spoiled"],
        bad_since=maybe_moment(row["bad_since"]),
        standing=_standing(row),
    )


def _standing(row: sqlite3.Row) -> Standing:
    return Standing(
        why=row["why"],
        pace=None if row["pace"] is None else timedelta(seconds=row["pace"]),
        page_at=maybe_moment(row["page_at"]),
        quiet_at=maybe_moment(row["quiet_at"]),
        odd=row["odd"],
        overruns=row["overruns"],
        rung_lost=row["rung_lost"],
        moved_to=row["moved_to"],
        moved_times=row["moved_times"],
        moved_at=maybe_moment(row["moved_at"]),
        moved_failed=bool(row["moved_failed"]),
        opening=bool(row["opening"]),
    )

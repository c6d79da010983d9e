"""Which minutes changed since they were last judged: the note that hearing leaves for judging."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """Minutes [first, last) of a subject changed.

    `what` is `counts` (news for a brand), `history` (counts that are no news), or `coverage`
    (a source was heard there; the subject is the source).
    """

    seq: int
    what: str
    subject: str
    first: int
    last: int


def note(db: sqlite3.Connection, what: str, changed: Mapping[str, Iterable[int]]) -> None:
    """Note the changed minutes of subjects, as few spans as they make."""
    db.executemany(
        "INSERT INTO changes (what, subject, first, last) VALUES (?, ?, ?, ?)",
        [(what, subject, *span) for subject, minutes in changed.items() for span in spans(minutes)],
    )


def since(db: sqlite3.Connection, seq: int) -> list[Change]:
    """Return what was noted after `seq`, in order."""
    rows = db.execute(
        "SELECT seq, what, subject, first, last FROM changes WHERE seq > ? ORDER BY seq", (seq,)
    )
    return [Change(*row) for row in rows]


def newest(db: sqlite3.Connection) -> int:
    """Return the number of the newest note ever made, 0 where there is none."""
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'changes'").fetchone()
    return 0 if row is None else int(row[0])


def forget(db: sqlite3.Connection, seq: int) -> None:
    """Drop the notes up to `seq`: they were judged."""
    db.execute("DELETE FROM changes WHERE seq <= ?", (seq,))


def spans(minutes: Iterable[int]) -> list[tuple[int, int]]:
    """Return the half-open spans that the minutes make."""
    found: list[tuple[int, int]] = []
    for minute in sorted(set(minutes)):
        if found and found[-1][1] == minute:
            found[-1] = (found[-1][0], minute + 1)
        else:
            found.append((minute, minute + 1))
    return found

"""A label that a person gives, changes or takes back: what is counted follows it in one transaction.

The counts become what they would be had the mention come with that label.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping

from listener.store import changes, mentions, moods
from listener.store.counts import COPIES
from listener.store.firsts import Shift

# The measures that a mention adds to each time, by brand.
Adds = Mapping[str, Iterable[str]]


def correct(db: sqlite3.Connection, mention: int, human: str, before: Adds, after: Adds) -> bool:
    """Let a person's label count, or ours where it is empty; tell whether any count changed.

    `before` and `after` are what the mention adds to by the label that counted until now, and by the
    one that does from now on. What it is the first of does not hang on its label: only the mood does.
    """
    row = db.execute(
        "SELECT id, source, minute, counted, old, score, human FROM mentions WHERE id = ?", (mention,)
    ).fetchone()
    db.execute("UPDATE mentions SET human = ? WHERE id = ?", (human, mention))
    if not row["counted"]:
        return False
    moved = [s for s in _shifts(db, row, human, before, after) if s.n or s.old or s.mood]
    mentions.add_up(db, moved)
    changes.note(db, "history" if row["old"] else "counts", {s.brand: (s.minute,) for s in moved})
    return bool(moved)


def _shifts(
    db: sqlite3.Connection, row: sqlite3.Row, human: str, before: Adds, after: Adds
) -> Iterator[Shift]:
    was, now = moods.mood(row["score"], row["human"]), moods.mood(row["score"], human)

    def shift(brand: str, measure: str, left: int, joined: int) -> Shift:
        n, mood = joined - left, joined * now - left * was
        return Shift(brand, measure, row["minute"], row["source"], n, n * row["old"], mood)

    for brand, copied in db.execute(
        "SELECT brand, copy FROM matches WHERE mention = ?", (row["id"],)
    ).fetchall():
        extra = {COPIES} if copied else set[str]()
        old, new = extra.union(before.get(brand, ())), extra.union(after.get(brand, ()))
        yield from (shift(brand, measure, measure in old, measure in new) for measure in sorted(old | new))
    firsts = db.execute("SELECT brand, measure FROM firsts WHERE mention = ? AND is_first", (row["id"],))
    yield from (shift(brand, measure, 1, 1) for brand, measure in firsts.fetchall())

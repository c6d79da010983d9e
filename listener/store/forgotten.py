"""People who were forgotten: what they wrote goes, and a pseudonym stays that keeps them out.

Whoever has the list and not the key of the pseudonyms learns nobody's name from it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listener.store import stories
from listener.store.times import text

ANYWHERE = ""
# The place of a name that stands without one, as a gate's does.
WHEREVER = "*"
NAMED = ("author:", "domain:")
# What takes the place of a quote: nothing of it but the reason.
ERASED = {"text": "", "author": "", "url": "", "source": "", "published_at": None, "label": "", "score": 0.0,
          "reach": None, "code": "erased"}  # fmt: skip
Theirs = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Erased:
    """What went: mentions, quotes, and the incidents whose card showed one of those."""

    mentions: int
    quotes: int
    incidents: tuple[int, ...]


def keep_out(db: sqlite3.Connection, author: str, source: str, now: datetime) -> None:
    """Take down a pseudonym whose mentions are not to be stored again, from one source or ANYWHERE."""
    db.execute("INSERT INTO forgotten VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (author, source, text(now)))


def of(db: sqlite3.Connection, source: str) -> frozenset[str]:
    """Return the pseudonyms of those who are kept out of a source."""
    rows = db.execute("SELECT author FROM forgotten WHERE source IN (?, ?)", (source, ANYWHERE))
    return frozenset(row[0] for row in rows)


def number(db: sqlite3.Connection) -> int:
    """Return how many entries the list has; it only grows."""
    return int(db.execute("SELECT count(*) FROM forgotten").fetchone()[0])


def is_source(db: sqlite3.Connection, name: str) -> bool:
    """Tell whether anything was ever asked or stored under that name of a source."""
    asked = "SELECT 1 FROM sources WHERE name = ? UNION ALL SELECT 1 FROM mentions WHERE source = ? LIMIT 1"
    return db.execute(asked, (name, name)).fetchone() is not None


def erase(db: sqlite3.Connection, theirs: Theirs) -> Erased:
    """Drop the mentions whose (author, source) is theirs, and empty their quotes. Counts stay as they are."""
    db.create_function("theirs", 2, theirs, deterministic=True)
    gone = db.execute("DELETE FROM mentions WHERE author != '' AND theirs(author, source)").rowcount
    stories.erase(db)
    quotes, shown = 0, []
    for incident, facts in db.execute("SELECT id, facts FROM incidents ORDER BY id").fetchall():
        emptied, found = _emptied(json.loads(facts), theirs)
        if found:
            # A new version, so that nobody who read the quotes before can write them back.
            db.execute(
                "UPDATE incidents SET facts = ?, version = version + 1 WHERE id = ?",
                (json.dumps(emptied, ensure_ascii=False), incident),
            )
            quotes += found
            shown.append(incident)
    return Erased(gone, quotes + _in_findings(db, theirs), tuple(shown))


def _in_findings(db: sqlite3.Connection, theirs: Theirs) -> int:
    quotes = 0
    for finding, data in db.execute("SELECT id, data FROM findings ORDER BY id").fetchall():
        emptied, found = _emptied(json.loads(data), theirs)
        if found:
            written = json.dumps(emptied, ensure_ascii=False)
            db.execute("UPDATE findings SET data = ? WHERE id = ?", (written, finding))
            quotes += found
    return quotes


def _emptied(value: Any, theirs: Theirs) -> tuple[Any, int]:
    """Return a JSON value with the quotes that are theirs emptied, wherever in it they stand, and how many.

    Where they are named as the one that nearly all comes from, only what they are is left; of what drives
    a surge and is theirs, only the numbers.
    """
    if isinstance(value, dict):
        if value.get("author") and "text" in value and theirs(value["author"], value.get("source") or ""):
            return ERASED, 1
        if value.get("author") and "what" in value and _names(value, theirs):
            return {**value, "what": "", "author": ""}, 1
        parts = {key: _emptied(item, theirs) for key, item in value.items()}
        return {key: part for key, (part, _) in parts.items()}, sum(found for _, found in parts.values())
    if isinstance(value, list):
        items = [_emptied(item, theirs) for item in value]
        return [part for part, _ in items], sum(found for _, found in items)
    if isinstance(value, str) and value.startswith(NAMED):
        what, _, name = value.partition(":")
        return (what, 1) if theirs(name, WHEREVER) else (value, 0)
    return value, 0


def _names(driver: dict[str, Any], theirs: Theirs) -> bool:
    """Tell whether a driver or a sign names somebody, as the author of one source or of several."""
    places = driver.get("sources") or [driver.get("source") or ""]
    return any(theirs(driver["author"], place) for place in places)

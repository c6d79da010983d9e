"""Everything taken out as CSV or NDJSON, a row at a time.

What `mentions` gives, `import` takes: in NDJSON to the letter, and every count comes out the same.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from html import escape
from typing import Any, TextIO

from connectors import plain
from listener.store import Store, everything
from listener.store.counts import IMPORT
from listener.store.everything import Kept
from listener.store.incidents import Saved
from listener.store.labels import Said
from listener.store.times import at_minute, minute, text

Row = Mapping[str, Any]
FORMATS = ("ndjson", "csv")
# A spreadsheet takes a cell that begins so for a formula, and obeys it.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
MENTIONS = (
    "published_at", "text", "id", "url", "author", "title", "brand", "reach", "language", "label",
    "source", "heard_at", "sentiment", "score", "version", "labels",
)  # fmt: skip
COUNTS = ("minute", "brand", "measure", "source", "count", "history")
INCIDENTS = (
    "id", "brand", "severity", "phase", "rule", "opened_at", "started_at", "acknowledged_at",
    "acknowledged_by", "answered_at", "answered_url", "closed_at", "verdict", "relapses", "z", "observed",
    "expected", "facts", "roles", "tasks", "timeline", "findings",
)  # fmt: skip


def mentions(store: Store, since: datetime | None, until: datetime | None) -> Iterator[Row]:
    """Yield a row for each mention and each brand it concerns, in the order in which they were heard.

    `published_at` is where a mention counts: when it was heard, where its source gave no time or
    one that lay ahead. It is empty for what is kept and not counted.
    """
    for one in everything.kept(store, *_minutes(since, until)):
        for place, brand in enumerate(one.brands or ("",)):
            yield _mention(one, brand, is_further=place > 0)


def _mention(one: Kept, brand: str, *, is_further: bool) -> Row:
    m = one.mention
    key = one.key if m.source == IMPORT else f"{m.source}:{one.key}"
    return {
        "published_at": stamp(min(m.published_at or m.heard_at, m.heard_at)) if m.counted else None,
        # An import asks for a text; the reader does not read a title twice.
        "text": _as_read(m.text or m.title),
        # An import knows a mention by its id, and each of its rows by one brand.
        "id": f"{key} ({brand})" if is_further else key,
        "url": m.url,
        "author": _as_read(m.author),
        "title": _as_read(m.title),
        "brand": brand,
        "reach": m.reach,
        "language": m.language,
        "label": m.human,
        "source": m.source,
        "heard_at": stamp(m.heard_at),
        "sentiment": m.label,
        "score": m.score,
        "version": m.reading,
        "labels": [_said(word) for word in one.said] or None,
    }


def _said(word: Said) -> Row:
    return {
        "label": word.label,
        "was": word.was,
        "version": word.version,
        "origin": word.origin,
        "by": word.by,
        "at": text(word.at),
    }


def _as_read(written: str) -> str:
    """Return a text such that an import, which takes markup out, reads it as it stands here."""
    return written if plain(written) == written else escape(written, quote=False)


def counts(store: Store, since: datetime | None, until: datetime | None) -> Iterator[Row]:
    """Yield the mentions per minute, brand, measure and source; minutes without any have no row."""
    for one in everything.counted(store, *_minutes(since, until)):
        yield {
            "minute": stamp(at_minute(one.minute)),
            "brand": one.brand,
            "measure": one.measure,
            "source": one.source,
            "count": one.number,
            "history": one.history,
        }


def incidents(store: Store, since: datetime | None, until: datetime | None) -> Iterator[Row]:
    """Yield each incident that opened in that time, with all that is kept about it."""
    for saved, found in everything.lived(store):
        if (since is None or saved.opened_at >= since) and (until is None or saved.opened_at < until):
            yield _incident(saved, found)


def _incident(saved: Saved, found: Iterable[Row]) -> Row:
    one = saved.incident
    return {
        "id": saved.id,
        "brand": saved.brand,
        "severity": one.severity,
        "phase": one.phase,
        "rule": saved.rule,
        "opened_at": stamp(saved.opened_at),
        "started_at": stamp(one.started_at),
        "acknowledged_at": stamp(one.acknowledged_at),
        "acknowledged_by": one.acknowledged_by,
        "answered_at": stamp(one.answered_at),
        "answered_url": one.answered_url,
        "closed_at": stamp(one.closed_at),
        "verdict": one.verdict,
        "relapses": one.relapses,
        "z": saved.facts["z"],
        "observed": saved.facts["observed"],
        "expected": saved.facts["expected"],
        "facts": dict(saved.facts),
        "roles": dict(one.roles),
        "tasks": [
            {"title": d.title, "phase": d.phase, "role": d.role, "owner": d.owner,
             "due_at": stamp(d.due_at), "done_at": stamp(d.done_at)}
            for d in one.duties
        ],
        "timeline": [
            {"at": stamp(e.at), "what": e.what, "by": e.by, "data": dict(e.data)} for e in saved.events
        ],
        "findings": list(found),
    }  # fmt: skip


Rows = Callable[[Store, datetime | None, datetime | None], Iterator[Row]]
WHAT: Mapping[str, tuple[tuple[str, ...], Rows]] = {
    "mentions": (MENTIONS, mentions),
    "incidents": (INCIDENTS, incidents),
    "counts": (COUNTS, counts),
}


def write(file: TextIO, columns: Iterable[str], rows: Iterable[Row], form: str) -> int:
    """Write the rows as CSV or NDJSON; return how many there were."""
    return _csv(file, list(columns), rows) if form == "csv" else _ndjson(file, rows)


def _ndjson(file: TextIO, rows: Iterable[Row]) -> int:
    number = 0
    for row in rows:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
        number += 1
    return number


def _csv(file: TextIO, columns: list[str], rows: Iterable[Row]) -> int:
    writer = csv.writer(file)
    writer.writerow(columns)
    number = 0
    for row in rows:
        writer.writerow([_cell(row[column]) for column in columns])
        number += 1
    return number


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULAS) else value
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def stamp(moment: datetime | None) -> str | None:
    """Return a moment as ISO 8601 in UTC with `Z`, to the second."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _minutes(since: datetime | None, until: datetime | None) -> tuple[int, int]:
    first, last = everything.EVER
    return minute(since) if since else first, minute(until) if until else last

"""Verbs of the ears: poll, sources, import, and the search in what was heard."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from listener.cli.face import Context, bar, emit, json_option, stamp
from listener.hearing import Ears
from listener.importing import import_file
from listener.intake import intake
from listener.poll import Poller, Visited
from listener.store import counts, mentions, sources
from listener.store.times import minute
from rules.query import Passage, QueryError, compile, parse

VISIT_SECONDS = 90
SHOWN_BAD_ROWS = 20


@click.command()
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
@json_option
@click.pass_obj
def poll(context: Context, names: tuple[str, ...], as_json: bool) -> int:
    """Visit sources now: all of them, or those named."""
    settings = context.settings
    known = [s.name for s in settings.sources]
    if wrong := [name for name in names if name not in known]:
        raise click.UsageError(f"no source {wrong[0]!r}; there are: {', '.join(known) or 'none'}")
    visited = list(visit(context, names or known))
    rows = [_visited(v) for v in visited]
    emit(
        rows,
        as_json,
        ("source", "status", "heard", "new", "matched", "spoiled", "next_at", "detail"),
        "no sources",
    )
    return int(any(v.status != "ok" for v in visited))


def visit(context: Context, names: tuple[str, ...] | list[str]) -> Iterator[Visited]:
    """Visit the named sources and store what they bring."""
    ears = Ears(context.clock, contact=context.settings.contact)
    try:
        made = intake(context.store, context.settings, context.reader)
        poller = Poller(context.store, ears, made, context.settings, random.random)
        poller.start(context.now, list(names))
        until = time.monotonic() + VISIT_SECONDS
        with bar("visiting", len(names)) as advance:
            while poller.out and time.monotonic() < until:
                for visited in poller.settle(context.clock, 0.2):
                    advance(1)
                    yield visited
    finally:
        ears.close()


def _visited(v: Visited) -> dict[str, Any]:
    return {
        "source": v.source,
        "status": v.status,
        "heard": v.heard,
        "new": v.new,
        "matched": v.matched,
        "spoiled": v.spoiled,
        "next_at": stamp(v.next_at),
        "detail": v.detail,
    }


@click.command("sources")
@json_option
@click.pass_obj
def list_sources(context: Context, as_json: bool) -> int:
    """Show every source: last visit, last news, rung, status, and coverage by day."""
    settings, now = context.settings, context.now
    names = {s.name: s.kind for s in settings.sources}
    with context.store.read() as db:
        found = {s.name: s for s in sources.all_of(db, list(names))}
        rows: list[dict[str, Any]] = []
        for name, kind in names.items():
            state = found.get(name)
            rows.append(
                {
                    "source": name,
                    "kind": kind,
                    "rung": state.rung if state else "",
                    "last_visit": stamp(state.last_visit_at) if state else None,
                    "last_news": stamp(state.last_news_at) if state else None,
                    "status": state.status if state else "new",
                    "detail": state.detail if state else "",
                    "coverage": _coverage(db, name, now),
                }
            )
    shown = rows if as_json else [{**r, "coverage": _today(r["coverage"])} for r in rows]
    emit(
        shown,
        as_json,
        ("source", "kind", "rung", "status", "last_visit", "last_news", "coverage", "detail"),
        "no sources",
    )
    return int(any(r["status"] not in ("ok", "new") for r in rows))


def _coverage(db: Any, name: str, now: datetime) -> dict[str, float]:
    """Return for the last seven days (UTC) the share of each that was heard."""
    today = datetime(now.year, now.month, now.day, tzinfo=UTC)
    shares = {}
    for day in (today - timedelta(days=back) for back in range(6, -1, -1)):
        first, last = minute(day), min(minute(day + timedelta(days=1)), minute(now))
        heard = sum(b - a for a, b in counts.coverage(db, name, first, last))
        shares[day.date().isoformat()] = round(heard / max(last - first, 1), 3)
    return shares


def _today(coverage: dict[str, float]) -> str:
    return f"{list(coverage.values())[-1]:.0%} today"


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@click.pass_obj
def import_(context: Context, file: Path, as_json: bool) -> int:
    """Import mentions from a CSV or NDJSON file.

    Columns: published_at,text and any of id,url,author,title,brand,reach,language,label.
    A bad row is named and left out, the rest is stored; importing twice adds nothing.
    """
    made = intake(context.store, context.settings, context.reader)
    with bar("importing") as advance:
        report = import_file(context.store, made, file, context.now, advance)
    for bad in report.named[:SHOWN_BAD_ROWS]:
        print(f"{file}:{bad.line}: {bad.why}", file=sys.stderr)
    if report.bad > SHOWN_BAD_ROWS:
        print(f"… and {report.bad - SHOWN_BAD_ROWS} more bad rows", file=sys.stderr)
    row = {
        "file": str(file),
        "rows": report.rows,
        "stored": report.stored,
        "known": report.known,
        "unmatched": report.unmatched,
        "bad": report.bad,
    }
    emit([row], as_json, tuple(row))
    return int(report.bad > 0)


@click.command()
@click.argument("query")
@click.option(
    "--days", default=30, show_default=True, type=click.IntRange(1, 3650), help="How far back to look."
)
@click.option(
    "--most", default=50, show_default=True, type=click.IntRange(1, 100_000), help="At most so many."
)
@json_option
@click.pass_obj
def search(context: Context, query: str, days: int, most: int, as_json: bool) -> int:
    """Find stored mentions with a query, newest first.

    \b
    listener search 'recall OR wycofanie'
    listener search '"long queue" AND site:example.org AND NOT lang:en'
    """
    try:
        matcher = compile({"asked": parse(query)})
    except QueryError as error:
        raise click.UsageError(f"{error}\n{error.pointed(query)}") from error
    rows: list[dict[str, Any]] = []
    with context.store.read() as db:
        for m in mentions.search(db, minute(context.now - timedelta(days=days))):
            if matcher.match(Passage(m.title, m.text, m.author, m.url, m.language)):
                rows.append(
                    {
                        "published_at": stamp(m.published_at or m.heard_at),
                        "source": m.source,
                        "label": m.felt,
                        "score": m.score,
                        "author": m.author,
                        "text": f"{m.title} — {m.text}" if m.title and m.text else m.title or m.text,
                        "url": m.url,
                        "brands": mentions.brands_of(db, m.id),
                    }
                )
                if len(rows) >= most:
                    break
    shown = rows if as_json else [{**r, "text": r["text"][:160]} for r in rows]
    emit(shown, as_json, ("published_at", "source", "label", "author", "text", "url"), "no such mention")
    return 0


VERBS = (poll, list_sources, import_, search)

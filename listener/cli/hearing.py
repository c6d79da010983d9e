"""Verbs of the ears: poll, sources, import, and the search in what was heard."""

from __future__ import annotations

import logging
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from listener import standing
from listener.cli.face import Context, bar, emit, json_option, moment, stamp
from listener.config import Source
from listener.hearing import Ears
from listener.importing import import_file
from listener.intake import intake
from listener.poll import Poller, Visited
from listener.sickbed import shown
from listener.store import counts, mentions, sources, troubles
from listener.store.sources import NOTHING, State
from listener.store.times import at_minute, minute
from listener.store.troubles import Trouble
from rules.doubts import doubts
from rules.query import Passage, QueryError, compile, parse

VISIT_SECONDS = 90
SHOWN_BAD_ROWS = 20
WEEK = timedelta(days=7)
MOST_GAPS = 100


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
    for name in names:
        if standing.is_called(next(s.kind for s in settings.sources if s.name == name)):
            print(f"{name} is not visited: what it has to say is sent to us", file=sys.stderr)
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
    # What goes wrong is told by the verb; the log would only say it twice.
    logging.getLogger("listener").addHandler(logging.NullHandler())
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
        "next_at": None if v.next_at >= sources.NEVER else stamp(v.next_at),
        "detail": v.detail,
    }


@click.command("sources")
@json_option
@click.pass_obj
def list_sources(context: Context, as_json: bool) -> int:
    """Show every source: last visit, last news, rung, status, pace, troubles, and coverage by day."""
    settings, now = context.settings, context.now
    with context.store.read() as db:
        found = {s.name: s for s in sources.all_of(db, [s.name for s in settings.sources])}
        ills: dict[str, list[Trouble]] = {}
        for trouble in troubles.open_ones(db):
            ills.setdefault(trouble.source, []).append(trouble)
        rows = [_source(db, s, found.get(s.name), ills.get(s.name, []), now) for s in settings.sources]
    emit(
        rows if as_json else [_short(row, now) for row in rows],
        as_json,
        ("source", "kind", "status", "every", "visited", "today", "detail"),
        "no sources",
    )
    return int(any(r["troubles"] or r["status"] not in ("ok", "new", "paused") for r in rows))


def _source(
    db: Any, source: Source, state: State | None, ills: list[Trouble], now: datetime
) -> dict[str, Any]:
    stands = state.standing if state else NOTHING
    due_at = state.due_at if state and not state.stopped and not source.pause else None
    return {
        "source": source.name,
        "kind": source.kind,
        "rung": state.rung if state else "",
        "why": stands.why,
        "last_visit": stamp(state.last_visit_at) if state else None,
        "last_news": stamp(state.last_news_at) if state else None,
        "next_visit": stamp(due_at),
        "status": "paused" if source.pause else state.status if state else "new",
        "detail": state.detail if state else "",
        "every": standing.pace_of(source, stands).total_seconds(),
        "moved_to": shown(stands.moved_to) if stands.moved_to else "",
        "troubles": [{"what": t.what, "since": t.facts.get("since") or stamp(t.began_at)} for t in ills],
        "gaps": [
            {"from": stamp(at_minute(first)), "to": stamp(at_minute(last))}
            for first, last in counts.gaps(db, source.name, minute(now - WEEK), minute(now) + 1)[-MOST_GAPS:]
        ],
        "coverage": _coverage(db, source.name, now),
    }


def _short(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Return a row for a table: what a person looks for, in few columns."""
    told = [t["what"] for t in row["troubles"]]
    gaps = [f"{len(row['gaps'])} possible gaps in 7 days"] if row["gaps"] else []
    moved = [f"moved to {row['moved_to']}"] if row["moved_to"] else []
    why = [row["why"]] if row["why"] else []
    detail = (
        [] if moved and row["detail"].startswith("moved to") else [row["detail"]] if row["detail"] else []
    )
    visited = moment(row["last_visit"])
    return {
        "source": row["source"],
        "kind": f"{row['kind']} ({row['rung']})" if row["rung"] else row["kind"],
        "status": f"{row['status']}: {', '.join(told)}" if told else row["status"],
        "every": _span(timedelta(seconds=row["every"])),
        "visited": f"{_span(now - visited)} ago" if visited is not None else "never",
        "today": f"{list(row['coverage'].values())[-1]:.0%}",
        "detail": "; ".join([*detail, *why, *moved, *gaps]),
    }


def _span(span: timedelta) -> str:
    seconds = max(round(span.total_seconds()), 0)
    for size, letter in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= 2 * size:
            return f"{seconds // size}{letter}"
    return f"{seconds}s"


def _coverage(db: Any, name: str, now: datetime) -> dict[str, float]:
    """Return for the last seven days (UTC) the share of each that was heard."""
    today = datetime(now.year, now.month, now.day, tzinfo=UTC)
    days = [today - timedelta(days=back) for back in range(6, -1, -1)]
    spans = counts.coverage(db, name, minute(days[0]), minute(now))
    shares = {}
    for day in days:
        first, last = minute(day), min(minute(day + timedelta(days=1)), minute(now))
        heard = sum(max(min(b, last) - max(a, first), 0) for a, b in spans)
        shares[day.date().isoformat()] = round(heard / max(last - first, 1), 3)
    return shares


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@click.pass_obj
def import_(context: Context, file: Path, as_json: bool) -> int:
    """Import mentions from a CSV or NDJSON file.

    Columns: published_at,text and any of id,url,author,title,brand,reach,language,label.
    A bad row is named and left out, the rest is stored; importing twice adds nothing.

    The column label holds negative, neutral, positive or unsure: what somebody says is right. It counts, and
    `listener learn` learns from it. Of mentions that are stored already, so of an export that came back from
    a spreadsheet, the labels are taken, too, unless the team has said something since.
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
        "labelled": report.labelled,
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
    recall OR wycofanie             one of the words; words side by side must all be there
    leak NOT (gas OR oil)           what is not wanted; NOT binds closer than AND, AND than OR
    "long queue"                    words next to each other
    queue NEAR/5 (till OR cashier)  with at most 5 words between, in any order
    bank ONEAR/3 fee                with at most 3 words between, in this order
    any of (a, "b c", d~)           one of them; 2 of (a, b, c) two at least; all of, none of
    recall*  *phone                 what begins or ends so
    żabka~  "polski bus"~           every form of a name
    case:Play  case:"Play Store"    only as it is written, capitals and diacritics too
    title:x  text:x  title:(x OR y) in the title, in the text
    site:example.org  lang:pl  source:news  author:kowalski  author:@handle
    reach:>10k                      and < >= <= =; an unknown reach is none of them

    \b
    listener search 'case:Orange NEAR/5 (zasięg~ OR awaria~) NOT lang:en'
    listener search '"long queue" site:example.org reach:>=1000'
    """
    try:
        matcher = compile({"asked": parse(query)})
    except QueryError as error:
        raise click.UsageError(f"the query can't be understood\n{error.pointed(query)}") from error
    for doubt in doubts(query):
        print(doubt.pointed(query), file=sys.stderr)
    rows: list[dict[str, Any]] = []
    with context.store.read() as db:
        for m in mentions.search(db, minute(context.now - timedelta(days=days))):
            if matcher.match(Passage(m.title, m.text, m.author, m.url, m.language, m.source, m.reach)):
                rows.append(
                    {
                        "id": m.id,
                        "published_at": stamp(m.published_at or m.heard_at),
                        "source": m.source,
                        "label": m.felt,
                        "ours": m.label,
                        "human": m.human,
                        "version": m.reading,
                        "score": m.score,
                        "author": m.author,
                        "text": f"{m.title} — {m.text}" if m.title and m.text else m.title or m.text,
                        "url": m.url,
                        "brands": mentions.brands_of(db, m.id),
                        "story": m.story,
                    }
                )
                if len(rows) >= most:
                    break
    shown = rows if as_json else [{**r, "text": r["text"][:160]} for r in rows]
    columns = ("id", "published_at", "source", "label", "author", "text", "url")
    emit(shown, as_json, columns, "no such mention")
    return 0


VERBS = (poll, list_sources, import_, search)

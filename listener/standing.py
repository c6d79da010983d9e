"""What a good visit teaches of its source: which span was heard, its pace, its way, where it lives."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any
from urllib.parse import urlsplit

import connectors
from connectors import Mention, Page, link
from listener.config import Settings, Source
from listener.hearing import Outcome, next_pace
from listener.hearing.address import is_public
from listener.store import facts, sources
from listener.store.sources import Standing, State
from listener.store.times import minute
from rules import rhythm
from rules.rhythm import USUAL, Patience

# Kinds whose one question is for the `url` of their options: it can be asked elsewhere.
MOVABLE = frozenset({"rss"})
LUMP = timedelta(minutes=15)
MOST_SEEN = 300
MOST_COUNTED = 1000
# The clocks of two machines differ, and so do a publisher's and ours.
SKEW = timedelta(minutes=5)
MOSTLY, HARDLY = 0.5, 0.05
FEWEST_SPOILED = 3
PATIENCE, SILENCE = "patience with sources", "quiet"


@dataclass(frozen=True, slots=True)
class Arrived:
    """What was new on a page: when it arrived, which share of the page it was, and what the page held."""

    at: tuple[datetime, ...] = ()
    fresh: float = 0.0
    seen: str = ""


def is_called(kind: str) -> bool:
    """Whether sources of a kind come to us by themselves and are never visited."""
    module = connectors.load(kind)
    return getattr(getattr(module, "read", None), "__module__", "") == f"connectors.{kind}"


def arrived(page: Sequence[Mention], seen: str, now: datetime) -> Arrived:
    """Return what a page brought that the one before it, which left `seen`, did not hold."""
    known = frozenset(seen.split())
    marks = [
        blake2b(str(mention.id).encode("utf-8", "replace"), digest_size=5).hexdigest() for mention in page
    ]
    new = [mention for mention, mark in zip(page, marks, strict=True) if mark not in known]
    times = tuple(m.published_at if m.published_at and m.published_at <= now else now for m in new)
    return Arrived(times, len(new) / len(page) if known and page else 0.0, " ".join(marks[-MOST_SEEN:]))


def quiet_at(kept: str, times: Iterable[datetime], asked: Patience) -> tuple[str, datetime | None]:
    """Return the rhythm with more arrivals, as it is kept, and from when on silence breaks it."""
    found = rhythm.after(rhythm.read(kept), times)
    return rhythm.written(found), rhythm.quiet_at(found, asked)


def patience(settings: Settings, source: str) -> Patience:
    """Return how much silence of a source is let pass: as a `quiet` rule says that names it or is for all."""
    rules = [rule for rule in settings.rules if rule.trigger == SILENCE]
    named = [rule for rule in rules if source in rule.options.sources]
    of_all = [r for r in rules if not r.options.sources and r.brand is None and r.query is None]
    return next((rule.options.asked for rule in (*named, *of_all)), USUAL)


def time_again(db: sqlite3.Connection, settings: Settings) -> None:
    """Work out from when on each source is silent, where the rules for that have changed."""
    by = {s.name: patience(settings, s.name) for s in settings.sources}
    wanted = json.dumps(
        sorted((n, p.factor, p.shortest.total_seconds()) for n, p in by.items() if p != USUAL)
    )
    if facts.get(db, PATIENCE, "[]") == wanted:
        return
    for name, asked in by.items():
        kept, _ = sources.rhythm(db, name)
        sources.silent_from(db, name, rhythm.quiet_at(rhythm.read(kept), asked))
    facts.put(db, PATIENCE, wanted)


def after(source: Source, state: State, page: Page, outcome: Outcome, spoiled: int, fresh: float) -> Standing:
    """Return how a source stands after a good visit; `fresh` is the share of its page that was new."""
    old, at = state.standing, outcome.started_at
    gap = page.gap and state.last_ok_at is not None
    pace = pace_of(source, old)
    # An interface that pages brings only what is new, and none of it can be pushed out.
    crowded = fresh if outcome.validators else 0.0
    new = next_pace(pace, source.quickest, source.every, gap=gap, fresh=crowded)
    standing = _moved(source, state, outcome)
    if outcome.unchanged:
        return replace(standing, pace=None if new == source.every else new)
    overruns = min(old.overruns + 1, 10) if gap and pace <= source.quickest else max(old.overruns - 1, 0)
    return replace(
        standing,
        why=page.why,
        rung_lost=_rung_lost(page, state),
        opening=page.more and is_opening(state),
        pace=None if new == source.every else new,
        page_at=at,
        odd=_odd(page, state, spoiled),
        overruns=old.overruns if gap and pace > source.quickest else overruns,
    )


def is_opening(state: State) -> bool:
    """Whether a source is still bringing what stood there before it was first visited."""
    return state.last_ok_at is None or state.standing.opening


def is_lump(source: Source, state: State, outcome: Outcome) -> bool:
    """Whether a page holds what gathered for far longer than a source is left alone usually.

    What has no date seems to have happened all at once then.
    """
    last = state.last_ok_at
    return last is not None and outcome.started_at - last > max(2 * source.every, LUMP)


def pace_of(source: Source, standing: Standing) -> timedelta:
    """Return the pace in force, within the bounds that the operator sets now."""
    return min(max(standing.pace or source.every, source.quickest), source.every)


def _odd(page: Page, state: State, spoiled: int) -> int:
    """Return how many pages in a row could mostly not be read, of a source that could be before."""
    held = len(page.mentions) + page.spoiled
    if spoiled < FEWEST_SPOILED or spoiled <= MOSTLY * held:
        return 0
    before = state.standing.odd or state.spoiled <= HARDLY * max(state.heard, 1)
    return min(state.standing.odd + 1, MOST_COUNTED) if before else 0


def _rung_lost(page: Page, state: State) -> str:
    """Return the better rung that was in use before; empty while the best is."""
    lost = state.standing.rung_lost
    if not page.why or page.rung == lost:
        return ""
    return lost or (state.rung if page.rung and page.rung != state.rung else "")


# ---- where it lives


def address(source: Source, state: State, at: datetime) -> str:
    """Return the address that is asked instead of the configured one; empty for none."""
    standing = state.standing
    if source.kind not in MOVABLE or standing.moved_failed or not standing.moved(at):
        return ""
    return standing.moved_to if _is_believed(source, standing.moved_to) else ""


def asked(source: Source, state: State, at: datetime) -> Any:
    """Return the options of a visit: with the address it has moved to, where that is believed."""
    there = address(source, state, at)
    return replace(source.options, url=there) if there else source.options


def _moved(source: Source, state: State, outcome: Outcome) -> Standing:
    old, there = state.standing, outcome.moved_to
    if address(source, state, outcome.started_at) or (outcome.unchanged and not there):
        # "Not changed" comes without a word of the way there.
        return old
    if not there or not _is_believed(source, there):
        return replace(old, moved_to="", moved_times=0, moved_at=None, moved_failed=False)
    if there != old.moved_to:
        return replace(old, moved_to=there, moved_times=1, moved_at=outcome.started_at, moved_failed=False)
    return replace(old, moved_times=min(old.moved_times + 1, MOST_COUNTED), moved_failed=False)


def _is_believed(source: Source, there: str) -> bool:
    """Whether an address may stand for the configured one: no step out of TLS, none into the network."""
    here = str(getattr(source.options, "url", ""))
    if not link(there) or (here.startswith("https:") and not there.startswith("https:")):
        return False
    host = urlsplit(there).hostname or ""
    is_number = host.replace(".", "").isdigit() or ":" in host
    return source.private or (is_public(host) if is_number else host != "localhost")


# ---- what was heard


def heard(
    page: Page, outcome: Outcome, state: State, *, odd: bool = False, lump: bool = False
) -> tuple[int, int]:
    """Return the minutes in which nothing can be missing: since the last visit, and as the page says.

    A page without an overlap says nothing of the time before it, nor does one that could
    mostly not be read. One without dates that follows on the last has lost nothing, but what is
    in a `lump` cannot be told apart. What came before a first visit was not listened to, whatever it says.
    """
    until, last = outcome.started_at, state.last_ok_at
    since = last if outcome.unchanged or (page.follows and not lump) else page.since
    if last is None or since is None or odd or (page.gap and not outcome.unchanged):
        return minute(until), minute(until)
    if not last + SKEW < since < until:
        # A date ahead of time is some item's own; what it proves reaches back to the last visit.
        since = min(since, last)
    if page.more:
        # What is left for the next visit is newer than all that was read.
        until = min(until, max((m.published_at for m in page.mentions if m.published_at), default=since))
    return minute(max(since, state.first_ok_at or last)), minute(until)


def gap(page: Page, outcome: Outcome, state: State) -> tuple[int, int] | None:
    """Return the minutes of a possible gap before a page.

    "Not changed" was true of a server whose page begins after it said so; where it does not,
    nothing is believed since the last page that was seen.
    """
    if not page.gap or state.last_ok_at is None or outcome.unchanged:
        return None
    dates = sorted(m.published_at for m in page.mentions if m.published_at)
    begins = dates[len(dates) // 2] if dates else state.last_ok_at
    honest = begins >= state.last_ok_at
    first = minute(state.last_ok_at if honest else min(state.standing.page_at or begins, state.last_ok_at))
    return first, max(minute(outcome.started_at), first + 1)

"""What is kept of a verdict in the transaction that tells of it: a few kilobytes, whatever was heard."""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import timedelta
from typing import Any

from listener import tracks
from listener.evidence import Case, window
from listener.intake import measure_of
from listener.proof.plain import plain
from listener.reading import READING_VERSION
from listener.store import counts, windows
from listener.store.times import minute, text
from listener.tracks import Group
from rules.life import Course
from rules.triggers import Finding

VERSION = 2
MOST_SOURCES = 12
LONGEST_QUERY = 300
MOST_WINDOWS, MOST_STEPS = 48, 14 * 24
WIDEST = timedelta(days=14)
AN_HOUR = 60


def frozen(
    db: sqlite3.Connection,
    brand: str,
    case: Case,
    query: str = "",
    verdict: str = "",
    before: Course | None = None,
) -> dict[str, Any]:
    """Return all that the verdict on a case rests on, as JSON values.

    `query` is the brand's; `verdict` is what became of the finding, and `before` the course until then.
    """
    group, measure = judged(db, brand, case), measure_of(case.rule)
    return {
        "version": VERSION,
        "finding": case.finding.to_json(),
        "severity": case.severity,
        "gate": case.gate,
        "negative_share": case.negative_share,
        "reasons": [reason.to_json() for reason in case.reasons],
        "weighed": plain(case.weighed),
        "trigger": case.rule.trigger,
        "rule": plain(case.rule),
        "query": {"text": query[:LONGEST_QUERY], "sha256": fingerprint(query)},
        "reading": ", ".join(windows.readings(db, brand, *window(case.finding))) or READING_VERSION,
        "life": {"verdict": verdict, "before": plain(before)},
        "heard": heard(db, group, measure, case.finding),
        "picture": picture(db, group, measure, case.finding),
    }


def judged(db: sqlite3.Connection, brand: str, case: Case) -> Group:
    """Return the sources whose counts the case rests on; where it does not say, all that brought any."""
    first, last = window(case.finding)
    shares = dict(case.shares)
    if not shares:
        shares = dict.fromkeys(counts.per_source(db, brand, measure_of(case.rule), first, last), 0.0)
    return Group(brand, tuple(shares), shares={name: share for name, share in shares.items() if share})


def fingerprint(query: str) -> str:
    """Return what tells a query from every other, however long it is."""
    return hashlib.sha256(query.encode("utf-8", "replace")).hexdigest()[:16]


def heard(db: sqlite3.Connection, group: Group, measure: str, finding: Finding) -> dict[str, Any]:
    """Return how much of the window was heard, and what each source brought of it."""
    first, last = window(finding)
    brought = counts.per_source(db, group.brand, measure, first, last)
    mine = sorted(group.sources, key=lambda name: (-brought.get(name, 0), -group.shares.get(name, 0), name))
    rows = {
        name: {
            "count": brought.get(name, 0),
            "known": round(_heard_of(db, name, first, last), 3),
            "share": round(group.shares.get(name, 0.0), 4),
        }
        for name in mine[:MOST_SOURCES]
    }
    flags = tracks.known(db, group, first, last)
    return {
        "known": round(float(flags.mean()), 3) if flags.size else 0.0,
        "sources": rows,
        "others": len(mine) - len(rows),
    }


def _heard_of(db: sqlite3.Connection, source: str, first: int, last: int) -> float:
    spans = counts.coverage(db, source, first, last)
    return sum(high - low for low, high in spans) / max(last - first, 1)


def picture(db: sqlite3.Connection, group: Group, measure: str, finding: Finding) -> dict[str, Any] | None:
    """Return the counts per step up to the finding, and how much of each step was heard.

    A step is the longest window that was judged, or an hour of it where it is long; None where
    the windows are longer than any picture.
    """
    _, width = widest(finding)
    if not timedelta(minutes=1) <= width <= WIDEST:
        return None
    step, number = steps(int(width.total_seconds() // 60))
    last = minute(finding.at)
    first = last - step * number
    told = [0] * number
    asked = db, group.brand, measure, first, last, step, group.sources
    for place, count in counts.per_step(*asked):
        told[place] = count
    # What a first visit or an import brought into the judged window was no news there.
    news = last - int(width.total_seconds() // 60)
    for place, count in counts.per_step(*asked[:3], news, *asked[4:], "old"):
        told[number - (last - news) // step + place] -= count
    known = tracks.known(db, group, first, last).reshape(number, step).mean(axis=1).round(2).tolist()
    kept: dict[str, Any] = {"step_seconds": step * 60, "ends": text(finding.at), "counts": told}
    if "mood" in finding.evidence:
        felt = [0] * number
        for place, thousandths in counts.per_step(*asked, "mood"):
            felt[place] = thousandths
        kept["mood"] = felt
    return kept | ({} if min(known) == 1 else {"known": known})


def widest(finding: Finding) -> tuple[str, timedelta]:
    """Return name and length of the longest window whose usual count is known, else of the longest.

    A window without a name is the span of the finding.
    """
    facts = finding.evidence
    named = [(float(str(v)), n.removeprefix("seconds")) for n, v in facts.items() if n.startswith("seconds")]
    compared = [(seconds, name) for seconds, name in named if f"m{name}" in facts]
    seconds, name = max(compared or named, default=(finding.span.total_seconds(), ""))
    return name, timedelta(seconds=seconds)


def steps(width: int) -> tuple[int, int]:
    """Return how many minutes a step has, and how many steps show windows of `width` minutes."""
    if width <= AN_HOUR or width % AN_HOUR:
        return width, max(min(MOST_WINDOWS, MOST_STEPS * AN_HOUR // width), 2)
    each = width // AN_HOUR
    return AN_HOUR, max(min(MOST_WINDOWS, MOST_STEPS // each), 2) * each

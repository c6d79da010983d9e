"""What the store says by now about the window of a kept finding: apart from the verdict, which stands."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from listener import evidence, tracks
from listener.config import Rule
from listener.evidence import window
from listener.intake import measure_of
from listener.proof.again import finding_of, rule_then, trigger_of
from listener.proof.freezing import heard
from listener.proof.plain import DAMAGED
from listener.store import counts, windows
from listener.store.times import minute
from listener.tracks import Group
from rules.triggers import Finding, Trigger, asks_mood

ALWAYS = ("all", "negative", "stories")


def today(db: sqlite3.Connection, brand: str, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the store says now about the same window, each figure beside what it was then.

    `verdict` is what the rule of then would say to what is stored now. Nothing here changes
    what `recomputed` says: mentions came since, were corrected, or are gone.
    """
    try:
        data = kept["data"]
        finding = finding_of(data)
        found_at = datetime.fromisoformat(kept["found_at"])
        first, last = window(finding)
        trigger = trigger_of(data["trigger"])
        rule = rule_then(data, trigger)
        measure = _measure(kept, rule)
        group = _group(db, brand, data, first, last)
        now = heard(db, group, measure, finding)
        counts_on = _is_counted(db, measure, rule)
        counted = _count(db, group, measure, first, last) if counts_on else None
        row: dict[str, Any] = {"count": {"then": finding.observed, "now": counted}}
        row |= _stock(db, brand, first, last, found_at)
        row["heard"] = {"then": data.get("heard", {}).get("known"), "now": now["known"]}
        row["sources"] = _sources(data, now) if counts_on else {}
        if rule is not None and counts_on:
            row["verdict"] = _verdict(db, group, rule, trigger, measure, finding)
        return row
    except DAMAGED as error:
        return {"trouble": f"the window cannot be looked up: {' '.join(str(error).split())[:200]}"}


def _measure(kept: Mapping[str, Any], rule: Rule | None) -> str:
    return measure_of(rule) if rule is not None else "all"


def _is_counted(db: sqlite3.Connection, measure: str, rule: Rule | None) -> bool:
    """Tell whether what the rule counted is still counted, and in the same manner."""
    if measure in ALWAYS:
        return True
    asked = counts.measured(db).get(measure)
    if rule is None or rule.query is None:
        return asked is not None
    return asked == f"{rule.on} {rule.brand or ''} {rule.query}"


def _group(db: sqlite3.Connection, brand: str, data: Mapping[str, Any], first: int, last: int) -> Group:
    """Return the sources that were judged; all that brought any where a version before did not keep them."""
    rows = data.get("heard", {}).get("sources")
    if not rows:
        return Group(brand, tuple(counts.per_source(db, brand, "all", first, last)))
    shares = {str(name): float(row["share"]) for name, row in rows.items()}
    return Group(brand, tuple(shares), shares={name: share for name, share in shares.items() if share})


def _count(db: sqlite3.Connection, group: Group, measure: str, first: int, last: int) -> int:
    """Return the news of the window: what first visits and imports brought was none then either."""
    told = counts.per_step(db, group.brand, measure, first, last, last - first, group.sources)
    return sum(n for _, n in told) - counts.history(db, group.brand, measure, first, last, group.sources)


def _stock(db: sqlite3.Connection, brand: str, first: int, last: int, found_at: datetime) -> dict[str, Any]:
    """Return what became of the brand's mentions in the window, whatever the rule counts of them."""
    stored = windows.stock(db, brand, first, last, found_at)
    gone = counts.total(db, brand, "all", first, last) - stored.stored
    kept = {name: value for name, value in asdict(stored).items() if name != "stored"}
    return {**kept, "gone": max(gone, 0), "forgotten": windows.forgotten_since(db, found_at)}


def _sources(data: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sources of which more or less is there than was then."""
    then = data.get("heard", {}).get("sources", {})
    return {
        name: {
            "then": then[name]["count"],
            "now": row["count"],
            "heard": {"then": then[name]["known"], "now": row["known"]},
        }
        for name, row in now["sources"].items()
        if name in then and (row["count"], row["known"]) != (then[name]["count"], then[name]["known"])
    }


def _verdict(
    db: sqlite3.Connection, group: Group, rule: Rule, trigger: Trigger, measure: str, finding: Finding
) -> dict[str, Any]:
    """Judge the same window once more, as the rule was, against the past as it is stored now."""
    end = minute(finding.at)
    track = tracks.load(db, group, measure, end, mood=asks_mood(rule.trigger))
    found = trigger.judge(rule.options, track, [end * 60])
    if found and (news := evidence.without_history(db, group.brand, measure, group.sources, found[0])):
        again = news if news is found[0] else trigger.again(rule.options, news)
        if again is not None:
            return {"fires": True, "z": again.z, "observed": again.observed, "expected": again.expected}
    return {"fires": False}

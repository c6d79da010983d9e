"""What a backtest found, as rows: incidents, scorecards, and what a change of rules gains and costs."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from listener.backtest.comparing import OTHER, PRESENT, Balance, Pair
from listener.backtest.lived import Opened
from listener.backtest.scorecard import Card, Record
from listener.cli.face import shown, stamp

OPENED = (
    "opened_at", "brand", "rule", "severity", "observed", "expected", "z", "highest_z", "findings",
    "last_finding_at",
)  # fmt: skip
CARD = (
    "scorecard", "brand", "opened", "per_week", "watch", "alert", "crisis", "worsened", "findings",
    "median_z", "quiet_hours", "over_budget", "found", "missed", "minutes_later", "not_a_crisis",
    "confirmed", "precision",
)  # fmt: skip
RECORD = (
    "scorecard", "brand", "opened", "per_week", "watch", "alert", "crisis", "relapses", "acknowledged",
    "answered", "not_a_crisis", "over", "open", "precision",
)  # fmt: skip
PAIR = (
    "opened_in", "brand", "opened_at", "rule", "z", "other_opened_at", "other_rule", "other_z",
    "minutes_later", "verdict",
)  # fmt: skip
BALANCE = (
    "brand", "both", "gained", "lost", "false_alarms_gained", "false_alarms_avoided", "confirmed_won",
    "confirmed_lost", "minutes_later", "per_week", "other_per_week", "told_per_week", "other_told_per_week",
)  # fmt: skip
ALL = "all"


def opened(o: Opened) -> dict[str, Any]:
    """Return an incident that would have opened."""
    f = o.finding
    return {
        "brand": o.brand,
        "rule": o.rule,
        "severity": o.severity,
        "opened_at": stamp(f.at),
        "z": round(f.z, 2),
        "observed": f.observed,
        "expected": round(f.expected, 2),
        "span_seconds": f.span.total_seconds(),
        "negative_share": None if o.negative_share is None else round(o.negative_share, 3),
        "highest_z": round(o.highest_z, 2),
        "findings": o.findings,
        "worsened": o.worsened,
        "last_finding_at": stamp(o.last_finding_at),
        "learning": f.evidence.get("learning", False),
        "reason": f.code,
        "evidence": f.to_json()["evidence"],
        "gate": o.gate,
        "held": o.held,
        "kind": o.kind,
    }


def card(c: Card) -> dict[str, Any]:
    """Return how a rule fared in a replay; a rule or brand of None is all of them together."""
    return {
        "kind": "scorecard",
        "scorecard": c.rule,
        "brand": c.brand,
        "shadow": c.shadow,
        "weeks": round(c.weeks, 2),
        "opened": c.opened,
        "per_week": _rounded(c.per_week),
        **c.severities,
        "worsened": c.worsened,
        "findings": c.findings,
        "median_z": _rounded(c.median_z),
        "highest_z": _rounded(c.highest_z),
        "quiet_hours": c.in_quiet_hours,
        "over_budget": c.over_budget,
        "found": c.found,
        "missed": c.missed,
        "minutes_later": _rounded(c.minutes_later, 1),
        "not_a_crisis": c.false_alarms,
        "confirmed": c.confirmed,
        "precision": _rounded(c.precision),
    }


def record(r: Record) -> dict[str, Any]:
    """Return how a rule has fared in the daemon."""
    return {
        "kind": "scorecard",
        "scorecard": r.rule,
        "brand": r.brand,
        "shadow": r.shadow,
        "weeks": round(r.weeks, 2),
        "opened": r.opened,
        "per_week": _rounded(r.per_week),
        **r.severities,
        "relapses": r.relapses,
        "acknowledged": r.acknowledged,
        "answered": r.answered,
        "not_a_crisis": r.no_crisis,
        "over": r.over,
        "open": r.still_open,
        "precision": _rounded(r.precision),
    }


def pair(p: Pair) -> dict[str, Any]:
    """Return what opened under either configuration, or both."""
    mine, other = p.present, p.other
    return {
        "kind": "compared",
        "opened_in": p.opened_in,
        "brand": p.opened.brand,
        "opened_at": stamp(mine.finding.at) if mine else None,
        "rule": mine.rule if mine else None,
        "severity": mine.severity if mine else None,
        "z": round(mine.finding.z, 2) if mine else None,
        "other_opened_at": stamp(other.finding.at) if other else None,
        "other_rule": other.rule if other else None,
        "other_severity": other.severity if other else None,
        "other_z": round(other.finding.z, 2) if other else None,
        "minutes_later": _rounded(p.minutes_later, 1),
        "verdict": p.verdict,
    }


def balance(b: Balance) -> dict[str, Any]:
    """Return what the other configuration gains and costs over a brand; None is all of them together."""
    return {
        "kind": "comparison",
        "brand": b.brand,
        "both": b.both,
        "gained": b.gained,
        "lost": b.lost,
        "false_alarms_gained": b.false_alarms_gained,
        "false_alarms_avoided": b.false_alarms_avoided,
        "confirmed_won": b.confirmed_won,
        "confirmed_lost": b.confirmed_lost,
        "minutes_later": _rounded(b.minutes_later, 1),
        "rules": {rule: {PRESENT: n, OTHER: m} for rule, (n, m) in b.rules.items()},
        "per_week": _rounded(b.incidents_per_week),
        "other_per_week": _rounded(b.other_incidents_per_week),
        "told_per_week": _rounded(b.tellings_per_week),
        "other_told_per_week": _rounded(b.other_tellings_per_week),
    }


def for_people(rows: Iterable[Mapping[str, Any]], *, named: str = "scorecard") -> list[dict[str, Any]]:
    """Return rows as a table shows them: what stands for all says so, and a shadow is named as one."""
    made = []
    for row in rows:
        first = f"{row[named] or ALL}{' (shadow)' if row.get('shadow') else ''}"
        made.append({**row, named: first, "brand": row["brand"] or ALL})
    return made


def write(path: Path, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Write rows to a file: CSV of these columns by its name, else one JSON object a line."""
    with named_if_unwritable(path), path.open("w", encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            out = csv.writer(file, lineterminator="\n")
            out.writerow(columns)
            out.writerows([shown(row[column]) for column in columns] for row in rows)
        else:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@contextmanager
def named_if_unwritable(path: Path) -> Iterator[None]:
    """Say of a file that cannot be written which one it is, and why."""
    try:
        yield
    except OSError as error:
        raise click.UsageError(f"{path} cannot be written: {error.strerror or error}") from error


def _rounded(value: float | None, digits: int = 2) -> float | None:
    return None if value is None else round(value, digits)

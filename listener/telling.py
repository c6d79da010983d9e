"""What a card tells of a finding: its numbers, the words that stand out, and three mentions that show it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from listener.config import Rule
from listener.evidence import window
from listener.store import mentions
from listener.store.mentions import Stored
from listener.store.times import maybe_text, text
from rules.drivers import terms
from rules.triggers import Finding

QUOTES = 3
LONGEST_QUOTE = 500
BEFORE_MINUTES = 24 * 60


def facts(db: sqlite3.Connection, brand: str, rule: Rule, finding: Finding, *, late: bool) -> dict[str, Any]:
    """Return the numbers and quotes that a card tells, as JSON values."""
    first, last = window(finding)
    label = "negative" if rule.on == "negative" else None
    said = mentions.between(db, brand, first, last, label=label)
    before = mentions.between(db, brand, first - BEFORE_MINUTES, first, most=500, newest=True)
    told = terms([m.text or m.title for m in said], [m.text or m.title for m in before], ignore=(brand,))
    frozen = finding.evidence
    return {
        "at": text(finding.at),
        "on": rule.on,
        "observed": finding.observed,
        "expected": round(finding.expected, 2),
        "span_seconds": finding.span.total_seconds(),
        "z": round(finding.z, 2),
        "rank": frozen.get("rank", 0),
        "days": len(frozen.get("peaks", ())),  # type: ignore[arg-type]
        "learning": bool(frozen.get("learning", False)),
        "history_days": round(float(frozen.get("history_days", 0.0)), 2),  # type: ignore[arg-type]
        "late": late,
        "terms": [[term.text, round(term.count / len(said), 3)] for term in told] if said else [],
        "quotes": [_quote(m) for m in telling(said)],
    }


def telling(said: Sequence[Stored]) -> list[Stored]:
    """Return three mentions that tell what happened: the loudest, the earliest, the angriest."""
    if not said:
        return []
    loudest = max(said, key=lambda m: (m.reach or 0, -m.score, -m.id))
    picked = [loudest, said[0], *sorted(said, key=lambda m: (m.score, m.id))]
    chosen: dict[str, Stored] = {}
    for m in picked:
        chosen.setdefault((m.text or m.title).casefold()[:80], m)
    return list(chosen.values())[:QUOTES]


def _quote(m: Stored) -> dict[str, Any]:
    said = m.text if m.text else m.title
    return {
        "text": said if len(said) <= LONGEST_QUOTE else said[: LONGEST_QUOTE - 1] + "…",
        "author": m.author,
        "url": m.url,
        "source": m.source,
        "published_at": maybe_text(m.published_at),
        "label": m.felt,
        "score": m.score,
        "reach": m.reach,
    }

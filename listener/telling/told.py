"""What a card tells of a finding: its numbers, what drives it, and three mentions that show it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from listener.config import Rule
from listener.store import facets, mentions
from listener.store.facets import Slim
from listener.store.mentions import Stored
from listener.store.times import maybe_text, minute, text
from listener.telling import driving
from listener.telling.driving import Surge
from rules.fold import fold
from rules.triggers import Finding

QUOTES = 3
LONGEST_QUOTE = 500
# A story that makes up so much of the excess began it; else the words that stand out do.
LEADING = 0.2
HOUR, DAY = 60, 24 * 60
MOST_BEFORE, MOST_CENTRAL = 200, 50
CENTRAL, LOUDEST, EARLIEST = ORDER = ("central", "loudest", "earliest")


def facts(
    db: sqlite3.Connection,
    brand: str,
    rule: Rule,
    finding: Finding,
    *,
    late: bool,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Return the numbers, drivers and quotes that a card tells, as JSON values.

    All of them are of the window of the finding; signs of coordination are looked for up to `now`.
    """
    until = minute(now) if now else 0
    found = driving.surge(db, brand, rule, finding)
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
        "terms": [[term.text, round(term.count / len(found.said), 3)] for term in found.compared.terms],
        "drivers": driving.told(found),
        "excess": driving.measured(found),
        "coordination": driving.coordination(db, brand, rule, found, until),
        "quotes": [_quote(role, m) for role, m in telling(db, brand, rule, found)],
    }


def telling(db: sqlite3.Connection, brand: str, rule: Rule, found: Surge) -> list[tuple[str, Stored]]:
    """Return up to three mentions of different stories, each with what it shows.

    `central` is most like the others, `loudest` reached most people or is the most copied (where
    neither is known: the angriest of those most like the others), `earliest` is the first of what drives
    the surge, at most an hour (of a leading story a day) before the window. Where one mention is two of
    these, another `central` joins.
    """
    if not found.said:
        return []
    first, origin = _earliest(db, brand, rule, found)
    chosen = [(EARLIEST, first)]
    used = {origin}
    others = [(LOUDEST, _loudest(found)), *((CENTRAL, m) for m in _central(found))]
    # Of another story but in nearly the same words it shows little more, yet more than nothing.
    for is_strict in (True, False):
        for role, m in others:
            alike = is_strict and any(_is_like(m, other) for _, other in chosen)
            if len(chosen) < QUOTES and found.story(m) not in used and not alike:
                used.add(found.story(m))
                chosen.append((role, m))
    stored = {m.id: m for m in mentions.of(db, [m.id for _, m in chosen])}
    picked = sorted(chosen, key=lambda one: ORDER.index(one[0]))
    return [(role, stored[m.id]) for role, m in picked if m.id in stored]


def _is_like(m: Slim, other: Slim) -> bool:
    """Tell whether two mentions say nearly the same, in half of their words, though not in one story."""
    one, two = (set(fold(x.said).split()) for x in (m, other))
    return 2 * len(one & two) > len(one | two)


def _loudest(found: Surge) -> Slim:
    copies = Counter(map(found.story, found.said))
    loud = [m for m in found.said if m.reach or copies[found.story(m)] > 1]
    # Where none is louder than the rest, what is said anyway is not asked: only what they speak of.
    among = loud or list(_central(found))
    # Of a story that many tell, the first is the loudest: the others pass it on.
    return max(among, key=lambda m: (m.reach or 0, copies[found.story(m)], -m.score, -m.minute, -m.id))


def _central(found: Surge) -> Iterator[Slim]:
    """Yield the mentions, those most like the others first."""
    likeness = found.compared.likeness
    order = sorted(range(len(found.said)), key=lambda n: (-likeness[n], n))
    # What is least like the rest is not typical of it, even if all the rest is one story.
    return (found.said[n] for n in order[: min(MOST_CENTRAL, (len(order) + 1) // 2)])


def _earliest(db: sqlite3.Connection, brand: str, rule: Rule, found: Surge) -> tuple[Slim, str]:
    """Return the first of what drives the surge, and its story: of the leading one, else of the words."""
    leading = next((name for name, share in driving.stories(found) if share >= LEADING), "")
    if leading:
        first = next(m for m in found.said if found.story(m) == leading)
        before = facets.first_of(db, brand, first.story, found.first - DAY, found.first)
        return before or first, leading
    before_window = driving.before(db, brand, rule, found, HOUR, MOST_BEFORE)
    first = driving.onset(found, before_window) or found.said[0]
    return first, found.story(first)


def _quote(role: str, m: Stored) -> dict[str, Any]:
    said = m.text if m.text else m.title
    return {
        "role": role,
        "text": said if len(said) <= LONGEST_QUOTE else said[: LONGEST_QUOTE - 1] + "…",
        "author": m.author,
        "url": m.url,
        "source": m.source,
        "published_at": maybe_text(m.published_at),
        "label": m.felt,
        "score": m.score,
        "reach": m.reach,
    }

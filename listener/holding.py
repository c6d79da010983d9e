"""What is held back by quiet hours or a budget, and what becomes of it when they are over.

What is held back stands in the store like everything else. Once it may be told, what is still
hot is told, with ladder and clocks from then on; what calmed down meanwhile is named in one
note for each rule.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from listener.announce import announce, note
from listener.config import Rule, Settings
from listener.store import Store, incidents
from listener.store.incidents import Saved
from listener.store.times import text
from rules import life
from rules.incident import Event
from rules.restraint import BUDGET, QUIET, Held, quiet_until, spent_until


def restrained(
    db: sqlite3.Connection, settings: Settings, rule: Rule, severity: str, now: datetime, *, opens: bool
) -> Held | None:
    """Return why a rule may not tell now, None where it may; a budget is spent on what `opens` only."""
    if severity == "crisis":
        return None
    if until := quiet_until(rule.quiet_hours, now, settings.timezone):
        return Held(QUIET, until)
    if rule.budget is None or not opens:
        return None
    told = incidents.tellings(db, rule.name, now - rule.budget.within)
    until = spent_until(rule.budget.most, rule.budget.within, told, now)
    return Held(BUDGET, until) if until else None


def freed(db: sqlite3.Connection, settings: Settings, now: datetime) -> list[int]:
    """Return the incidents whose time has not come, but which no rule of today would hold back any more.

    That is so once quiet hours or a budget were changed, or the rule is gone.
    """
    waiting = [saved for number in incidents.held(db) if (saved := incidents.get(db, number))]
    return [saved.id for saved in waiting if _is_freed(db, settings, saved, now)]


def _is_freed(db: sqlite3.Connection, settings: Settings, saved: Saved, now: datetime) -> bool:
    held = saved.incident.held
    if held is None or held.until <= now:
        return False
    rule = next((rule for rule in settings.rules if rule.name == held.rule), None)
    opens = held.of != "worsened"
    return rule is None or not restrained(db, settings, rule, saved.incident.severity, now, opens=opens)


def release(store: Store, settings: Settings, numbers: Sequence[int], now: datetime) -> int:
    """See to what is held back no longer among the incidents, all in one transaction; return how many moved.

    So the note of a rule names all that calmed down: it is not sent before the last of them is in it.
    """
    if not numbers:
        return 0
    with store.write() as db:
        found = [saved for number in numbers if (saved := incidents.get(db, number))]
        due = [saved for saved in found if _is_due(db, settings, saved, now)]
        calmed = [saved for saved in due if _released(db, settings, saved, now)]
        for rule in dict.fromkeys(_rule(saved) for saved in calmed):
            note(db, settings, rule, [saved.id for saved in calmed if _rule(saved) == rule], now)
    return len(due)


def _is_due(db: sqlite3.Connection, settings: Settings, saved: Saved, now: datetime) -> bool:
    held = saved.incident.held
    return held is not None and (held.until <= now or _is_freed(db, settings, saved, now))


def _rule(saved: Saved) -> str:
    assert saved.incident.held is not None
    return saved.incident.held.rule


def _released(db: sqlite3.Connection, settings: Settings, saved: Saved, now: datetime) -> bool:
    """Tell what is still hot, hold back for longer what must be; tell whether it calmed down instead."""
    held, hot = saved.incident.held, saved.course.is_hot(now)
    assert held is not None
    rule = next((rule for rule in settings.rules if rule.name == held.rule), None)
    opens = hot and held.of != "worsened"
    longer = rule and restrained(db, settings, rule, saved.incident.severity, now, opens=opens)
    if longer:
        incidents.append(db, saved, [Event("held", now, data=again(longer, held.rule))])
    elif hot:
        changed = incidents.append(
            db, saved, [telling(saved, now)], facts=told_facts(saved, now), course=life.released(saved.course)
        )
        announce(db, settings, changed, changed.events[-1:], now)
    else:
        course = life.released(saved.course)
        course = course if held.was_open else life.closed(course, now)
        incidents.append(db, saved, [Event("calmed", now, data=why(saved))], course=course)
    return not longer and not hot


def again(held: Held, rule: str) -> dict[str, Any]:
    """Return what an event says of something that is held back: why and until when."""
    return {"rule": rule, "held": {"why": held.why, "until": text(held.until)}}


def telling(saved: Saved, now: datetime, by: str = "listener") -> Event:
    """Return the event that tells what was held back of an incident."""
    data = {"severity": saved.incident.severity, **why(saved)}
    return Event("released", now, by, data)


def told_facts(saved: Saved, now: datetime) -> dict[str, Any]:
    """Return what a card tells, with since when, why and by which rule it was held back until now."""
    held = saved.incident.held
    assert held is not None
    told = {"since": text(held.since), "why": held.why, "rule": held.rule, "told_at": text(now)}
    return {**saved.facts, "held": told}


def why(saved: Saved) -> dict[str, Any]:
    """Return what an event says of something that was held back until then."""
    held = saved.incident.held
    assert held is not None
    return {"rule": held.rule, "of": held.of, "since": text(held.since), "why": held.why}

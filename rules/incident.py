"""The course of one incident, as a fold over its events.

    opened ─► (watch) ─► started ─► acknowledged ─► answered ─► closed
                            ▲          │ expired                   │
                            ├──────────┘                           │
                            └──── relapsed, reopened ◄─────────────┘

The events are the truth and the Incident is what they add up to. `started` is the finding
that first reached `alert`: the ladder and both clocks run from there. What a team asked to be
held back starts nothing until it is told (see rules.restraint): it is the team's own wish that
nobody hears of it before, so ladder and clocks run from the telling. What must happen next
is computed from the incident and never scheduled, so a restart forgets nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import reduce
from typing import Any

from rules.playbook import NONE, PHASES, SEVERITIES, Playbook, from_json, merged

NOBODY = "listener"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: `what`, at `at` (UTC), by a person or by the daemon.

    `data` holds JSON values only: the numbers behind it, and what a person wrote.
    """

    what: str
    at: datetime
    by: str = NOBODY
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Duty:
    """A task of the incident, and who took it or did it when."""

    title: str
    phase: str
    role: str
    due_at: datetime | None
    owner: str = ""
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """What is held back: since when, why and by which rule, and until when at the most.

    `of` is the event that is not told: opened, relapsed or worsened. `was_open` tells whether the
    incident stood open before it. `playbook` (JSON) is what starts once it is told.
    """

    since: datetime
    until: datetime
    why: str
    rule: str
    of: str
    was_open: bool
    playbook: Any = None


@dataclass(frozen=True, slots=True)
class Incident:
    """One crisis under way, with the playbook as it was when it started."""

    playbook: Playbook = NONE
    severity: str = "watch"
    phase: str = "identify"
    opened_at: datetime | None = None
    started_at: datetime | None = None
    ladder_from: datetime | None = None
    run: int = 0
    done: frozenset[str] = frozenset()
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    last_entry_at: datetime | None = None
    answered_at: datetime | None = None
    answered_url: str = ""
    breached_at: datetime | None = None
    closed_at: datetime | None = None
    verdict: str = ""
    relapses: int = 0
    duties: tuple[Duty, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)
    held: Held | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What must happen at `at`: `tell` a step of the ladder, `warn` or `breach` of the clock, `expire`,
    or `release` what was held back.

    `key` names it within the incident: what carries the same key is the same thing.
    """

    what: str
    at: datetime
    key: str
    round: int = 0
    step: int = 0
    tell: str = ""
    by: tuple[str, ...] = ()
    minutes_left: int = 0


def after(incident: Incident, event: Event) -> Incident:
    """Return the incident with one more event; an act that comes too late changes nothing."""
    change = _CHANGES.get(event.what)
    return incident if change is None else change(incident, event)


def fold(events: Iterable[Event]) -> Incident:
    """Return what the events add up to, oldest first."""
    return reduce(after, events, Incident())


def due(incident: Incident, now: datetime) -> tuple[Due, ...]:
    """Return what should have happened by now and has not, oldest first."""
    return tuple(item for item in _ahead(incident) if item.at <= now)


def plan(incident: Incident) -> tuple[Due, ...]:
    """Return all that will happen if nobody acts, in the order of time.

    An acknowledgement that lapses lets the ladder begin anew: its steps are here, and due once it has.
    """
    ahead = _ahead(incident)
    for lapse in ahead:
        if lapse.what == "expire":
            after_it = _ahead(after(incident, Event("expired", lapse.at)))
            return _in_order([*ahead, *(item for item in after_it if item.what == "tell")])
    return ahead


def _ahead(incident: Incident) -> tuple[Due, ...]:
    if incident.closed_at is not None:
        return ()
    release = _release(incident)
    if incident.started_at is None:
        return release
    calls = _expiry(incident) if incident.acknowledged_by else _ladder(incident)
    return _in_order([*release, *_clock(incident), *calls])


def _release(incident: Incident) -> tuple[Due, ...]:
    if incident.held is None:
        return ()
    until = incident.held.until
    return (Due("release", until, f"release:{incident.relapses}:{until.isoformat()}"),)


def _in_order(items: Iterable[Due]) -> tuple[Due, ...]:
    return tuple(sorted(items, key=lambda item: (item.at, item.key)))


def _ladder(incident: Incident) -> Iterable[Due]:
    start = incident.ladder_from or incident.started_at
    assert start is not None
    for turn in range(incident.playbook.repeat + 1):
        for number, step in enumerate(dict.fromkeys(incident.playbook.ladder)):
            # Named by what it is: a playbook that joins later moves the numbers of the steps.
            name = f"{int(step.after.total_seconds())}:{step.tell}:{'+'.join(step.by)}"
            key = f"tell:{incident.run}:{turn}:{name}"
            if key not in incident.done:
                at = start + incident.playbook.round_length * turn + step.after
                yield Due("tell", at, key, turn, number, step.tell, step.by)


def _clock(incident: Incident) -> Iterable[Due]:
    if incident.answered_at or incident.breached_at or incident.started_at is None:
        return
    within = incident.playbook.answer_within
    moments = [("warn", span) for span in incident.playbook.warnings()] + [("breach", within)]
    for what, span in moments:
        key = f"{what}:{incident.relapses}:{int(span.total_seconds())}"
        if key not in incident.done:
            left = int((within - span).total_seconds() // 60)
            yield Due(what, incident.started_at + span, key, minutes_left=left)


def _expiry(incident: Incident) -> Iterable[Due]:
    if incident.answered_at is not None or incident.phase == "monitor" or incident.last_entry_at is None:
        return
    at = incident.last_entry_at + incident.playbook.ack_expires
    yield Due("expire", at, f"expire:{incident.run}")


def is_higher(severity: str, than: str) -> bool:
    """Tell whether a severity is higher than another."""
    return SEVERITIES.index(severity) > SEVERITIES.index(than)


# What each event changes. Every function gets the incident before it and the event.


def _opened(incident: Incident, event: Event) -> Incident:
    opened = replace(incident, opened_at=event.at, severity=event.data["severity"])
    return _told_or_held(opened, event, was_open=False)


def _told_or_held(incident: Incident, event: Event, *, was_open: bool) -> Incident:
    """Start what starts at `alert`, unless it is held back."""
    if "held" in event.data:
        return _kept(incident, event, was_open)
    return _started(incident, event) if event.data.get("severity", incident.severity) != "watch" else incident


def _kept(incident: Incident, event: Event, was_open: bool) -> Incident:
    told, before = event.data["held"], incident.held
    held = Held(
        since=before.since if before else event.at,
        until=datetime.fromisoformat(told["until"]),
        why=told["why"],
        rule=event.data.get("rule", ""),
        of=before.of if before else event.what,
        was_open=before.was_open if before else was_open,
        playbook=event.data.get("playbook") or (before.playbook if before else None),
    )
    return replace(incident, held=held)


def _started(incident: Incident, event: Event) -> Incident:
    """Freeze the playbook of the event and let ladder and clocks run; a second one only adds."""
    known = incident.playbook
    agreed = from_json(event.data["playbook"]) if "playbook" in event.data else known
    playbook = merged(known, agreed) if incident.started_at else agreed
    had = {duty.title for duty in incident.duties}
    duties = tuple(
        Duty(task.title, task.phase, task.role, None if task.due is None else event.at + task.due)
        for task in playbook.tasks
        if task.title not in had
    )
    start = incident.started_at or event.at
    return replace(
        incident,
        playbook=playbook,
        started_at=start,
        ladder_from=incident.ladder_from or start,
        duties=incident.duties + duties,
    )


def _worsened(incident: Incident, event: Event) -> Incident:
    if incident.closed_at is not None:
        return incident
    severity = event.data.get("severity", incident.severity)
    worse = replace(incident, severity=severity) if is_higher(severity, incident.severity) else incident
    return _told_or_held(worse, event, was_open=True)


def _relapsed(incident: Incident, event: Event) -> Incident:
    """A finding after calm: open again, the ladder and both clocks from the start."""
    severity = event.data.get("severity", incident.severity)
    again = replace(
        incident,
        severity=severity,
        phase="identify",
        started_at=None,
        ladder_from=None,
        run=incident.run + 1,
        relapses=incident.relapses + 1,
        acknowledged_by=None,
        acknowledged_at=None,
        answered_at=None,
        answered_url="",
        breached_at=None,
        closed_at=None,
        verdict="",
        held=None,
    )
    return _told_or_held(again, event, was_open=incident.closed_at is None)


def _held(incident: Incident, event: Event) -> Incident:
    """Held back for longer, or by another rule; what is not held back any more stays as it is."""
    if incident.held is None:
        return incident
    return _kept(incident, event, incident.held.was_open)


def _released(incident: Incident, event: Event) -> Incident:
    """Told after all: ladder and clocks run from now on."""
    kept = incident.held.playbook if incident.held else None
    return _worsened(replace(incident, held=None), replace(event, data=_without_held(event.data, kept)))


def _without_held(data: Mapping[str, Any], playbook: Any) -> Mapping[str, Any]:
    agreed = {} if playbook is None else {"playbook": playbook}
    return {key: value for key, value in {**agreed, **data}.items() if key != "held"}


def _calmed(incident: Incident, event: Event) -> Incident:
    """It was over before anybody was to be told: what nobody knew of is closed."""
    if incident.held is None:
        return incident
    was_open = incident.held.was_open
    calm = replace(incident, held=None)
    closing = replace(event, data={"verdict": "held back"})
    return calm if was_open else _closed(calm, closing)


def _told(incident: Incident, event: Event) -> Incident:
    return replace(incident, done=incident.done | frozenset(event.data["keys"]))


def _called(incident: Incident, event: Event) -> Incident:
    called = _told(incident, event)
    if any(key.startswith("breach") for key in event.data["keys"]):
        return replace(called, breached_at=event.at)
    return called


def _acknowledged(incident: Incident, event: Event) -> Incident:
    if incident.closed_at is not None or incident.acknowledged_by is not None:
        return incident
    return replace(incident, acknowledged_by=event.by, acknowledged_at=event.at, last_entry_at=event.at)


def _expired(incident: Incident, event: Event) -> Incident:
    if incident.acknowledged_by is None:
        return incident
    return replace(
        incident,
        acknowledged_by=None,
        acknowledged_at=None,
        ladder_from=event.at,
        run=incident.run + 1,
    )


def _entry(incident: Incident, event: Event) -> Incident:
    return replace(incident, last_entry_at=event.at)


def _advanced(incident: Incident, event: Event) -> Incident:
    phase = event.data["phase"]
    if incident.closed_at is not None or PHASES.index(phase) <= PHASES.index(incident.phase):
        return incident
    return _entry(replace(incident, phase=phase), event)


def _answered(incident: Incident, event: Event) -> Incident:
    if incident.answered_at is not None:
        return _entry(incident, event)
    answered = replace(incident, answered_at=event.at, answered_url=event.data.get("url", ""))
    return _entry(answered, event)


def _closed(incident: Incident, event: Event) -> Incident:
    if incident.closed_at is not None:
        return incident
    verdict = event.data.get("verdict", "over")
    return replace(incident, closed_at=event.at, phase="closed", verdict=verdict, held=None)


def _reopened(incident: Incident, event: Event) -> Incident:
    if incident.closed_at is None:
        return incident
    again = replace(incident, closed_at=None, phase="identify", verdict="")
    if again.started_at is not None and again.acknowledged_by is None:
        # Nobody climbed while it was closed: what went by in that time is not told as late.
        again = replace(again, ladder_from=event.at, run=again.run + 1)
    return _entry(again, event)


def _role(incident: Incident, event: Event) -> Incident:
    roles = {**incident.roles, event.data["role"]: event.data["person"]}
    return _entry(replace(incident, roles=roles), event)


def _task_added(incident: Incident, event: Event) -> Incident:
    duty = Duty(
        event.data["title"],
        event.data.get("phase", incident.phase),
        event.data.get("role", ""),
        _moment(event.data.get("due_at")),
        event.data.get("owner", ""),
    )
    return _entry(replace(incident, duties=(*incident.duties, duty)), event)


def _task_taken(incident: Incident, event: Event) -> Incident:
    return _entry(_with_duty(incident, event, owner=event.data.get("owner", event.by)), event)


def _task_done(incident: Incident, event: Event) -> Incident:
    return _entry(_with_duty(incident, event, done_at=event.at), event)


def _with_duty(incident: Incident, event: Event, **change: Any) -> Incident:
    number = int(event.data["task"])
    if not 0 <= number < len(incident.duties):
        return incident
    duties = list(incident.duties)
    duties[number] = replace(duties[number], **change)
    return replace(incident, duties=tuple(duties))


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


_CHANGES: Mapping[str, Callable[[Incident, Event], Incident]] = {
    "opened": _opened,
    "worsened": _worsened,
    "relapsed": _relapsed,
    "held": _held,
    "released": _released,
    "calmed": _calmed,
    "told": _told,
    "called": _called,
    "acknowledged": _acknowledged,
    "expired": _expired,
    "advanced": _advanced,
    "answered": _answered,
    "closed": _closed,
    "reopened": _reopened,
    "role": _role,
    "note": _entry,
    "task added": _task_added,
    "task taken": _task_taken,
    "task done": _task_done,
}

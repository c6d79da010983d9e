"""The life of an incident: when it speaks, and when it keeps still.

    nothing ── finding ──► hot ── 24 h without a finding ──► calm ── finding ──► hot again (a relapse)

While it is hot, further findings join it in silence; it speaks again only when severity
rises or z is three times what was told. Closing it while it is hot asks for silence until
it is calm, unless the same happens: then it is a relapse too. A week after a closing
the past is the past, and a finding opens a new incident.

What a team asked to be kept for later (see rules.restraint) feeds it like any other, and is held
back: it moves nothing of what was told. So whatever may be told meanwhile, by another rule or
as a crisis, speaks as if what is held had never been found.

All of it goes by the time of the findings, so a finding that is seen late (the end of its
window lies before the last one's) falls into the hot time it belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

CALM_AFTER = timedelta(hours=24)
RELAPSES_WITHIN = timedelta(days=7)
WORSE = 3.0
LEAST_Z = 1.0
USUAL_BAR = 4.0
UNTOLD = -1


class Verdict(StrEnum):
    """What a finding does to a brand: only `join` and `silent` tell nobody."""

    OPEN = "open"
    WORSEN = "worsen"
    JOIN = "join"
    RELAPSE = "relapse"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Held:
    """The worst of what is held back of an incident: its highest z, its severity as a rank, its `code`."""

    z: float
    severity: int
    code: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """Where a brand's incident stands: what was told of it, and when it was last fed.

    `told_z` is the highest z told since it opened or last relapsed. `severity` is a
    rank, the higher the worse; UNTOLD where all of it since then is `held` back. `code` is the
    kind of finding that was told last, empty where that is not known: a flash in the midst of a
    slow burn is news only where it is three times the bar of a flash, however low the burn's z.
    """

    opened_at: datetime
    last_finding_at: datetime
    told_z: float
    severity: int
    closed_at: datetime | None = None
    relapses: int = 0
    held: Held | None = None
    code: str = ""

    def is_hot(self, at: datetime) -> bool:
        """Tell whether less than a day lies between the last finding and `at`."""
        return at - self.last_finding_at < CALM_AFTER


def after(
    course: Course | None, at: datetime, z: float, severity: int, code: str = ""
) -> tuple[Course, Verdict]:
    """Return the course with one more finding that may be told, and what is to be done about it."""
    if course is None or _is_past(course, at):
        return Course(at, at, z, severity, code=code), Verdict.OPEN
    worse = _is_worse(z, severity, course.told_z, course.severity, _alike(code, course.code))
    if not course.is_hot(at) or (worse and course.closed_at):
        return _relapsed(course, at, z, severity, code), Verdict.RELAPSE
    fed = _fed(course, at)
    if worse:
        told = _told(fed, z, severity, code)
        covers = course.held is None or severity >= course.held.severity
        return replace(told, held=None if covers else course.held), Verdict.WORSEN
    return fed, Verdict.SILENT if course.closed_at else Verdict.JOIN


def held(
    course: Course | None, at: datetime, z: float, severity: int, code: str = ""
) -> tuple[Course, Verdict]:
    """Return the course with one more finding that is held back; what speaks is taken down, and not told."""
    if course is None or _is_past(course, at):
        return Course(at, at, 0.0, UNTOLD, held=Held(z, severity, code)), Verdict.OPEN
    worse = _is_worse(z, severity, course.told_z, course.severity, _alike(code, course.code))
    if not course.is_hot(at) or (worse and course.closed_at):
        untold = _relapsed(course, at, 0.0, UNTOLD, "")
        return replace(untold, held=Held(z, severity, code)), Verdict.RELAPSE
    fed, kept = _fed(course, at), course.held
    alike = kept is None or _alike(code, kept.code)
    if worse and (kept is None or _is_worse(z, severity, kept.z, kept.severity, alike)):
        most = Held(z, severity, code)
        if kept is not None:
            most = Held(max(z, kept.z), max(severity, kept.severity), code or kept.code)
        return replace(fed, held=most), Verdict.WORSEN
    return fed, Verdict.SILENT if course.closed_at else Verdict.JOIN


def joins(course: Course, at: datetime, z: float, most: int, code: str = "") -> bool:
    """Tell whether a finding tells nobody however severe it is, up to the rank `most`."""
    alike = _alike(code, course.code)
    return course.is_hot(at) and not _is_worse(z, most, course.told_z, course.severity, alike)


def released(course: Course) -> Course:
    """Return the course once what was held back has been told, or is so well known that it need not be."""
    if course.held is None:
        return course
    return replace(_told(course, course.held.z, course.held.severity, course.held.code), held=None)


def closed(course: Course, at: datetime) -> Course:
    """Return the course once a person closed it at `at`, or said that it is no crisis."""
    return course if course.closed_at else replace(released(course), closed_at=at)


def reopened(course: Course) -> Course:
    """Return the course once a person took a closing back."""
    return replace(course, closed_at=None)


def _alike(code: str, other: str) -> bool:
    return not code or not other or code == other


def _is_worse(z: float, severity: int, than_z: float, than_severity: int, alike: bool) -> bool:
    return severity > than_severity or z >= WORSE * max(than_z, LEAST_Z if alike else USUAL_BAR)


def _told(course: Course, z: float, severity: int, code: str) -> Course:
    return replace(
        course,
        told_z=max(course.told_z, z),
        severity=max(course.severity, severity),
        code=code or course.code,
    )


def _fed(course: Course, at: datetime) -> Course:
    return replace(course, last_finding_at=max(course.last_finding_at, at))


def _is_past(course: Course, at: datetime) -> bool:
    if course.closed_at is None or course.is_hot(at):
        return False
    return at - course.closed_at >= RELAPSES_WITHIN


def _relapsed(course: Course, at: datetime, z: float, severity: int, code: str) -> Course:
    return replace(
        course,
        last_finding_at=max(course.last_finding_at, at),
        told_z=z,
        severity=severity,
        closed_at=None,
        relapses=course.relapses + 1,
        held=None,
        code=code,
    )

"""What the two clocks say: how long until somebody had it, and until the public was answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from listener.report.courses import Course
from listener.words import Brief, answered, lasting, taken, translator, when
from listener.words._card import verdict


def short(courses: Sequence[Course], locale: str) -> Iterator[str]:
    """Yield what the clocks of the first course that called somebody say."""
    started = [course for course in courses if course.started_at is not None]
    if not started:
        yield translator(locale).gettext("Only watched: nobody was called.")
        return
    yield taken(started[0].taken_after, started[0].taken_by, locale)
    yield answered(started[0].answered_after, started[0].answer_within, locale)


def told(courses: Sequence[Course], locale: str, tz: tzinfo) -> Iterator[str]:
    """Yield what the clocks say, course by course."""
    t = translator(locale)
    for place, course in enumerate(courses):
        if len(courses) > 1:
            at = {"at": when(course.began_at, tz, locale), "number": place}
            yield t.gettext("Relapse %(number)s, %(at)s:") % at if place else t.gettext("First, %(at)s:") % at
        if course.started_at is None:
            yield t.gettext("Only watched: nobody was called.")
            continue
        yield taken(course.taken_after, course.taken_by, locale)
        if course.expired:
            text = t.ngettext(
                "The acknowledgement expired once: nothing was noted after it.",
                "The acknowledgement expired %(count)s times: nothing was noted after it.",
                course.expired,
            )
            yield text % {"count": course.expired}
        yield answered(course.answered_after, course.answer_within, locale)
        if course.brief.breached and course.brief.answer_by is not None:
            by = when(course.brief.answer_by, tz, locale)
            yield t.gettext("The time for a public answer ran out at %(by)s.") % {"by": by}


def ended(brief: Brief, locale: str, tz: tzinfo) -> str:
    """Return how it ended, and how long it lasted."""
    t = translator(locale)
    if brief.closed_at is None:
        return t.gettext("It is still open.")
    return t.gettext("Closed at %(at)s, after %(lasted)s: %(verdict)s.") % {
        "at": when(brief.closed_at, tz, locale),
        "lasted": lasting(brief.closed_at - brief.opened_at, locale),
        "verdict": verdict(brief.verdict, locale),
    }

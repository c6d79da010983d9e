"""What a rule held back until it was over: one note in the morning instead of a card for each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from listener.words._card import Card
from listener.words._figures import how_much
from listener.words._names import capital, severity
from listener.words._plain import plain
from listener.words._tongue import translator, when
from listener.words.brief import Brief

MOST_NAMED = 20


def note(rule: str, briefs: Sequence[Brief], locale: str, tz: tzinfo | str) -> Card:
    """Return the note about incidents that calmed down while a rule held them back."""
    t = translator(locale)
    named = briefs[:MOST_NAMED]
    lines = [t.gettext("It was over before it was to be told, and nobody was called.")]
    lines += [_line(brief, locale, tz) for brief in named]
    more = len(briefs) - len(named)
    if more:
        lines.append(t.ngettext("And %(count)s more.", "And %(count)s more.", more) % {"count": more})
    return Card(
        title=t.gettext("Held back by the rule “%(rule)s”") % {"rule": plain(rule, 80)},
        severity="watch",
        lines=tuple(lines),
        closed=True,
    )


def _line(brief: Brief, locale: str, tz: tzinfo | str) -> str:
    at = when(brief.detected_at or brief.opened_at, tz, locale)
    said = how_much(brief.on, brief.observed, brief.expected, brief.span, locale, brief.figures)
    head = f"{capital(severity(brief.severity, locale))} · {plain(brief.brand, 80)} · {at}"
    incident = translator(locale).gettext("Incident %(id)s.") % {"id": brief.id}
    return f"{head}: {said} {incident}"

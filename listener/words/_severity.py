"""Why it is that severe: the reasons of a verdict in one line."""

from __future__ import annotations

from collections.abc import Iterator

from listener.words._names import severity
from listener.words._plain import plain
from listener.words._tongue import number, percent, translator
from listener.words.brief import Brief, Reason

BEYOND = ("authors", "reach", "domains")


def because(brief: Brief, locale: str) -> str:
    """Return why it is that severe, empty where it is no more than the rule's word."""
    t = translator(locale)
    told = "; ".join(_told(brief.reasons, locale))
    # The last finding may have been milder than what the incident has come to.
    if not told or brief.gate or brief.severity == "watch" or brief.judged != brief.severity:
        return ""
    points = sum(reason.points for reason in brief.reasons)
    facts = {
        "severity": severity(brief.severity, locale),
        "reasons": told,
        "points": points,
        "crisis": brief.crisis_points,
    }
    if brief.severity == "crisis":
        return t.gettext("Severity %(severity)s because: %(reasons)s.") % facts
    if points < brief.crisis_points:
        text = t.gettext(
            "Severity %(severity)s (%(points)s of the %(crisis)s points of a crisis): %(reasons)s."
        )
        return text % facts
    return t.gettext("Severity %(severity)s: %(reasons)s.") % facts


def _told(reasons: tuple[Reason, ...], locale: str) -> Iterator[str]:
    t = translator(locale)
    if any(reason.code == "rule" for reason in reasons):
        yield t.gettext("the rule always calls it so")
    if any(reason.code == "crisis_when" for reason in reasons):
        yield t.gettext("all that the rule asks of a crisis holds")
    for reason in reasons:
        if reason.code == "z":
            yield t.gettext("z = %(z)s") % {"z": number(reason.value, locale)}
        elif reason.code == "negative_share":
            yield t.gettext("%(share)s negative") % {"share": percent(reason.value, locale)}
    if beyond := ", ".join(_beyond(reason, locale) for reason in reasons if reason.code in BEYOND):
        yield t.gettext("beyond the usual: %(numbers)s") % {"numbers": beyond}
    for reason in (r for r in reasons if r.code == "danger"):
        count = round(reason.value)
        text = t.ngettext("“%(word)s” in %(count)s mention", "“%(word)s” in %(count)s mentions", count)
        yield text % {"word": plain(reason.word, 40), "count": number(count, locale)}


def _beyond(reason: Reason, locale: str) -> str:
    t, count = translator(locale), round(reason.value)
    if reason.code == "reach":
        return t.gettext("reach %(count)s") % {"count": number(count, locale)}
    if reason.code == "authors":
        text = t.ngettext("%(count)s author", "%(count)s authors", count)
    else:
        text = t.ngettext("%(count)s site", "%(count)s sites", count)
    return text % {"count": number(count, locale)}

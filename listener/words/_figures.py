"""How much against what is usual, and why that is not chance: the numbers as sentences."""

from __future__ import annotations

from datetime import timedelta

from listener.words._tongue import number, translator, within


def surge(on: str, brand: str, locale: str) -> str:
    """Return what happened, from what was counted."""
    t = translator(locale)
    sentences = {
        "negative": t.gettext("A surge of negative mentions of %(brand)s."),
        "stories": t.gettext("Unusually many different stories about %(brand)s."),
        "authors": t.gettext("Unusually many different people write about %(brand)s."),
    }
    return sentences.get(on, t.gettext("A surge of mentions of %(brand)s.")) % {"brand": brand}


def how_much(on: str, observed: int, expected: float, span: timedelta, locale: str) -> str:
    """Return what was counted, in how long, and what is usual for it."""
    t = translator(locale)
    counted = _counted(on, observed, locale) % {"count": number(observed, locale)}
    facts = {"counted": counted, "span": within(span, locale), "usual": number(expected, locale)}
    if round(expected, 1) == 0:
        return t.gettext("%(counted)s in %(span)s, usually none.") % facts
    return t.gettext("%(counted)s in %(span)s, usually %(usual)s.") % facts


def _counted(on: str, count: int, locale: str) -> str:
    t = translator(locale)
    if on == "negative":
        return t.ngettext("%(count)s negative mention", "%(count)s negative mentions", count)
    if on == "stories":
        return t.ngettext("%(count)s story", "%(count)s stories", count)
    if on == "authors":
        return t.ngettext("%(count)s author", "%(count)s authors", count)
    return t.ngettext("%(count)s mention", "%(count)s mentions", count)


def why(z: float, day_rank: int, days: int, locale: str) -> str:
    """Return what makes the number no chance: z, and its place among the last days."""
    t = translator(locale)
    if days < 1 or day_rank < 1:
        return t.gettext("z = %(z)s: far above normal.") % {"z": number(z, locale)}
    if day_rank == 1:
        text = t.gettext("z = %(z)s, far above normal: none of the last %(days)s days saw a stronger surge.")
        return text % {"z": number(z, locale), "days": days}
    text = t.ngettext(
        "z = %(z)s, far above normal: at most %(count)s of the last %(days)s days saw a stronger surge.",
        "z = %(z)s, far above normal: at most %(count)s of the last %(days)s days saw a stronger surge.",
        day_rank - 1,
    )
    return text % {"z": number(z, locale), "count": day_rank - 1, "days": days}

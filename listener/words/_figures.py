"""How much against what is usual, and why that is not chance: the numbers as sentences."""

from __future__ import annotations

from datetime import timedelta

from listener.words._plain import plain
from listener.words._tongue import number, score, translator, within
from listener.words.brief import SPIKE, Figures

LONGEST_QUERY = 120


def surge(on: str, brand: str, locale: str, figures: Figures = SPIKE) -> str:
    """Return what happened, from what was counted and which trigger found it."""
    t = translator(locale)
    if figures.code == "threshold":
        return _threshold(brand, locale, figures)
    sentences = {
        "all": t.gettext("A surge of mentions of %(brand)s."),
        "negative": t.gettext("A surge of negative mentions of %(brand)s."),
        "stories": t.gettext("Unusually many different stories about %(brand)s."),
        "authors": t.gettext("Unusually many different people write about %(brand)s."),
    }
    if figures.code == "swell":
        sentences = {
            "all": t.gettext("A slow burn: mentions of %(brand)s pile up."),
            "negative": t.gettext("A slow burn: negative mentions of %(brand)s pile up."),
            "stories": t.gettext("A slow burn: more and more different stories about %(brand)s."),
            "authors": t.gettext("A slow burn: more and more different people write about %(brand)s."),
        }
    elif figures.code == "shift":
        turned = t.gettext("The mood about %(brand)s has turned.")
        sentences = {
            "all": turned,
            "negative": t.gettext("Those who complain of %(brand)s have become harsher."),
        }
    return sentences.get(on, sentences["all"]) % {"brand": brand}


def _threshold(brand: str, locale: str, figures: Figures) -> str:
    t = translator(locale)
    if figures.query:
        said = {"brand": brand, "query": plain(figures.query, LONGEST_QUERY)}
        return t.gettext("Mentions of %(brand)s that say: %(query)s.") % said
    return t.gettext("So many mentions of %(brand)s that somebody should look.") % {"brand": brand}


def how_much(
    on: str, observed: int, expected: float, span: timedelta, locale: str, figures: Figures = SPIKE
) -> str:
    """Return what was counted, in how long, and what is usual for it or asked for."""
    t = translator(locale)
    counted = _counted(on, observed, locale) % {"count": number(observed, locale)}
    facts = {"counted": counted, "span": within(span, locale), "usual": number(expected, locale)}
    if figures.code == "threshold":
        facts["bar"] = number(figures.bar, locale)
        return t.gettext("%(counted)s in %(span)s: the threshold is %(bar)s.") % facts
    if figures.code == "shift":
        facts |= {"mood": score(figures.mood, locale), "usual": score(figures.usual_mood, locale)}
        return t.gettext("Mean sentiment %(mood)s, usually %(usual)s (%(counted)s in %(span)s).") % facts
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


def why(z: float, day_rank: int, days: int, locale: str, figures: Figures = SPIKE) -> str:
    """Return what makes the number no chance: z, and its place among the last days; empty for a threshold."""
    t = translator(locale)
    if figures.code == "threshold":
        return ""
    if figures.code == "shift":
        return t.gettext("z = %(z)s: far worse than the mood usually sways.") % {"z": number(z, locale)}
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

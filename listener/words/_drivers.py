"""Where an excess comes from, and what speaks for it having been arranged: numbers as sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from babel import Locale

from listener.words._plain import plain
from listener.words._tongue import language, lasting, number, percent, translator
from listener.words.brief import Brief, Driver

# Less of the excess is no news on a card, nor is a site with nearly as large a share of all that is usual.
LEAST, SECOND, ABOVE_USUAL, NEARLY_ALL = 0.1, 0.2, 0.15, 0.95
MOST_SIGNS = 2
FACETS = ("stories", "authors", "domains", "sources", "languages", "terms")


def origin(brief: Brief, locale: str) -> str:
    """Return where the excess comes from, empty where nothing stands out."""
    parts = list(_parts(brief.drivers, locale)) or list(_terms(brief.drivers, locale))
    if not parts:
        return ""
    return translator(locale).gettext("Where the excess comes from: %(parts)s.") % {"parts": ", ".join(parts)}


def _parts(drivers: Mapping[str, tuple[Driver, ...]], locale: str) -> Iterator[str]:
    t = translator(locale)
    for place, story in enumerate(drivers.get("stories", ())[:2]):
        if story.share >= (SECOND if place else LEAST):
            text = (
                t.gettext("%(share)s one story (“%(what)s”)")
                if story.what
                else t.gettext("%(share)s one story")
            )
            yield text % {"share": percent(story.share, locale), "what": plain(story.what, 90)}
    for author in drivers.get("authors", ())[:1]:
        if author.share >= LEAST:
            text = (
                t.gettext("%(share)s by %(author)s") if author.what else t.gettext("%(share)s by one author")
            )
            yield text % {"share": percent(author.share, locale), "author": plain(author.what, 60)}
    sites = [site for site in drivers.get("domains", ())[:3] if _is_news(site, 1.0)]
    for site in sites[:2]:
        yield t.gettext("%(share)s on %(site)s") % {
            "share": percent(site.share, locale),
            "site": plain(site.what, 60),
        }
    for source in [s for s in drivers.get("sources", ())[:1] if _is_news(s) and not sites]:
        text = t.gettext("%(share)s from the source %(source)s")
        yield text % {"share": percent(source.share, locale), "source": plain(source.what, 60)}
    for spoken in [s for s in drivers.get("languages", ())[:2] if _is_news(s)][:1]:
        text = t.gettext("%(share)s in %(language)s")
        yield text % {"share": percent(spoken.share, locale), "language": named(spoken.what, locale)}


def _is_news(driver: Driver, most: float = NEARLY_ALL) -> bool:
    """Tell whether a value makes up much more of the excess than of what is usual.

    Where nothing is usual, all of it is none: it always comes in that language, or from that source.
    """
    if driver.usually is None:
        return LEAST <= driver.share <= most
    return driver.share >= max(LEAST, driver.usually + ABOVE_USUAL)


def _terms(drivers: Mapping[str, tuple[Driver, ...]], locale: str) -> Iterator[str]:
    """Yield the words that many mentions share, where no story, site or author leads."""
    for term in [t for t in drivers.get("terms", ())[:3] if t.share >= LEAST / 2][:2]:
        text = translator(locale).gettext("%(share)s say “%(term)s”")
        yield text % {"share": percent(term.share, locale), "term": plain(term.what, 40)}


def named(code: str, locale: str) -> str:
    """Return what a language is called."""
    return str(Locale.parse(language(locale)).languages.get(code) or plain(code, 20))


def facet_name(code: str, locale: str) -> str:
    """Return what one value of a facet is called."""
    t = translator(locale)
    names = {
        "terms": t.pgettext("facet", "Word"),
        "stories": t.pgettext("facet", "Story"),
        "authors": t.pgettext("facet", "Author"),
        "domains": t.pgettext("facet", "Site"),
        "languages": t.pgettext("facet", "Language"),
        "sources": t.pgettext("facet", "Source"),
    }
    return names.get(code, code)


def role(code: str, locale: str) -> str:
    """Return what a quote shows, as it stands before whose it is."""
    t = translator(locale)
    names = {
        "central": t.pgettext("quote", "typical"),
        "loudest": t.pgettext("quote", "loudest"),
        "earliest": t.pgettext("quote", "first"),
    }
    return names.get(code, "")


def signs(brief: Brief, locale: str) -> Iterator[str]:
    """Yield what speaks for the surge having been arranged, sign by sign, with its numbers."""
    sentences = {"copies": _copies, "rhythm": _rhythm}
    for sign in [sign for sign in brief.signs if sign.get("sign") in sentences][:MOST_SIGNS]:
        yield sentences[sign["sign"]](sign, locale)


def _copies(sign: Mapping[str, Any], locale: str) -> str:
    t, accounts, unknown = translator(locale), sign["accounts"], sign["unknown"]
    text = t.ngettext(
        "Looks coordinated: %(accounts)s account on %(place)s told the same text%(span)s,"
        " of which %(unknown)s were never heard here before%(what)s.",
        "Looks coordinated: %(accounts)s accounts on %(place)s told the same text%(span)s,"
        " of which %(unknown)s were never heard here before%(what)s.",
        accounts,
    )
    span = sign.get("span_seconds")
    within = t.gettext(" within %(span)s") % {"span": spell(span, locale)} if span else ""
    told = text % {
        "accounts": number(accounts, locale),
        "unknown": number(unknown, locale),
        "place": plain(sign["place"], 60),
        "span": within,
        "what": _quoted(sign, locale),
    }
    others = sign.get("others_unknown")
    if others is not None and others >= unknown / accounts - ABOVE_USUAL:
        told += " " + t.gettext("Of the others who write, %(share)s are as new.") % {
            "share": percent(others, locale)
        }
    return told


def _rhythm(sign: Mapping[str, Any], locale: str) -> str:
    t = translator(locale)
    if sign["of"] == "author":
        text = t.gettext(
            "Looks automatic: %(who)s wrote every %(every)s, %(beats)s times in a row,"
            " give or take %(spread)s (%(posts)s mentions in all)."
        )
    else:
        text = t.gettext(
            "Looks coordinated: one story came in %(beats)s bursts, one every %(every)s,"
            " give or take %(spread)s (%(posts)s mentions in all)%(what)s."
        )
    return text % {
        "who": plain(sign.get("author", ""), 60) or t.gettext("one author"),
        "beats": number(sign["beats"], locale),
        "posts": number(sign["posts"], locale),
        "every": spell(sign["every_seconds"], locale),
        "spread": spell(sign["spread_seconds"], locale),
        "what": _quoted(sign, locale),
    }


def _quoted(sign: Mapping[str, Any], locale: str) -> str:
    what = plain(sign.get("what", ""), 90)
    return translator(locale).gettext(" (“%(what)s”)") % {"what": what} if what else ""


def spell(seconds: float, locale: str) -> str:
    """Return a duration, in seconds where it is short."""
    if seconds >= 120:
        return lasting(timedelta(seconds=seconds), locale)
    return translator(locale).gettext("%(count)s s") % {"count": round(seconds)}

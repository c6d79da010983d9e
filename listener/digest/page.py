"""The digest as people get it: a subject, a text, an HTML page and its pictures."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from functools import lru_cache

from babel import dates
from jinja2 import Environment, PackageLoader

from listener import charts
from listener.digest import sentences
from listener.digest.rows import Happened, Heard, Quoted, Told, happened, heard, quoted, told
from listener.digest.twin import text_of
from listener.digest.values import BrandWeek, Day, Span, Week
from listener.words import number, percent, plain, severity, translator, when

log = logging.getLogger(__name__)

Draw = Callable[[Sequence[charts.Week]], Sequence[bytes]]
LONGEST_SUBJECT = 150
LANGUAGES = ("en", "pl")


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest ready to go. `images` are (content id, PNG); `html` shows them as `cid:` and that id."""

    week: str
    subject: str
    text: str
    html: str
    images: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure that stands out, what it counts, and how it compares; `tone` is good, bad or empty."""

    label: str
    figure: str
    note: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A brand's part of the page. `picture` is empty where none could be drawn."""

    name: str
    headline: str
    tone: str
    tiles: tuple[Tile, ...]
    said: tuple[str, ...]
    gaps: tuple[str, ...]
    picture: str
    described: str
    incidents: tuple[Happened, ...]
    complaints: tuple[Told, ...]
    praise: tuple[Told, ...]
    loudest: tuple[Quoted, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The whole digest in words, for the HTML and its plain twin alike."""

    title: str
    period: str
    note: str
    sections: tuple[Section, ...]
    sources: tuple[Heard, ...]
    foot: tuple[str, ...]


def page(values: Week, locale: str, tz: tzinfo, draw: Draw = charts.render_all) -> Digest:
    """Return the digest of a week's numbers; without its pictures where they could not be drawn."""
    lang = locale if locale in LANGUAGES else "en"
    pictures = _drawn([_chart(brand, values, lang, tz) for brand in values.brands], draw)
    images = tuple(
        (f"chart{place}.{values.key}@crisis-listener", picture) for place, picture in enumerate(pictures, 1)
    )
    sections = tuple(
        _section(brand, images[place][0] if place < len(images) else "", lang, tz)
        for place, brand in enumerate(values.brands)
    )
    t = translator(lang)
    told_page = Page(
        title=t.gettext("Weekly digest"),
        period=_period(values, lang, tz),
        note=""
        if values.is_over
        else t.gettext("This week is not over: both weeks are counted up to the same hour (%(at)s).")
        % {"at": when(values.gathered_at, tz, lang)},
        sections=sections,
        sources=tuple(heard(source, lang, tz) for source in values.sources),
        foot=_foot(lang, tz),
    )
    html = _environment(lang).get_template("week.html").render(page=told_page, lang=lang)
    return Digest(values.key, _subject(values, lang), text_of(told_page, lang), html, images)


def _drawn(specs: list[charts.Week], draw: Draw) -> Sequence[bytes]:
    try:
        return draw(specs)
    except charts.ChartError as error:
        log.error("digest goes out without its charts detail=%s", error)
        return ()


def _period(values: Week, locale: str, tz: tzinfo) -> str:
    first = values.starts_at.astimezone(tz).date()
    last = (values.ends_at - timedelta(hours=12)).astimezone(tz).date()
    return translator(locale).gettext("Week %(week)s · %(dates)s") % {
        "week": int(values.key[-2:]),
        "dates": dates.format_interval(first, last, "yMMMMd", locale=locale),
    }


def _subject(values: Week, locale: str) -> str:
    t = translator(locale)
    met = sum(len(brand.incidents) for brand in values.brands)
    facts = {
        "week": int(values.key[-2:]),
        "mentions": sentences.mentions(sum(brand.now.count for brand in values.brands), locale),
        "incidents": t.ngettext("%(count)s incident", "%(count)s incidents", met) % {"count": met},
    }
    if len(values.brands) == 1:
        facts["who"] = plain(values.brands[0].name, 60)
    else:
        count = len(values.brands)
        facts["who"] = t.ngettext("%(count)s brand", "%(count)s brands", count) % {"count": count}
    return plain(t.gettext("Week %(week)s, %(who)s: %(mentions)s, %(incidents)s") % facts, LONGEST_SUBJECT)


def _section(brand: BrandWeek, picture: str, locale: str, tz: tzinfo) -> Section:
    turn = sentences.worse(brand.now.mood, brand.before.mood)
    said = (sentences.volume(brand, locale), sentences.mood(brand, locale))
    return Section(
        name=plain(brand.name, 80),
        headline=sentences.headline(brand, locale),
        tone={1: "bad", 0: "", -1: "good"}[turn],
        tiles=_tiles(brand, locale),
        said=tuple(sentence for sentence in said if sentence),
        gaps=tuple(sentences.gaps(brand, locale)),
        picture=f"cid:{picture}" if picture else "",
        described=_described(brand, locale),
        incidents=tuple(happened(course, locale, tz) for course in brand.incidents),
        complaints=told(brand.complaints, brand, locale),
        praise=told(brand.praise, brand, locale),
        loudest=tuple(quoted(loud, locale, tz) for loud in brand.loudest),
    )


def _tiles(brand: BrandWeek, locale: str) -> tuple[Tile, ...]:
    t = translator(locale)
    now, before = brand.now, brand.before
    moved, tone = "", ""
    share, earlier = now.mood.negative_share, before.mood.negative_share
    if share is not None and earlier is not None:
        moved = sentences.points(share, earlier, locale)
        tone = {1: "bad", 0: "", -1: "good"}[sentences.worse(now.mood, before.mood)]
    severe = any(course.severity == "crisis" for course in brand.incidents)
    worst = severity("crisis", locale) if severe else ""
    return (
        Tile(
            t.gettext("Mentions"),
            number(now.count, locale),
            sentences.change(now.count, before.count, locale),
        ),
        Tile(t.gettext("Negative"), "–" if share is None else percent(share, locale), moved, tone),
        Tile(t.gettext("Incidents"), number(len(brand.incidents), locale), worst, "bad" if severe else ""),
    )


def _described(brand: BrandWeek, locale: str) -> str:
    """Return the chart in words, for whoever does not see it."""
    days = ", ".join(
        f"{dates.format_skeleton('EEE', day.day, locale=locale)} {'–' if _is_gap(day) else day.count}"
        for day in brand.now.days
    )
    before = ", ".join("–" if _is_gap(day) else str(day.count) for day in brand.before.days)
    text = translator(locale).gettext("Mentions per day: %(days)s. The week before: %(before)s.")
    return text % {"days": days, "before": before}


def _chart(brand: BrandWeek, values: Week, locale: str, tz: tzinfo) -> charts.Week:
    t = translator(locale)
    start = values.starts_at
    marks = tuple(
        charts.Mark(
            (course.opened_at - start) / timedelta(days=1), severity(course.severity, locale), course.severity
        )
        for course in brand.incidents
        if course.opened_at >= start
    )
    return charts.Week(
        days=tuple(dates.format_skeleton("EEE", day.day, locale=locale) for day in brand.now.days),
        mentions=_counts(brand.now),
        negative=tuple(None if _is_gap(day) else day.negative for day in brand.now.days),
        before=_counts(brand.before),
        labels={
            "now": t.gettext("mentions"),
            "negative": t.pgettext("of mentions", "negative"),
            "before": t.gettext("week before"),
            "unknown": t.gettext("not heard"),
            "incident": t.gettext("incident"),
        },
        incidents=marks[:20],
    )


def _counts(span: Span) -> tuple[int | None, ...]:
    return tuple(None if _is_gap(day) else day.count for day in span.days)


def _is_gap(day: Day) -> bool:
    """A day on which little was heard and nothing told is a gap, not a calm day."""
    return day.heard < 0.5 and not day.count


def _foot(locale: str, tz: tzinfo) -> tuple[str, ...]:
    t = translator(locale)
    return (
        t.gettext("Days and times are those of %(zone)s. A mention counts when it was published.")
        % {"zone": plain(str(tz), 60)},
        t.gettext(
            "Whether a mention is negative is read by a program: it errs on single ones, less in the sum."
        ),
    )


@lru_cache(maxsize=len(LANGUAGES))
def _environment(lang: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("listener.digest"),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(translator(lang), newstyle=True)  # type: ignore[attr-defined]
    return environment

"""What drives a surge: a window of the store beside the days before it, facet by facet."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from listener.config import Rule
from listener.evidence import window
from listener.intake import measure_of
from listener.store import counts, facets
from listener.store.facets import Slim
from rules.coordination import FEWEST_BEATS, Copies, Post, Rhythm, copied, rhythms
from rules.drivers import Compared, compared
from rules.excess import Driver, drivers, expected
from rules.query import Passage, compile, parse
from rules.series import anscombe
from rules.triggers import Finding

HOUR, DAY = 60, 24 * 60
_HOST = re.compile(r"https?://(?:[^/@]*@)?(?:www\.)?([^/:?#@\[\]\s]+)", re.IGNORECASE)
PAST = 14 * DAY
MOST_SAID, MOST_PAST, MOST_TEXTS = 1200, 800, 250
# A window of hours is not waited for: more of the past is read beside it.
MOST_TEXTS_BESIDE_HOURS = 600
# Whose beginnings are the same say the same.
SAME = 400
# So many of the words that drive a surge in one mention are no chance.
AGREED, FEWEST_TOLD = 2, 3
# A word is news where it is told by a third more of the mentions than before.
NEWS = 4 / 3
MOST_POSTS, MOST_ASKED = 2500, 50_000
LONGEST_STORY, LONGEST_NAME = 160, 80
# One platform on many hosts; and a host behind which stand the sites of others, whose names are the authors.
FEDERATED, GATHERED = frozenset({"mastodon", "lemmy"}), frozenset({"news.google.com"})
# A source whose past is told in steps of five minutes has no clock to find a rhythm by.
STEP_SECONDS, ROUGH, FEWEST_STAMPS = 300, 0.9, 20


@dataclass(frozen=True, slots=True)
class Surge:
    """The mentions that a finding was made on, and those of the past it stands out from.

    `said` holds all `total` or a sample of them, each standing for `scale`; `usual` is what is usual in as
    long a time, by the mentions of `past_days`, of which `past` is a sample.
    """

    first: int
    last: int
    said: Sequence[Slim]
    total: int
    usual: float
    past: Sequence[Slim]
    past_days: float
    compared: Compared
    stories: Mapping[int, str]
    texts: int = 0

    @property
    def scale(self) -> float:
        return self.total / len(self.said) if self.said else 1.0

    @property
    def excess(self) -> float:
        return self.total - self.usual

    def story(self, m: Slim) -> str:
        """Return the name of the story that a mention tells."""
        return self.stories.get(m.id, str(m.story))


def is_negative(rule: Rule) -> bool:
    """Tell whether only negative mentions are what a rule is about: also where the mood turned."""
    return rule.on == "negative" or rule.trigger == "shift"


def surge(db: sqlite3.Connection, brand: str, rule: Rule, finding: Finding) -> Surge:
    """Return what a finding was made on beside the two weeks before, or what is known of them."""
    first, last = window(finding)
    negative, concerns = is_negative(rule), _concerns(rule)
    measure = measure_of(rule) if rule.query else "negative" if negative else "all"
    total = counts.total(db, brand, "negative" if negative else "all", first, last)
    said = facets.some(db, brand, first, last, negative=negative, total=total, most=MOST_SAID)
    if total <= MOST_SAID:
        total = len(said)
    kept = [m for m in said if concerns(m)]
    # What first visits and imports brought is no news, unless there is nothing else.
    news = [m for m in kept if not m.is_old] or kept
    total = round(total * len(news) / len(said)) if said else 0
    since = max(first - PAST, min(first, _oldest(db, brand, first)))
    before = counts.total(db, brand, measure, since, first)
    usual = before * (last - first) / (first - since) if since < first else 0.0
    past = facets.some(
        db, brand, since, first, negative=negative, total=before, most=MOST_PAST, told=rule.query is not None
    )
    past = [m for m in past if concerns(m)]
    most = MOST_TEXTS if last - first <= HOUR else MOST_TEXTS_BESIDE_HOURS
    texts = facets.texts(db, [m.id for m in past[:: -(-len(past) // most) or 1]])
    return Surge(
        first, last, news, total, usual, past, (first - since) / DAY,
        compared([m.said for m in news], texts, ignore=(brand,), rank=_surprise(news, total, texts, usual)),
        _stories(news), len(texts),
    )  # fmt: skip


def _surprise(
    said: Sequence[Slim], total: int, texts: Sequence[str], usual: float
) -> Callable[[int, int], float]:
    """Return what tells by how many deviations a word is told more often than usual; 0 where it is no news.

    A word that is always told here is told more often by more mentions: that says nothing.
    """
    scale, share = total / max(len(said), 1), usual / max(len(texts), 1)
    ever = len(said) / max(len(texts), 1)

    def rank(here: int, before: int) -> float:
        new = here >= NEWS * before * ever
        return max(anscombe(here * scale) - anscombe(before * share), 0.0) if new else 0.0

    return rank


def _oldest(db: sqlite3.Connection, brand: str, first: int) -> int:
    found = counts.oldest(db, brand)
    return first if found is None else found


def _concerns(rule: Rule) -> Callable[[Slim], bool]:
    """Return what tells whether a mention is one that the rule's query narrows to."""
    if rule.query is None:
        return lambda m: True
    matcher = compile({rule.name: parse(rule.query)})

    def concerns(m: Slim) -> bool:
        asked = Passage(m.title, m.text, m.author, m.url, lambda: m.language, m.source, m.reach)
        return bool(matcher.match(asked))

    return concerns


def _stories(said: Iterable[Slim]) -> dict[int, str]:
    """Return the story of each mention by its number; the very same words are one story, whoever found it."""
    names: dict[str, str] = {}
    found: dict[int, str] = {}
    for m in said:
        words = " ".join(m.said[:SAME].split())
        name = (
            names.setdefault(words, str(m.story))
            if len(words.split()) >= 4 or len(words) >= 40
            else str(m.story)
        )
        found[m.id] = name
    return found


def before(
    db: sqlite3.Connection, brand: str, rule: Rule, found: Surge, minutes: int, most: int
) -> list[Slim]:
    """Return what the rule is about of the minutes before the window, oldest first."""
    concerns, first = _concerns(rule), found.first - minutes
    near = facets.newest(db, brand, first, found.first, negative=is_negative(rule), most=most)
    return [m for m in near if concerns(m)]


def onset(found: Surge, before: Sequence[Slim]) -> Slim | None:
    """Return the mention with which it began: the first that tells what drives the surge and finds company.

    What drives it are the words that make up a part of the excess. Company are two more such mentions,
    and three times as many as usual, within an hour or a sixth of the window. None where nothing stands out.
    """
    words = _drivers_of_words(found)
    if not words:
        return None
    names = {driver.what for driver in words}
    agreed = min(AGREED, (len(words) + 1) // 2)
    telling = [m for m in (*before, *found.said) if found.compared.holds(m.said, names) >= agreed]
    company = max(HOUR, (found.last - found.first) // 6)
    per_minute = sum(driver.usual for driver in words) / (found.last - found.first)
    fewest = max(3.0, 3 * per_minute * company / found.scale)
    starts = (
        m for n, m in enumerate(telling) if sum(o.minute <= m.minute + company for o in telling[n:]) >= fewest
    )
    return next(starts, telling[0] if telling else None)


def measured(found: Surge) -> dict[str, Any]:
    """Return what the shares are shares of: what was counted, what is usual, and how much was looked at."""
    return {
        "count": found.total,
        "usual": round(found.usual, 2),
        "past_days": round(found.past_days, 2),
        "read": len(found.said),
        "read_past": len(found.past),
    }


def told(found: Surge) -> dict[str, list[dict[str, Any]]]:
    """Return the drivers of a surge, facet by facet, as JSON values; strangers' words are cut."""
    return {
        "terms": _terms(found),
        "stories": _told_stories(found),
        "authors": _authors(found),
        "domains": _facet(found, domain),
        "languages": _facet(found, lambda m: m.language),
        "sources": _facet(found, lambda m: m.source),
    }


def _drivers(found: Surge, here: Counter[str], past: Counter[str]) -> tuple[Driver, ...]:
    usual = expected(past, found.usual)
    return drivers({what: count * found.scale for what, count in here.items()}, usual, found.excess)


def _facet(found: Surge, of: Callable[[Slim], str]) -> list[dict[str, Any]]:
    here, past = (Counter(of(m) for m in which) for which in (found.said, found.past))
    return [_row(driver) for driver in _drivers(found, here, past)]


def _terms(found: Surge) -> list[dict[str, Any]]:
    return [_row(driver) for driver in _drivers_of_words(found)]


def _drivers_of_words(found: Surge) -> tuple[Driver, ...]:
    usual = found.usual / found.texts if found.texts else 0.0
    terms = {term.text: term for term in found.compared.terms}
    counted = {what: term.count * found.scale for what, term in terms.items()}
    before = {what: term.before * usual for what, term in terms.items()}
    often = {what: count for what, count in counted.items() if count >= FEWEST_TOLD}
    return drivers(often, before, found.excess, parts=False)


def stories(found: Surge) -> list[tuple[str, float]]:
    """Return the names of the stories that drive the surge, each with its share, the largest first."""
    return [(driver.what, driver.share) for driver in _many(found)]


def _many(found: Surge) -> tuple[Driver, ...]:
    here = Counter(map(found.story, found.said))
    past = Counter(str(m.story) for m in found.past)
    return _drivers(found, Counter({name: count for name, count in here.items() if count > 1}), past)


def _told_stories(found: Surge) -> list[dict[str, Any]]:
    """Return the stories that more than one mention tells, with the words of the first and whose they are."""
    first: dict[str, Slim] = {}
    for m in found.said:
        first.setdefault(found.story(m), m)
    return [
        {
            **_row(driver),
            "what": _cut(first[driver.what].title or first[driver.what].text, LONGEST_STORY),
            "author": first[driver.what].author,
            "source": first[driver.what].source,
        }
        for driver in _many(found)
    ]


def _authors(found: Surge) -> list[dict[str, Any]]:
    """Return who wrote most of it, and in which `sources`: that is asked when somebody is to be forgotten."""
    here, past = (Counter(m.author for m in which) for which in (found.said, found.past))
    places: defaultdict[str, set[str]] = defaultdict(set)
    for m in found.said:
        places[m.author].add(m.source)
    return [
        {**_row(driver), "author": driver.what, "sources": sorted(places[driver.what])}
        for driver in _drivers(found, here, past)
        if driver.count > 1
    ]


def _row(driver: Driver) -> dict[str, Any]:
    return {**asdict(driver), "what": _cut(driver.what, LONGEST_NAME)}


def _cut(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def domain(m: Slim) -> str:
    """Return the site that a mention stands on, empty where that is not known."""
    found = _HOST.match(m.url)
    host = found.group(1).lower() if found else ""
    return m.author if host in GATHERED else host


def coordination(
    db: sqlite3.Connection, brand: str, rule: Rule, found: Surge, until: int = 0
) -> list[dict[str, Any]]:
    """Return the signs that the surge was arranged, as JSON values.

    Looked at are the mentions of the day up to the end of the window, or, where more was heard by then, up to
    the minute `until`, at most a day later: a surge fires at its very beginning, and what is heard late is
    there at once. Of many the newest are taken. A sign is told only where it reaches into the window
    or beyond it.
    """
    start, last = min(found.first, found.last - DAY), max(found.last, min(until, found.last + DAY))
    concerns = _concerns(rule)
    heard = facets.newest(db, brand, start, last, negative=is_negative(rule), most=MOST_POSTS)
    recent = [m for m in heard if concerns(m) and not m.is_old] or [m for m in heard if concerns(m)]
    names, authors = _stories(recent), Counter(m.author for m in recent)
    stories = Counter(names.values())
    often = [
        m
        for m in recent
        if stories[names[m.id]] >= FEWEST_BEATS or (m.author and authors[m.author] >= FEWEST_BEATS)
    ]
    if not often:
        return []
    posts = _posts(db, often, names)
    recently = [post for m, post in zip(often, posts, strict=True) if m.minute >= found.first]
    inside, writers = {post.story for post in recently}, {post.author for post in recently}
    by = {post: m for m, post in zip(reversed(often), reversed(posts), strict=True)}
    since = max(start - PAST, min(start, facets.oldest(db, brand) or start))

    def known(asked: Collection[str]) -> tuple[Set[str], float]:
        heard, reached = facets.heard_of(db, brand, since, start, asked, MOST_ASKED)
        return heard, (start - reached) / DAY

    signs: list[Copies | Rhythm] = [
        one for one in copied(posts, known, others=authors) if one.post.story in inside
    ]
    beats = [
        one
        for one in rhythms(posts, _usual_authors(found, last - start))
        if (one.post.author in writers if one.of == "author" else one.post.story in inside)
    ]
    rough = _rough(found.past) if beats else set()
    return [
        _sign(sign, by[sign.post]) for sign in [*signs, *(b for b in beats if by[b.post].source not in rough)]
    ]


def _usual_authors(found: Surge, minutes: int) -> dict[str, float]:
    """Return how many posts of each author are usual in so many minutes."""
    length = minutes / max(found.last - found.first, 1)
    return expected(Counter(m.author for m in found.past), found.usual * length)


def _posts(db: sqlite3.Connection, heard: Iterable[Slim], names: Mapping[int, str]) -> list[Post]:
    kinds = facets.kinds(db)
    return [
        Post(
            text=m.said,
            author=m.author,
            place=kinds[m.source] if kinds.get(m.source) in FEDERATED else domain(m) or m.source,
            story=names[m.id],
            at=_seconds(m),
        )
        for m in heard
    ]


def _rough(past: Iterable[Slim]) -> Set[str]:
    """Return the sources whose times are told in steps: their rhythm is that of a clock, not of people."""
    stamps: Counter[str] = Counter()
    rough: Counter[str] = Counter()
    for m in past:
        if (at := _seconds(m)) is not None:
            stamps[m.source] += 1
            rough[m.source] += at % STEP_SECONDS == 0
    return {s for s, count in stamps.items() if count >= FEWEST_STAMPS and rough[s] >= ROUGH * count}


def _seconds(m: Slim) -> float | None:
    return None if m.published_at is None else datetime.fromisoformat(m.published_at).timestamp()


def _sign(sign: Copies | Rhythm, m: Slim) -> dict[str, Any]:
    """Return a sign with its words and whose they were first."""
    code = "copies" if isinstance(sign, Copies) else "rhythm"
    numbers = {name: value for name, value in asdict(sign).items() if name != "post"}
    what = _cut(m.title or m.text, LONGEST_STORY)
    return {
        "sign": code,
        "what": what,
        "author": m.author,
        "source": m.source,
        "place": sign.post.place,
        **numbers,
    }

"""What becomes of a mention before it is stored: whose it is, how it feels, what it counts as."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors import Mention
from listener.config import Rule, Settings
from listener.reading import Reader
from listener.reading.stories import tale
from listener.store import Store, counts, facts, firsts, forgotten, mentions
from listener.store.firsts import folded as folded
from listener.store.mentions import Row, Stored
from listener.store.times import minute
from rules.query import Passage, compile, parse

log = logging.getLogger("listener.intake")
AHEAD = timedelta(minutes=2)
LABELS = ("negative", "neutral", "positive", "unsure")
ALL, NEGATIVE, AUTHORS = "all", "negative", "authors"
# What counts only once of an author or of a story, by what a rule is judged on.
ONCE = {AUTHORS: firsts.AUTHOR, "stories": firsts.STORY}
AUTHOR_KEY = "author key"
PSEUDONYM = re.compile("~[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Given:
    """What came with a mention and is not asked for again: a brand, a person's label, a language."""

    brand: str = ""
    label: str = ""
    language: str = ""


NOTHING = Given()
NEVER: Mapping[str, Sequence[tuple[str, str]]] = {}


def measure_of(rule: Rule) -> str:
    """Return the name of the counts that a rule is judged on."""
    return rule.on if rule.query is None else f"rule:{rule.name}"


class Measures:
    """What a mention adds to, by the rules of a configuration."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._narrow = {measure_of(r): r for r in rules if r.query is not None}
        self._narrower = compile({name: parse(r.query or "") for name, r in self._narrow.items()})
        self._people = any(measure_of(rule) == AUTHORS for rule in rules)

    @property
    def wanted(self) -> dict[str, str]:
        """The measures that have to be counted by a query or by author, and what each is made by."""
        wanted = {name: f"{rule.on} {rule.brand or ''} {rule.query}" for name, rule in self._narrow.items()}
        return wanted | ({AUTHORS: AUTHORS} if self._people else {})

    def once(self, measure: str) -> str:
        """Return of what only the first counts: an author, a story, or nothing."""
        return ONCE.get(self._narrow[measure].on if measure in self._narrow else measure, "")

    def of(
        self, brands: Iterable[str], passage: Passage, felt: str, author: str
    ) -> tuple[Mapping[str, Sequence[str]], Mapping[str, Sequence[tuple[str, str]]]]:
        """Return what a mention adds to for each brand, and what only as the first of its author or story."""
        base = [ALL, NEGATIVE] if felt == NEGATIVE else [ALL]
        narrow = self._narrower.match(passage) if self._narrow else {}
        if not narrow and not self._people:
            return dict.fromkeys(brands, base), NEVER
        measures: dict[str, Sequence[str]] = {}
        once: dict[str, Sequence[tuple[str, str]]] = {}
        for brand in brands:
            found = [(name, self.once(name)) for name in self._narrowed(brand, narrow, felt)]
            found += [(AUTHORS, firsts.AUTHOR)] if self._people else []
            # Who does not say who they are is counted each time.
            single = [one for one in found if one[1] and (one[1] != firsts.AUTHOR or folded(author))]
            measures[brand] = base + [name for name, by in found if (name, by) not in single]
            once[brand] = single
        return measures, once

    def _narrowed(self, brand: str, found: Iterable[str], felt: str) -> list[str]:
        rules = ((name, self._narrow[name]) for name in found)
        return [
            name for name, r in rules if r.brand in (None, brand) and (r.on != NEGATIVE or felt == NEGATIVE)
        ]

    def found(self, db: sqlite3.Connection, measure: str) -> list[tuple[str, int]] | None:
        """Return (brand, mention) of all stored ones that are in a measure, None where all are."""
        if measure not in self._narrow:
            return None
        found = []
        for m in mentions.search(db, 0, most=10_000_000):
            narrow = self._narrower.match(passage(m))
            if measure in narrow and m.counted:
                brands = mentions.brands_of(db, m.id)
                found += [
                    (brand, m.id) for brand in brands if measure in self._narrowed(brand, narrow, m.felt)
                ]
        return found


def passage(m: Stored) -> Passage:
    """Return a stored mention as queries are asked of it."""
    return Passage(m.title, m.text, m.author, m.url, m.language, m.source, m.reach)


class Intake:
    """Turns what was heard into rows for the store, by the queries and rules of one configuration."""

    def __init__(self, settings: Settings, reader: Reader, author_key: bytes) -> None:
        self.reader = reader
        self._brands = {brand.name for brand in settings.brands}
        self._matcher = compile({brand.name: brand.listens for brand in settings.brands})
        self.measures = Measures(settings.rules)
        self._authors, self._key = settings.privacy.authors, author_key
        self._keeps = settings.privacy.keep

    def rows(
        self,
        db: sqlite3.Connection,
        source: str,
        page: Sequence[Mention],
        now: datetime,
        *,
        first_visit: bool = False,
        lump: bool = False,
    ) -> tuple[list[Row], int]:
        """Return what is to be stored of a page, and how many of its mentions cannot be read by us."""
        rows: list[Row] = []
        spoiled, kept_out, oldest = 0, forgotten.of(db, source), now - self._keeps
        for mention in unheard(db, source, page):
            # What is kept no longer would be forgotten within the hour, heard again, and counted again.
            if mention.published_at is not None and mention.published_at < oldest:
                continue
            try:
                row = self.row(
                    mention, now, first_visit=first_visit, lump=lump, kept_out=kept_out, source=source
                )
            except Exception:
                spoiled += 1
                log.exception("bug source=%s mention=%s", source, mention.id[:80])
                continue
            if row is not None:
                rows.append(row)
        return rows, spoiled

    def row(
        self,
        mention: Mention,
        heard_at: datetime,
        *,
        first_visit: bool = False,
        lump: bool = False,
        given: Given | None = None,
        kept_out: Collection[str] = (),
        source: str = "",
    ) -> Row | None:
        """Return the mention as it is to be stored, None where it concerns no brand.

        None also where its author was forgotten: `kept_out` holds the pseudonyms of those people.
        It counts where it was published; where that is unknown or lies ahead, where it was
        heard. Undated mentions of a first visit are kept and not counted, and so is all that has
        no moment of its own in a `lump`: what gathered while a source was not visited for long.
        """
        given = given or self._given(mention)
        found = given.language
        language = lambda: found or self.reader.language(f"{mention.title} {mention.text}".strip())  # noqa: E731
        asked = Passage(
            mention.title, mention.text, mention.author, mention.url, language, source, mention.reach
        )
        brands = {given.brand: ()} if given.brand else self._matcher.match(asked)
        if not brands or (kept_out and pseudonym(self._key, mention.author) in kept_out):
            return None
        names = [word for words in brands.values() for word in words]
        reading = self.reader.read(mention.title, mention.text, given.language, names)
        felt = given.label or reading.label
        dated = mention.published_at
        author = self._author(mention.author)
        measures, once = self.measures.of(brands, asked, felt, author)
        counts_at = dated if dated is not None and dated <= heard_at + AHEAD else None
        return Row(
            key=mention.id,
            url=mention.url,
            author=author,
            title=mention.title,
            text=mention.text,
            published_at=dated,
            minute=minute(min(counts_at or heard_at, heard_at)),
            counted=(dated is not None or not first_visit) and (counts_at is not None or not lump),
            reach=mention.reach,
            language=reading.language,
            label=reading.label,
            score=reading.score,
            worst=reading.worst,
            confidence=reading.confidence,
            reading=reading.version,
            human=given.label,
            brands=brands,
            measures=measures,
            tale=tale(mention.title, mention.text, mention.url, author),
            firsts=once,
        )

    def _given(self, mention: Mention) -> Given:
        """Return what the source says outright; a brand that we don't know is not taken from it."""
        if not (mention.brand or mention.label or mention.language):
            return NOTHING
        brand = mention.brand if mention.brand in self._brands else ""
        return Given(brand, mention.label if mention.label in LABELS else "", mention.language)

    def is_brand(self, name: str) -> bool:
        return name in self._brands

    def matches(self, passage: Passage) -> dict[str, tuple[str, ...]]:
        """Return the brands a text concerns, each with the words it was found by."""
        return self._matcher.match(passage)

    def recount(self, store: Store) -> None:
        """Count what rules ask for and nobody counted that way yet; forget what none asks for any more."""
        wanted = self.measures.wanted
        with store.read() as db:
            known = counts.measured(db)
        for measure in known.keys() - wanted.keys():
            with store.write() as db:
                firsts.drop(db, measure)
        for measure, asked in wanted.items():
            if known.get(measure) != asked:
                with store.write() as db:
                    found = self.measures.found(db, measure)
                    firsts.recount(db, measure, asked, found, self.measures.once(measure))

    def uncounted(self, db: sqlite3.Connection) -> list[str]:
        """Return the measures that rules ask for and nobody counted that way yet."""
        known = counts.measured(db)
        return [measure for measure, asked in self.measures.wanted.items() if known.get(measure) != asked]

    def _author(self, author: str) -> str:
        if self._authors == "plain" or not author:
            return author
        if self._authors == "none":
            return ""
        return pseudonym(self._key, author)


def pseudonym(key: bytes, author: str) -> str:
    """Return what stands for an author; without the key it leads back to nobody. One that is one stays so."""
    if PSEUDONYM.fullmatch(author):
        return author
    return "~" + hmac.new(key, folded(author).encode(), hashlib.sha256).hexdigest()[:16]


def intake(store: Store, settings: Settings, reader: Reader) -> Intake:
    """Return the intake of a configuration."""
    return Intake(settings, reader, author_key(store))


def author_key(store: Store) -> bytes:
    """Return the key of the pseudonyms, which is made once and kept in the store."""
    with store.read() as db:
        key = facts.get(db, AUTHOR_KEY)
    if not key:
        with store.write() as db:
            key = facts.get(db, AUTHOR_KEY) or secrets.token_hex(32)
            facts.put(db, AUTHOR_KEY, key)
    return bytes.fromhex(key)


def unheard(db: sqlite3.Connection, source: str, page: Sequence[Mention]) -> list[Mention]:
    """Return the mentions of a page that the store does not hold yet."""
    old = mentions.held(db, source, [m.id for m in page])
    return [m for m in page if m.id not in old]

"""Which mentions tell one story, and which item of a feed is one that came before in other clothes.

Both are decided in the transaction that stores a mention, and never again: a killed daemon
decides anew what was not kept. A story is numbered by its first mention. What a mention is
looked up by lies in a table of keys, each held by the newest mention that has it; keys lapse.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import repeat
from typing import Protocol, TypeVar
from zlib import crc32

from listener.store.counts import COPIES
from listener.store.firsts import Shift
from listener.store.moods import MOOD
from listener.store.times import maybe_text

WINDOW_DAYS = 14
MINUTES_A_DAY = 24 * 60
WINDOW = WINDOW_DAYS * MINUTES_A_DAY
# An item may change its id after months, where a site moves: what it is known by stays as long.
ITEM_DAYS = 400
# A comparison takes a millisecond, of hostile texts ten: a page that asks for many in vain gets no more.
MOST_COMPARED, MOST_IN_VAIN = 5, 500
AT_ONCE = 128
ASKED = (
    f"WITH asked (key) AS (VALUES {','.join(['(?)'] * AT_ONCE)})"
    " SELECT k.key, k.mention FROM asked a CROSS JOIN story_keys k ON k.key = a.key"
)
# Where ids are made up by whatever writes the feed; everywhere else they are the post's own.
FEEDS = frozenset({"rss", "googlenews", "reddit"})


@dataclass(frozen=True, slots=True)
class Told:
    """What is compared of a mention that is stored or about to be."""

    id: int
    source: str
    title: str
    text: str
    url: str
    author: str
    published_at: str | None
    minute: int
    story: int


class Tale(Protocol):
    """What a mention tells, as `listener.reading.stories` reads it."""

    @property
    def keys(self) -> tuple[int, ...]: ...
    @property
    def content(self) -> int: ...
    @property
    def page(self) -> int: ...
    @property
    def brief(self) -> bool: ...
    def like(self, other: Told, /) -> bool: ...
    def edits(self, other: Told, /) -> bool: ...
    def again(self, other: Told, /, *, dated_alike: bool | None, crowded: bool) -> bool: ...


class Tellable(Protocol):
    """A mention that is to be placed; `mentions.Row` is one."""

    @property
    def key(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def author(self) -> str: ...
    @property
    def published_at(self) -> datetime | None: ...
    @property
    def minute(self) -> int: ...
    @property
    def mood(self) -> int: ...
    @property
    def counted(self) -> bool: ...
    @property
    def brands(self) -> Mapping[str, Sequence[str]]: ...
    @property
    def tale(self) -> Tale | None: ...


R = TypeVar("R", bound=Tellable)


@dataclass(frozen=True, slots=True)
class Head:
    """The mention that a story counts for a brand: the earliest of it, by minute, source and key.

    Where the one that was counted is gone, what follows it is there as the copy that it is.
    """

    brand: str
    minute: int
    source: str
    key: str
    id: int
    mood: int
    old: int
    is_copy: bool

    @property
    def place(self) -> tuple[int, str, str]:
        return self.minute, self.source, self.key


@dataclass(frozen=True, slots=True)
class Placed:
    """A mention with its number and its story.

    `copied` names the brands that the story has counted for already; `overtaken` are the mentions
    it was counted by until now, though they were written later.
    """

    id: int
    story: int
    copied: Collection[str] = ()
    overtaken: Sequence[Head] = ()


def place(
    db: sqlite3.Connection, source: str, rows: Sequence[R], first: int, today: int, *, history: bool = False
) -> list[tuple[R, Placed]]:
    """Number the rows from `first` on and find their stories; `today` is in days since 1970.

    Items of a feed that came before, under whatever id, are left out.
    """
    if not any(row.tale for row in rows):
        return [(row, Placed(first + number, first + number)) for number, row in enumerate(rows)]
    return _Shelf(db, source, rows, today, history).place(rows, first)


def taken_over(db: sqlite3.Connection, heads: Sequence[Head]) -> list[Shift]:
    """Make copies of the mentions that stories were counted by; return what that adds to the counts."""
    db.executemany(
        "UPDATE matches SET copy = 1 WHERE brand = ? AND minute = ? AND mention = ?",
        [(head.brand, head.minute, head.id) for head in heads],
    )
    return [Shift(h.brand, COPIES, h.minute, h.source, 1, h.old, h.mood) for h in heads]


class _Shelf:
    """The keys that a batch of mentions asks for, as they are held before it, and as it changes them."""

    def __init__(
        self, db: sqlite3.Connection, source: str, rows: Sequence[Tellable], today: int, history: bool
    ) -> None:
        self._db, self._source, self._today, self._history = db, source, today, history
        kind = db.execute("SELECT kind FROM sources WHERE name = ?", (source,)).fetchone()
        self._is_feed = kind is not None and kind[0] in FEEDS
        self._mark = crc32(source.encode("utf-8", "replace"))
        self._oldest = today * MINUTES_A_DAY - WINDOW
        self._tales = [row.tale if self._is_feed or row.minute >= self._oldest else None for row in rows]
        self._items = [self._item(row) for row in rows]
        tales = [tale for tale in self._tales if tale]
        asked = set().union(*[tale.keys for tale in tales], *self._items, [tale.page for tale in tales])
        self._held = _held(db, list(asked - {0}))
        self._writes: list[tuple[int, int, int]] = []
        self._told: dict[int, Told | None] = {}
        self._fresh: dict[int, tuple[Tellable, int]] = {}
        self._in_vain = 0
        self._heads: dict[tuple[int, str], Head | None] = {}

    def place(self, rows: Sequence[R], first: int) -> list[tuple[R, Placed]]:
        placed: list[tuple[R, Placed]] = []
        self._load(set(self._held.values()))
        for row, tale, item in zip(rows, self._tales, self._items, strict=True):
            number = first + len(placed)
            if tale is None:
                placed.append((row, Placed(number, number)))
                continue
            near = self._near(tale)
            if item and self._is_known(row, tale, item, near):
                self._touch(item)
                continue
            story = (
                next((one.story for one in near if self._tells(row, tale, one)), number) if near else number
            )
            copied, overtaken = self._headed(row, number, story)
            self._keep(row, tale, item, number, story)
            placed.append((row, Placed(number, story, copied, overtaken)))
        self._write()
        return placed

    def _item(self, row: Tellable) -> tuple[int, ...]:
        """Return what the items of a feed are known by: what they say and by whom, and that with its date."""
        if not self._is_feed or row.tale is None:
            return ()
        tale = row.tale
        said = hash((self._mark, tale.content, tale.page if tale.brief else 0))
        dated = 0 if row.published_at is None else int(row.published_at.timestamp())
        return said, hash((said, tale.page, dated))

    def _near(self, tale: Tale) -> list[Told]:
        """Return the mentions that share keys, those that share most first."""
        held = self._held
        if tale.page not in held and held.keys().isdisjoint(tale.keys):
            return []
        found = Counter([held[key] for key in (tale.page, *tale.keys) if key in held])
        return [one for number, _ in found.most_common(MOST_COMPARED) if (one := self._get(number))]

    def _tells(self, row: Tellable, tale: Tale, one: Told) -> bool:
        if abs(one.minute - row.minute) > WINDOW or self._in_vain >= MOST_IN_VAIN:
            return False
        is_like = tale.like(one)
        self._in_vain += not is_like
        return is_like

    def _is_known(self, row: Tellable, tale: Tale, item: tuple[int, ...], near: Iterable[Told]) -> bool:
        """Tell whether an item came before, under another id, at another time, or a little otherwise."""
        said, exact = (self._by(key) for key in item)
        # A few words of nobody, at no time and no place, are everybody's.
        is_somebodys = row.author or row.published_at or tale.page or not tale.brief
        if exact is not None and exact.source == self._source and is_somebodys:
            return True
        if said is not None and said.source == self._source and said.id not in self._fresh:
            written = maybe_text(row.published_at)
            alike = None if written is None or said.published_at is None else written == said.published_at
            if tale.again(said, dated_alike=alike, crowded=self._is_crowded(tale, said)):
                return True
        return any(
            tale.edits(one) for one in near if one.source == self._source and one.id not in self._fresh
        )

    def _is_crowded(self, tale: Tale, said: Told) -> bool:
        """Tell whether others stand on the page as well, as in a thread."""
        last = self._by(tale.page)
        return last is not None and (last.text, last.title, last.author) != (
            said.text,
            said.title,
            said.author,
        )

    def _headed(self, row: Tellable, number: int, story: int) -> tuple[Sequence[str], Sequence[Head]]:
        """Return the brands for which the story is counted by another, and by whom it was until now."""
        if not row.counted:
            return (), ()
        copied: list[str] = []
        overtaken: list[Head] = []
        for brand in row.brands:
            head = self._head(story, brand) if story != number else None
            if head and (head.is_copy or head.place < (row.minute, self._source, row.key)):
                copied.append(brand)
                continue
            if head:
                overtaken.append(head)
            self._heads[story, brand] = Head(
                brand, row.minute, self._source, row.key, number, row.mood, int(self._history), False
            )
        return copied, overtaken

    def _head(self, story: int, brand: str) -> Head | None:
        """Return the earliest counted mention of a story for a brand."""
        if (story, brand) not in self._heads:
            asked = (
                f"SELECT x.brand, m.minute, m.source, m.key, m.id, {MOOD}, m.old, x.copy FROM mentions m"
                " JOIN matches x ON x.mention = m.id AND x.brand = ? WHERE m.counted AND {}"
                " ORDER BY m.minute, m.source, m.key LIMIT 1"
            )
            members = (("m.id = ?", (story,)), ("m.story = ? AND m.story != m.id", (story,)))
            rows = (self._db.execute(asked.replace("{}", w), (brand, *of)).fetchone() for w, of in members)
            found = [Head(*row) for row in rows if row]
            self._heads[story, brand] = min(found, key=lambda head: head.place, default=None)
        return self._heads[story, brand]

    def _keep(self, row: Tellable, tale: Tale, item: tuple[int, ...], number: int, story: int) -> None:
        self._fresh[number] = row, story
        if row.minute >= self._oldest:
            self._hold(tale.keys, number, self._today + WINDOW_DAYS)
        if tale.page:
            self._hold((tale.page,), number, self._today + (ITEM_DAYS if item else WINDOW_DAYS))
        if item:
            said, exact = item
            # The first that said it keeps the key; another that says the same has one with its date.
            key = exact if said in self._held and self._by(said) is not None else said
            self._hold((key,), number, self._today + ITEM_DAYS)

    def _hold(self, keys: Collection[int], number: int, until: int) -> None:
        self._held.update(dict.fromkeys(keys, number))
        self._writes += zip(keys, repeat(number), repeat(until), strict=False)

    def _by(self, key: int) -> Told | None:
        """Return the mention that holds a key."""
        number = self._held.get(key)
        return None if number is None else self._get(number)

    def _get(self, number: int) -> Told | None:
        if number in self._fresh and number not in self._told:
            row, story = self._fresh[number]
            self._told[number] = Told(
                number, self._source, row.title, row.text, row.url, row.author, maybe_text(row.published_at),
                row.minute, story,
            )  # fmt: skip
        return self._told.get(number)

    def _touch(self, item: tuple[int, ...]) -> None:
        """Let an item that still comes be known for as long again."""
        until = self._today + ITEM_DAYS
        self._writes += [(key, self._held[key], until) for key in item if key in self._held]

    def _load(self, numbers: Collection[int]) -> None:
        if not numbers:
            return
        rows = self._db.execute(
            "SELECT id, source, title, text, url, author, published_at, minute, coalesce(story, id) FROM mentions"
            " WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(numbers)),),
        )
        self._told.update((row[0], Told(*row)) for row in rows)

    def _write(self) -> None:
        self._db.executemany("INSERT OR REPLACE INTO story_keys VALUES (?, ?, ?)", self._writes)


def _held(db: sqlite3.Connection, keys: Sequence[int]) -> dict[int, int]:
    """Return which mention holds each of the keys that are held."""
    found: dict[int, int] = {}
    for start in range(0, len(keys), AT_ONCE):
        part = keys[start : start + AT_ONCE]
        # Always as many, so that it is always the same statement.
        filled = [*part, *[part[0]] * (AT_ONCE - len(part))]
        found.update((row[0], row[1]) for row in db.execute(ASKED, filled))
    return found


def prune(db: sqlite3.Connection, today: int, most: int = 5000) -> int:
    """Drop up to `most` keys that have lapsed or whose mention is gone; return how many there were."""
    old = "SELECT key FROM story_keys WHERE until < ? OR mention < (SELECT coalesce(min(id), 0) FROM mentions) LIMIT ?"
    return db.execute(f"DELETE FROM story_keys WHERE key IN ({old})", (today, most)).rowcount


def erase(db: sqlite3.Connection) -> None:
    """Drop the keys of mentions that are gone."""
    db.execute("DELETE FROM story_keys WHERE mention NOT IN (SELECT id FROM mentions)")

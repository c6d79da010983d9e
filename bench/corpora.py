"""Feeds to measure with: made of English prose that every Python brings along, the same in every run."""

from __future__ import annotations

import html
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pydoc_data.topics import topics

KEYWORDS = 1000
SHORT_CHARACTERS = 200
LONG_BYTES = 4000
FELT = (
    "good", "bad", "great", "terrible", "love", "hate", "happy", "sad", "awful", "nice", "worst", "best",
    "angry", "useless", "helpful", "broken", "annoying", "brilliant", "disappointed", "fantastic", "horrible",
    "pleased", "furious", "excellent", "poor", "wonderful", "dangerous", "safe",
)  # fmt: skip
_SYLLABLES = (
    "ba", "ke", "li", "mo", "nu", "ra", "so", "ti", "ve", "zo", "pra", "kle", "dri", "sto", "gru", "fen",
    "lor", "mik", "tas", "wel",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Corpus:
    """Bodies of RSS feeds, and the keywords to look for: one in most entries, none in some."""

    name: str
    bodies: tuple[bytes, ...]
    entries: int
    keywords: tuple[str, ...]


def short_posts(feeds: int = 60, entries: int = 20) -> Corpus:
    """Return feeds of posts of some 200 characters, as a forum has them."""
    dice = _Dice(1)
    bodies = [_feed(dice, n, [dice.text(SHORT_CHARACTERS) for _ in range(entries)]) for n in range(feeds)]
    return Corpus("short posts, 200 characters", tuple(bodies), feeds * entries, dice.keywords)


def long_articles(feeds: int = 12, entries: int = 20) -> Corpus:
    """Return feeds of articles of some 4 kB of HTML."""
    dice = _Dice(2)
    bodies = [_feed(dice, n, [dice.article(LONG_BYTES) for _ in range(entries)]) for n in range(feeds)]
    return Corpus("articles, 4 kB of HTML", tuple(bodies), feeds * entries, dice.keywords)


def _feed(dice: _Dice, feed: int, texts: Sequence[str]) -> bytes:
    items = "".join(_item(dice, feed, number, html.escape(text)) for number, text in enumerate(texts))
    head = f"<title>feed {feed}</title><link>https://f{feed}.example/</link><description>-</description>"
    rss = f"<rss version='2.0'><channel>{head}{items}</channel></rss>"
    return f"<?xml version='1.0' encoding='utf-8'?>{rss}".encode()


def _item(dice: _Dice, feed: int, number: int, body: str) -> str:
    at = f"{1 + number % 28:02} Oct 2026 {number % 24:02}:{feed % 60:02}:00 +0000"
    link = f"https://f{feed}.example/{number}"
    return (
        f"<item><title>{dice.text(35, keyed=False)}</title><link>{link}</link><guid>{link}</guid>"
        f"<author>writer{dice.number(5000)}</author><description>{body}</description>"
        f"<pubDate>{at}</pubDate></item>"
    )


class _Dice:
    """Prose by chance: runs of real sentences, words of feeling strewn in, a keyword in most texts."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._prose = re.findall(r"[a-z]+", " ".join(topics[name] for name in sorted(topics)).lower())
        made = {"".join(self._random.choices(_SYLLABLES, k=4)) for _ in range(2 * KEYWORDS)}
        self.keywords = tuple(sorted(made - set(self._prose)))[:KEYWORDS]

    def number(self, most: int) -> int:
        return self._random.randrange(most)

    def text(self, characters: int, keyed: bool = True) -> str:
        """Return about so many characters of sentences."""
        said: list[str] = []
        while sum(map(len, said)) + len(said) < characters - 20:
            said.append(self._sentence())
        words = " ".join(said)[: characters - 15].rsplit(" ", 1)[0].split(" ")
        if keyed and self._random.random() < 0.9:
            keyword = self._random.choice(self.keywords)
            shown = self._random.choice((keyword, keyword.capitalize(), keyword.upper()))
            words.insert(self._random.randrange(len(words)), shown)
        return " ".join(words)

    def article(self, size: int) -> str:
        """Return about so many bytes of HTML: paragraphs, links, emphasis, pictures, entities."""
        parts: list[str] = []
        while (used := sum(map(len, parts))) < size - 200:
            words = self.text(420, keyed=used == 0).split(" ")
            middle = len(words) // 2
            words[middle] = (
                f'<a href="https://a.example/{self.number(999)}" rel="nofollow">{words[middle]}</a>'
            )
            words[middle // 2] = f"<b>{words[middle // 2]}</b>"
            parts.append(f"<p>{' '.join(words)} &amp; so on &#8211; done.</p>\n")
            if self._random.random() < 0.3:
                parts.append(f'<img src="https://i.example/{self.number(999)}.jpg" alt=""/>\n')
        return "".join(parts)

    def _sentence(self) -> str:
        start = self._random.randrange(len(self._prose) - 30)
        words = self._prose[start : start + self._random.randint(7, 16)]
        if self._random.random() < 0.7:
            words[self._random.randrange(len(words))] = self._random.choice(FELT)
        return " ".join(words).capitalize() + self._random.choice((".", ".", ".", "!", "?"))

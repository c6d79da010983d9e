"""The plain chain: the same named packages, put together the way their own pages show it."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import feedparser
from sqlite_utils import Database
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

_TAG = re.compile(r"<[^>]+>")
Score = Callable[[str], float]
Split = Callable[[str, Sequence[str]], list[str]]  # a text and the names in it -> the sentences that count


class PlainChain:
    """feedparser, one regular expression of all keywords, vaderSentiment, an upsert for each feed."""

    def __init__(self, keywords: Sequence[str], sentences: Split | None = None) -> None:
        self._keywords = re.compile(r"\b(?:" + "|".join(map(re.escape, keywords)) + r")\b", re.IGNORECASE)
        self._vader = SentimentIntensityAnalyzer()
        self._sentences = sentences

    def take(self, bodies: Sequence[bytes], path: Path) -> None:
        """Read the feeds into a new database."""
        db = Database(path)
        for body in bodies:
            rows = [row for entry in feedparser.parse(io.BytesIO(body)).entries if (row := self._row(entry))]
            db["mentions"].upsert_all(rows, pk="id")
        db.conn.close()

    def _row(self, entry: feedparser.FeedParserDict) -> dict[str, object] | None:
        title, text = _words(entry.get("title", "")), _words(entry.get("summary", ""))
        whole = f"{title}\n{text}"
        found = self._keywords.search(whole)
        if found is None:
            return None
        return {
            "id": entry.id,
            "url": entry.link,
            "author": entry.get("author", ""),
            "title": title,
            "text": text,
            "published": entry.get("published", ""),
            "keyword": found[0].lower(),
            "score": self._score(whole, self._keywords.findall(whole)),
        }

    def _score(self, text: str, names: Sequence[str]) -> float:
        if self._sentences is None:
            return self._vader.polarity_scores(text)["compound"]
        each = [self._vader.polarity_scores(sentence) for sentence in self._sentences(text, names)]
        felt = [scores["compound"] for scores in each if scores["pos"] or scores["neg"]]
        return round(sum(felt) / len(felt), 4) if felt else 0.0


def _words(markup: str) -> str:
    return " ".join(html.unescape(_TAG.sub(" ", markup)).split())

"""Feed bytes to stored, scored mentions: ours against the plain chain of the same named packages.

Ours does more: it tells the language, weighs each sentence, keeps counts per minute, coverage, cursors and
notes for judging, and looks for 1,000 brands where the plain chain looks for the first of 1,000 keywords.
What both must agree on is checked in the same run.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.corpora import Corpus, long_articles, short_posts
from bench.measure import ROUNDS, Line, compared, cpu_seconds, in_turns
from bench.plain import PlainChain, Split
from connectors import Answer, rss
from listener.config import Settings, parse
from listener.hearing import Outcome, Visit
from listener.intake import intake
from listener.poll import Poller
from listener.reading import Reader
from listener.reading.reader import SHORT_CHARACTERS, naming
from listener.reading.sentences import sentences
from listener.store import Store

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SHORT, LONG = 6.0, 5.0


def run(short: Corpus | None = None, long: Corpus | None = None, rounds: int = ROUNDS) -> list[Line]:
    """Return lines of (what, figure)."""
    # As VADER scores, so that both come to the same.
    reader = Reader(("en",), overlay=False)
    lines = _lines(short or short_posts(), reader, {"the plain chain": None}, SHORT, rounds)
    ways = {
        "it scoring the whole text": None,
        "it scoring the same sentences one by one": _same_sentences,
    }
    more = (
        "the language, counts per minute, coverage, cursors, notes for judging, all of 1,000 brands at once"
    )
    return [*lines, *_lines(long or long_articles(), reader, ways, LONG, rounds), ("ours does besides", more)]


def _lines(
    corpus: Corpus,
    reader: Reader,
    ways: dict[str, Split | None],
    target: float,
    rounds: int,
) -> list[Line]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        ours = OurChain(corpus, Path(folder), reader)
        plain = {name: PlainChain(corpus.keywords, split) for name, split in ways.items()}
        files = {name: Path(folder) / f"plain{number}.db" for number, name in enumerate(plain)}
        sides = {"ours": ours.rate}
        for name, chain in plain.items():
            sides[name] = _rate_of(chain, corpus, files[name])
        found = in_turns(sides, rounds)
        lines = []
        for name in plain:
            figure = compared(found["ours"], found[name], "entries per CPU second", target)
            lines.append((f"{corpus.name}, against {name}", figure))
            lines.append(("  at equal output", agreement(ours.path, files[name])))
    return lines


def _same_sentences(text: str, names: Sequence[str]) -> list[str]:
    """Return those that name the brand, and go on about it, of a text that is not short."""
    if len(text) <= SHORT_CHARACTERS:
        return [text]
    return naming(sentences(text), names, "en")


def _rate_of(chain: PlainChain, corpus: Corpus, path: Path) -> Callable[[], float]:
    def rate() -> float:
        path.unlink(missing_ok=True)
        return corpus.entries / cpu_seconds(lambda: chain.take(corpus.bodies, path))

    return rate


class OurChain:
    """The poller with everything behind it; only the network is left out: `visit` answers from the corpus."""

    def __init__(self, corpus: Corpus, folder: Path, reader: Reader) -> None:
        self._corpus, self._reader = corpus, reader
        self.path = folder / "ours.db"
        self._bodies = {f"feed {n}": body for n, body in enumerate(corpus.bodies)}
        self._settings = _settings(corpus.keywords, len(corpus.bodies), folder)

    def rate(self) -> float:
        """Return entries per CPU second, into a new database."""
        for path in self.path.parent.glob("ours.db*"):
            path.unlink()
        store = Store(self.path, daemon=True)
        made = intake(store, self._settings, self._reader)
        poller = Poller(store, self, made, self._settings, lambda: 0.5)  # type: ignore[arg-type]
        seconds = cpu_seconds(lambda: _visited(poller))
        store.close()
        return self._corpus.entries / seconds

    def visits(self, visits: Sequence[Visit], done: Callable[[Outcome], None]) -> None:
        for visit in visits:
            self.visit(visit, done)

    def visit(self, visit: Visit, done: Callable[[Outcome], None]) -> None:
        """Hold the conversation of a source at once."""
        conversation = rss.fetch(visit.options, visit.cursor)
        next(conversation)
        try:
            conversation.send(
                Answer(self._bodies[visit.source], None, False, visit.options.url, "application/rss+xml")
            )
        except StopIteration as end:
            done(Outcome(visit.source, end.value, None, {}, False, "", NOW, NOW))


def _visited(poller: Poller) -> None:
    poller.start(NOW)
    while poller.out:
        poller.settle(lambda: NOW, 0.0)


def _settings(keywords: Sequence[str], feeds: int, folder: Path) -> Settings:
    tables = ['[listener]\ndatabase = "ours.db"\nlanguages = ["en"]\n']
    tables += [f'[[brand]]\nname = "{word}"\nquery = "{word}"\n' for word in keywords]
    tables += [
        f'[[source]]\nname = "feed {n}"\nkind = "rss"\nurl = "https://f{n}.example/feed"\n'
        for n in range(feeds)
    ]
    return parse("\n".join(tables), folder, {})


def agreement(ours: Path, plain: Path) -> str:
    """Return in how far two databases hold the same."""
    one = _held(
        ours,
        "SELECT m.url, m.title, m.text, x.brand, m.score FROM mentions m JOIN matches x ON x.mention = m.id",
    )
    other = _held(plain, "SELECT url, title, text, keyword, score FROM mentions")
    both = one.keys() & other.keys()
    same = {
        name: sum(one[url][column] == other[url][column] for url in both)
        for column, name in enumerate(("titles", "texts", "keywords"))
    }
    same["scores"] = sum(abs(one[url][3] - other[url][3]) < 0.00011 for url in both)
    agreed = ", ".join(f"{name} {count:,}" for name, count in same.items())
    return f"{len(one):,} mentions stored by ours, {len(other):,} by it; the same in both: {agreed}"


def _held(path: Path, query: str) -> dict[str, tuple[str, str, str, float]]:
    db = sqlite3.connect(path)
    try:
        rows = db.execute(query).fetchall()
    finally:
        db.close()
    return {
        url: ("".join(title.split()), "".join(text.split()), word, score)
        for url, title, text, word, score in rows
    }

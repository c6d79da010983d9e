"""What queries are asked of, folded so that positions find back to what was written."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from rules.fold import origins, spaced

Span = tuple[int, int]

# Stands between title and text as a word that nobody seeks: no phrase runs across it.
_BREAK = "\x00"
# More than any NEAR reaches.
_APART = 1000
_RUN = re.compile("[^ ]+")
# Scripts written without spaces, where a word may begin and end anywhere. Korean is here too:
# folded, each of its syllables is a letter of the first kind and one or two of the others.
_LETTERS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
UNSPACED = re.compile(f"[{_LETTERS}\u1100-\u11ff]")
_WORD = re.compile(f"[{_LETTERS}]|[\u1100-\u115f][\u1160-\u11ff]*|[^ {_LETTERS}\u1100-\u115f]+")
_LONGEST_SHOWN = 100
_LONGEST_AUTHOR = 1000


@dataclass(frozen=True, slots=True)
class Passage:
    """What queries are asked of. `language` may be a function: it is called only if a query wants to know.

    `source` is the name of the source it came from, `reach` how many people may have seen it.
    """

    title: str
    text: str
    author: str = ""
    url: str = ""
    language: str | Callable[[], str] = ""
    source: str = ""
    reach: int | None = None


class Body:
    """One passage as words between single spaces: ` title words \\0 text words `.

    A span is a pair of positions in `folded`.
    """

    def __init__(self, passage: Passage) -> None:
        self.passage = passage
        title = f" {tight(spaced(passage.title))} {_BREAK} " if passage.title else " "
        self.text_at = len(title)
        self.folded = f"{title}{tight(spaced(passage.text))} "

    def written(self, span: Span) -> str:
        """Return what stands in the passage between the two ends of a span."""
        begin, end = span
        if begin < self.text_at:
            return self._title.written(begin - 1, end - 1)
        return self._text.written(begin - self.text_at, end - self.text_at)

    def following(self, span: Span) -> str:
        """Return the two characters that stand behind a span in the passage."""
        end = span[1]
        if end < self.text_at:
            return self._title.following(end - 1)
        return self._text.following(end - self.text_at)

    def words(self, span: Span) -> list[tuple[str, str]]:
        """Return the words in a span, each as folded and as written."""
        begin, found = span[0], []
        for folded in self.folded[span[0] : span[1]].split(" "):
            found.append((folded, self.written((begin, begin + len(folded)))))
            begin += len(folded) + 1
        return found

    def widened(self, span: Span, before: bool, after: bool) -> Span:
        """Return a span that goes on to the beginning, the end or both of its words."""
        begin, end = span
        if before:
            # Bounded, since a text may be one word of a million letters.
            first = max(0, begin - _LONGEST_SHOWN)
            begin = max(self.folded.rfind(" ", first, begin) + 1, first)
        if after:
            last = min(end + _LONGEST_SHOWN, len(self.folded))
            end = self.folded.find(" ", end, last) if " " in self.folded[end:last] else last
        return begin, end

    def counted(self, span: Span) -> Span:
        """Return the numbers of the first and the last word of a span, as people count."""
        first = bisect_right(self._starts, span[0]) - 1
        last = max(first, bisect_left(self._starts, span[1]) - 1)
        return (first, last) if span[0] < self.text_at else (first + _APART, last + _APART)

    def span(self, first: int, last: int) -> Span:
        """Return the span of the words of these numbers."""
        starts, apart = self._starts, _APART if first >= _APART + self._title_words else 0
        begin = starts[first - apart]
        end = starts[last - apart + 1] if last - apart + 1 < len(starts) else len(self.folded)
        return begin, end - (self.folded[end - 1] == " ")

    @cached_property
    def language(self) -> str:
        language = self.passage.language
        return (language() if callable(language) else language).lower()

    @cached_property
    def host(self) -> str:
        try:
            return ascii_host(urlsplit(self.passage.url).hostname or "")
        except ValueError:
            return ""

    @cached_property
    def author(self) -> str:
        return f" {tight(spaced(self.passage.author[:_LONGEST_AUTHOR]))} "

    @cached_property
    def source(self) -> str:
        return tight(spaced(self.passage.source))

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """All words of title and text."""
        return frozenset(self.folded.split(" "))

    @cached_property
    def _title_words(self) -> int:
        return bisect_left(self._starts, self.text_at)

    @cached_property
    def _starts(self) -> list[int]:
        return [found.start() for found in _WORD.finditer(self.folded)]

    @cached_property
    def _title(self) -> Written:
        return Written(self.passage.title)

    @cached_property
    def _text(self) -> Written:
        return Written(self.passage.text)


class Written:
    """A text beside its folded words: finds from a place among the words to the place in the text."""

    def __init__(self, source: str) -> None:
        self._source = source
        loose = spaced(source)
        self._shift = len(loose) - len(loose.lstrip())
        self._loose: list[int] = []
        if "  " in loose:
            self._loose = [found.start() for found in _RUN.finditer(loose)]
            self._tight = [found.start() for found in _RUN.finditer(tight(loose))]
        self._back: Sequence[int] = range(len(source) + 1) if source.isascii() else origins(source)

    def written(self, begin: int, end: int) -> str:
        first, last = self._at(begin), self._at(end - 1) + 1
        return self._source[self._back[first] : max(self._back[last], self._back[last - 1] + 1)]

    def following(self, end: int) -> str:
        begin = max(self._back[self._at(end - 1) + 1], self._back[self._at(end - 1)] + 1)
        return self._source[begin : begin + 2]

    def _at(self, place: int) -> int:
        if not self._loose:
            return place + self._shift
        run = bisect_right(self._tight, place) - 1
        return self._loose[run] + place - self._tight[run]


def tight(loose: str) -> str:
    """Return folded words with one space between them and none around."""
    return " ".join(loose.split()) if "  " in loose else loose.strip()


def written_words(value: str) -> list[tuple[str, str]]:
    """Return the words of a text, each as folded and as written."""
    return Body(Passage("", value)).words((1, 1 + len(tight(spaced(value))))) if value else []


def ascii_host(host: str) -> str:
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return host

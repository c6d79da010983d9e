"""The engine under `rules.query`: one pass over a text for the words of all queries.

An automaton meets the keys of every term in one pass; a key met settles a term of one word,
and for phrases a pattern looks again. Only queries that a term met may be waiting for are
evaluated, so thousands cost like one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

import ahocorasick

from rules.fold import origins, spaced
from rules.inflect import agrees
from rules.terms import And, Node, Not, Or, Sought, Term, anchors, sought, terms

# Stands between title and text: no word, and no phrase runs across it.
_BREAK = " \x00 "
_MOST_WORDS = 20

Span = tuple[int, int]
Check = Callable[["_Evidence"], bool]


@dataclass(frozen=True, slots=True)
class Passage:
    """What queries are asked of. `language` may be a function: it is called only if a query wants to know."""

    title: str
    text: str
    author: str = ""
    url: str = ""
    language: str | Callable[[], str] = ""


class Matcher:
    """All queries at once. It keeps nothing between texts and may be shared by threads."""

    def __init__(self, roots: Mapping[str, Node]) -> None:
        every = dict.fromkeys(term for root in roots.values() for term in terms(root))
        numbers = {term: number for number, term in enumerate(every)}
        self._sought = [sought(term) for term in every]
        self._waiting: dict[int, list[_Asked]] = {}
        self._always: list[_Asked] = []
        for name, root in roots.items():
            shown = tuple(dict.fromkeys(numbers[term] for term in terms(root, positive=True)))
            self._wait(_Asked(name, _check(root, numbers), shown), root, numbers)
        self._automaton = _automaton(self._sought)

    def match(self, passage: Passage) -> dict[str, tuple[str, ...]]:
        """Return for each query that matches the words it matched on, as written and in their order.

        A query that matched on fields alone has no words.
        """
        body = _Body(passage)
        met = self._met(body.spaced)
        if not met and not self._always:
            return {}
        evidence = _Evidence(body, met, self._sought, {})
        asked = dict.fromkeys([*self._always, *chain(*[self._waiting.get(number, ()) for number in met])])
        return {each.name: evidence.words(each.shown) for each in asked if each.check(evidence)}

    def _wait(self, asked: _Asked, root: Node, numbers: Mapping[Term, int]) -> None:
        """Note what a query waits for; fields other than the title are never met, only asked."""
        needed = anchors(root)
        if any(term.field not in ("", "title") for term in needed):
            self._always.append(asked)
            return
        for term in needed:
            self._waiting.setdefault(numbers[term], []).append(asked)

    def _met(self, text: str) -> dict[int, list[Span]]:
        """Return the numbers of the terms with a key in the text, and where those keys stand."""
        met: dict[int, list[Span]] = {}
        if self._automaton is not None:
            for last, (length, found) in self._automaton.iter(text):
                span = (last + 1 - length, last + 1)
                for number in found:
                    met.setdefault(number, []).append(span)
        return met


@dataclass(frozen=True, eq=False, slots=True)
class _Asked:
    """A query made ready: how to check it, and the terms whose words it shows."""

    name: str
    check: Check
    shown: tuple[int, ...]


def _check(node: Node, numbers: Mapping[Term, int]) -> Check:
    """Return a function that tells whether a node holds for the evidence."""
    match node:
        case And(parts):
            every = tuple(_check(part, numbers) for part in parts)
            return lambda evidence: all(check(evidence) for check in every)
        case Or(parts):
            some = tuple(_check(part, numbers) for part in parts)
            return lambda evidence: any(check(evidence) for check in some)
        case Not(part):
            inner = _check(part, numbers)
            return lambda evidence: not inner(evidence)
        case Term(field="lang"):
            return lambda evidence: evidence.language == node.value
        case Term(field="site"):
            host = f".{_ascii_host(node.value)}"
            return lambda evidence: f".{evidence.host}".endswith(host)
    number = numbers[node]
    if node.field == "author":
        return lambda evidence: evidence.sought[number].pattern.search(evidence.author) is not None
    return lambda evidence: bool(evidence.spans(number))


def _automaton(every: Iterable[Sought]) -> Any:
    """Return what finds all keys in one pass: for each its length and its terms."""
    by_key: dict[str, list[int]] = {}
    for number, each in enumerate(every):
        for key in each.keys if each.term.field in ("", "title") else ():
            by_key.setdefault(key, []).append(number)
    automaton = ahocorasick.Automaton()
    for key, found in by_key.items():
        automaton.add_word(key, (len(key), tuple(found)))
    automaton.make_automaton()
    return automaton if by_key else None


@dataclass
class _Body:
    """One passage, folded; positions in `spaced` find back to what was written."""

    passage: Passage
    spaced: str = ""
    text_at: int = 0

    def __post_init__(self) -> None:
        title = f" {spaced(self.passage.title)}{_BREAK}" if self.passage.title else " "
        self.spaced, self.text_at = f"{title}{spaced(self.passage.text)} ", len(title)

    def written(self, span: Span) -> str:
        """Return what stands in the passage between two positions in `spaced`."""
        in_title = span[0] < self.text_at
        source = self.passage.title if in_title else self.passage.text
        begin, end = (place - (1 if in_title else self.text_at) for place in span)
        if source.isascii():
            return source[begin:end]
        back = self._title_origins if in_title else self._text_origins
        return source[back[begin] : max(back[end], back[end - 1] + 1)]

    @cached_property
    def _title_origins(self) -> Sequence[int]:
        return origins(self.passage.title)

    @cached_property
    def _text_origins(self) -> Sequence[int]:
        return origins(self.passage.text)


@dataclass
class _Evidence:
    """What one passage says to the terms, found out as it is asked for."""

    body: _Body
    met: Mapping[int, list[Span]]
    sought: Sequence[Sought]
    found: dict[int, list[Span]]

    def words(self, numbers: Iterable[int]) -> tuple[str, ...]:
        """Return the words these terms stand for in the passage, each once."""
        spans = sorted({span for number in numbers for span in self.spans(number)})
        return tuple(dict.fromkeys(self.body.written(span) for span in spans))[:_MOST_WORDS]

    def spans(self, number: int) -> list[Span]:
        """Return where a term of title or text stands, as positions in the folded text."""
        if number not in self.met:
            return []
        spans = self.found.get(number)
        if spans is None:
            spans = self.found[number] = self._find(number, self.sought[number])
        return spans

    def _find(self, number: int, each: Sought) -> list[Span]:
        if len(each.words) == 1:
            spans = [self._whole(span, each.is_prefix) for span in self.met[number]]
        else:
            spans = [found.span() for found in each.pattern.finditer(self.body.spaced)]
        if each.term.field == "title":
            spans = [span for span in spans if span[1] < self.body.text_at]
        return [span for span in spans if self._agrees(each, span)] if each.guard else spans

    def _whole(self, span: Span, is_prefix: bool) -> Span:
        """Return the word a key stands for: without the spaces around it, a prefix to its word's end."""
        text, (begin, end) = self.body.spaced, span
        begin += text[begin] == " "
        return begin, text.find(" ", end) if is_prefix else end - (text[end - 1] == " ")

    def _agrees(self, each: Sought, span: Span) -> bool:
        """Tell whether the diacritics that were written, if any, are those of the name's forms."""
        begin = span[0]
        for folded in self.body.spaced[span[0] : span[1]].split(" "):
            written = self.body.written((begin, begin + len(folded))) if folded else ""
            allowed = each.guard.get(folded)
            if allowed and not written.isascii() and not any(agrees(written, form) for form in allowed):
                return False
            begin += len(folded) + 1
        return True

    @cached_property
    def language(self) -> str:
        language = self.body.passage.language
        return (language() if callable(language) else language).lower()

    @cached_property
    def host(self) -> str:
        try:
            return _ascii_host(urlsplit(self.body.passage.url).hostname or "")
        except ValueError:
            return ""

    @cached_property
    def author(self) -> str:
        return f" {spaced(self.body.passage.author)} "


def _ascii_host(host: str) -> str:
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return host

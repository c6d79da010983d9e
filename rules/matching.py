"""The engine under `rules.query`: one pass over a text for the words of all queries.

An automaton meets the keys of every term in one pass. Only queries that a key met may be
waiting for are evaluated, so thousands cost like one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, islice
from typing import Any, TypeAlias

import ahocorasick

from rules.facts import Fact, asked, awaited, facts
from rules.nearness import Places, chained, reached
from rules.passage import Body, Passage, Span
from rules.sought import Key, Sought, sought
from rules.terms import WORDS, And, Near, Node, Not, Or, Some, Term, anchors, terms

# No text is worth more: a megabyte of one letter meets half a million.
MOST_MET = 1_000_000
_MOST_WORDS = 20
_COSTS = {"site": 20.0, "source": 100.0, "lang": 500.0}
_MOST_SHOWN = 500

Check: TypeAlias = "Callable[[Evidence], bool]"


class Matcher:
    """All queries at once. It keeps nothing between texts and may be shared by threads."""

    def __init__(self, roots: Mapping[str, Node]) -> None:
        every = dict.fromkeys(term for root in roots.values() for term in terms(root))
        self._sought = {term: sought(term) for term in every if term.field in (*WORDS, "author")}
        keys = dict.fromkeys(key for each in self._words() for key in each.keys)
        self._numbers = {key: number for number, key in enumerate(keys)}
        self._keyed = {
            each.term: tuple((key, self._numbers[key]) for key in each.keys) for each in self._words()
        }
        self._waiting: dict[int, list[_Asked]] = {}
        self._awaiting: dict[Fact, list[_Asked]] = {}
        self._always: list[_Asked] = []
        for name, root in roots.items():
            self._wait(_Asked(name, root, _check(root)))
        self._fields = {field for field, _ in self._awaiting}
        self._automaton = _automaton(self._numbers)

    def match(self, passage: Passage) -> dict[str, tuple[str, ...]]:
        """Return for each query that matches the words it matched on, as written and in their order.

        A query that matched on fields alone has no words.
        """
        body = Body(passage)
        met = self._met(body.folded)
        waiting = [self._waiting.get(number, ()) for number in met]
        if self._fields:
            waiting += [self._awaiting.get(fact, ()) for fact in facts(body, self._fields)]
        if not waiting and not self._always:
            return {}
        evidence = Evidence(body, met, self._sought, self._keyed)
        each = dict.fromkeys([*self._always, *chain(*waiting)])
        return {one.name: evidence.words(one.root) for one in each if one.check(evidence)}

    def evidence(self, passage: Passage) -> Evidence:
        """Return what a passage says to the terms of these queries."""
        body = Body(passage)
        return Evidence(body, self._met(body.folded), self._sought, self._keyed)

    def _words(self) -> Iterable[Sought]:
        return (each for each in self._sought.values() if each.term.field in WORDS)

    def _wait(self, query: _Asked) -> None:
        """Note what a query waits for: keys of words, facts; what can't be awaited is asked each time."""
        needed = anchors(query.root, self._cost)
        awaiting = [awaited(term) for term in needed if term.field not in WORDS]
        if None in awaiting:
            self._always.append(query)
            return
        for fact in filter(None, dict.fromkeys(awaiting)):
            self._awaiting.setdefault(fact, []).append(query)
        words = (term for term in needed if term.field in WORDS)
        for number in dict.fromkeys(number for term in words for _, number in self._keyed[term]):
            self._waiting.setdefault(number, []).append(query)

    def _cost(self, term: Term) -> float:
        """How many texts a term will be met in: what is no text rather too often."""
        return self._sought[term].cost if term.field in WORDS else _COSTS.get(term.field, 1000.0)

    def _met(self, text: str) -> dict[int, list[int]]:
        """Return the numbers of the keys in the text, and where the last character of each stands."""
        met: dict[int, list[int]] = {}
        if self._automaton is not None:
            for last, numbers in islice(self._automaton.iter(text), MOST_MET):
                for number in numbers:
                    if (ends := met.get(number)) is None:
                        met[number] = [last]
                    else:
                        ends.append(last)
        return met


class _Asked:
    """A query made ready."""

    __slots__ = ("check", "name", "root")

    def __init__(self, name: str, root: Node, check: Check) -> None:
        self.name, self.root, self.check = name, root, check


def _automaton(numbers: Mapping[Key, int]) -> Any:
    """Return what finds all keys in one pass. A text may be the key of several rows."""
    by_text: dict[str, list[int]] = {}
    for key, number in numbers.items():
        by_text.setdefault(key.text, []).append(number)
    automaton = ahocorasick.Automaton()
    for text, found in by_text.items():
        automaton.add_word(text, tuple(found))
    automaton.make_automaton()
    return automaton if by_text else None


def _check(node: Node) -> Check:
    """Return a function that tells whether a node holds for the evidence."""
    match node:
        case And(parts):
            every = tuple(map(_check, parts))
            return lambda evidence: all(check(evidence) for check in every)
        case Or(parts):
            some = tuple(map(_check, parts))
            return lambda evidence: any(check(evidence) for check in some)
        case Some(least, parts):
            counted = tuple(map(_check, parts))
            return lambda evidence: _at_least(least, counted, evidence)
        case Not(part):
            inner = _check(part)
            return lambda evidence: not inner(evidence)
        case Near():
            return lambda evidence: evidence.is_near(node)
        case Term():
            return _term(node)


def _at_least(least: int, checks: Sequence[Check], evidence: Evidence) -> bool:
    left = least
    for check in checks:
        left -= check(evidence)
        if left <= 0:
            return True
    return False


def _term(term: Term) -> Check:
    if term.field in WORDS:
        return lambda evidence: bool(evidence.spans(term))
    if term.field == "author" and not term.value.startswith("@"):
        return lambda evidence: evidence.sought[term].pattern.search(evidence.body.author) is not None
    is_so = asked(term)
    return lambda evidence: is_so(evidence.body)


class Evidence:
    """What one passage says to the terms, found out as it is asked for."""

    def __init__(
        self,
        body: Body,
        met: Mapping[int, list[int]],
        every: Mapping[Term, Sought],
        keyed: Mapping[Term, Sequence[tuple[Key, int]]],
    ) -> None:
        self.body, self.sought = body, every
        self._met, self._keyed = met, keyed
        self._spans: dict[Term, list[Span]] = {}
        self._places: dict[Term | int, Places] = {}
        self._near: dict[int, bool] = {}

    def holds(self, node: Node) -> bool:
        """Tell whether a node holds."""
        if isinstance(node, Term) and node.field in WORDS:
            return bool(self.spans(node))
        return _check(node)(self)

    def words(self, node: Node) -> tuple[str, ...]:
        """Return the words by which a node holds, as they are written, each once."""
        if isinstance(node, Term) and node.field in WORDS and len(self.spans(node)) == 1:
            return (self.body.written(self.spans(node)[0]),)
        spans = sorted(set(islice(self._by(node), _MOST_SHOWN * 2)))
        found: dict[str, None] = {}
        for span in spans:
            found.setdefault(self.body.written(span))
            if len(found) == _MOST_WORDS:
                break
        return tuple(found)

    def spans(self, term: Term) -> list[Span]:
        """Return where a term of title or text stands, as positions in the folded text."""
        spans = self._spans.get(term)
        if spans is None:
            spans = self._spans[term] = self._find(term)
        return spans

    def _find(self, term: Term) -> list[Span]:
        met = [(key, self._met[number]) for key, number in self._keyed[term] if number in self._met]
        return self.sought[term].spans(self.body, met) if met else []

    def is_near(self, node: Near) -> bool:
        """Tell whether there is a place of each part near one of the part before."""
        # By identity: the node is part of a query that outlives us, and its hash would walk all of it.
        known = self._near.get(id(node))
        if known is None:
            each = [self.places(part) for part in node.parts]
            known = self._near[id(node)] = all(each) and len(reached(each, node.gaps)[-1]) > 0
        return known

    def near(self, node: Near) -> list[Places]:
        """Return the places of each part that are near those of the others; nothing if it does not hold."""
        return chained([self.places(part) for part in node.parts], node.gaps) or []

    def places(self, node: Node) -> Places:
        """Return where a part of NEAR stands."""
        key = node if isinstance(node, Term) else id(node)
        found = self._places.get(key)
        if found is None:
            found = self._places[key] = self._placed(node)
        return found

    def _placed(self, node: Node) -> Places:
        match node:
            case Term():
                return Places(map(self.body.counted, self.spans(node)))
            case Or(parts):
                return Places(place for part in parts for place in self.places(part).all)
            case Near():
                return Places(place for places in self.near(node) for place in places.all)
        return Places(())

    def _by(self, node: Node) -> Iterable[Span]:
        """Yield where the words stand by which a node holds; there are none of what must not be."""
        match node:
            case Term(field=field) if field in WORDS:
                yield from self.spans(node)[:_MOST_SHOWN]
            case And(parts) | Or(parts) | Some(_, parts):
                for part in parts:
                    if not isinstance(part, Not) and self.holds(part):
                        yield from self._by(part)
            case Near(parts):
                for part, places in zip(parts, self.near(node), strict=False):
                    yield from (self.body.span(*place) for place in places.all[:_MOST_SHOWN])
                    if isinstance(part, Near):
                        yield from self._by(part)

"""What a query is made of: terms under AND, OR and NOT, and what each term looks for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from rules.fold import spaced
from rules.inflect import forms, words

# Scripts written without spaces: there a word may begin and end anywhere.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Term:
    """Words to find next to each other, as written; `field` is empty for title and text.

    A word that ends in `*` stands for all that begin so; `inflected` for every form of each word,
    less those in `without` (folded), and for the spellings in `extra`, which may hold several words.
    For `site` and `lang` the value is a host or a code, compared as it stands.
    """

    value: str
    field: str = ""
    inflected: bool = False
    without: frozenset[str] = frozenset()
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


Node: TypeAlias = Term | And | Or | Not


@dataclass(frozen=True, eq=False)
class Sought:
    """What a term of title, text or author looks for in a text that `rules.fold.spaced` folded.

    `words` holds for each word in turn its spellings, a prefix with its star; `guard` for a
    folded spelling of a name how it is written, where diacritics must agree.
    """

    term: Term
    words: tuple[frozenset[str], ...]
    guard: Mapping[str, tuple[str, ...]]

    @cached_property
    def is_prefix(self) -> bool:
        """Tell whether a sole word goes on after its key."""
        return any(spelling.endswith("*") for spelling in self.words[0])

    @cached_property
    def keys(self) -> frozenset[str]:
        """One of these a matching text must hold: the spellings of the longest word."""
        rarest = max(self.words, key=lambda spellings: min(len(spelling) for spelling in spellings))
        return frozenset(_key(spelling) for spelling in rarest)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        parts = [f"(?:{'|'.join(map(_part, sorted(spellings)))})" for spellings in self.words]
        gap = " *" if any(_UNSPACED.search(part) for part in parts) else " +"
        return re.compile(gap.join(parts))


def sought(term: Term) -> Sought:
    """Return what a term looks for: its words folded, each with its forms if it is inflected."""
    if not term.inflected:
        folded = _starred(term.value)
        return Sought(term, tuple(frozenset([word]) for word in folded.split()), {})
    guard: dict[str, tuple[str, ...]] = {}
    spellings: list[frozenset[str]] = []
    for word in words(term.value):
        written = {form: "".join(spaced(form).split()) for form in forms(word)}
        written = {form: folded for form, folded in written.items() if folded not in term.without}
        spellings.append(frozenset(written.values()))
    if len(spellings) == 1:
        spellings[0] |= {"".join(spaced(form).split()) for form in term.extra}
        # A name that was written without marks says nothing about marks.
        if spaced(word) != word.casefold():
            for form, folded in written.items():
                guard[folded] = (*guard.get(folded, ()), form)
    return Sought(term, tuple(spellings), guard)


def is_positive(node: Node) -> bool:
    """Tell whether a text without any of the terms is sure not to match."""
    match node:
        case Not():
            return False
        case And(parts):
            return any(is_positive(part) for part in parts)
        case Or(parts):
            return all(is_positive(part) for part in parts)
    return True


def anchors(node: Node) -> frozenset[Term]:
    """Return terms of which a matching text must hold at least one; `node` must be positive.

    Of several ANDed parts the one that is cheapest to wait for is taken: words rather than
    a field such as lang:pl that most texts have, and rather few of them.
    """
    match node:
        case And(parts):
            return min((anchors(part) for part in parts if is_positive(part)), key=_cost)
        case Or(parts):
            return frozenset[Term]().union(*(anchors(part) for part in parts))
        case Term():
            return frozenset([node])
    return frozenset()


def terms(node: Node, positive: bool = False) -> Iterable[Term]:
    """Yield the terms of a query in the order they were written; `positive` leaves out those under NOT."""
    match node:
        case Term():
            yield node
        case Not(part):
            if not positive:
                yield from terms(part)
        case And(parts) | Or(parts):
            for each in parts:
                yield from terms(each, positive)


def _starred(value: str) -> str:
    """Fold words of which some end in a star, and keep the stars."""
    return " ".join(spaced(part).rstrip() + "* " for part in value.split("*")[:-1]) + spaced(
        value.split("*")[-1]
    )


def _key(spelling: str) -> str:
    word = spelling.removesuffix("*")
    before = "" if _UNSPACED.match(word) else " "
    after = "" if word != spelling or _UNSPACED.match(word[-1]) else " "
    return f"{before}{word}{after}"


def _part(spelling: str) -> str:
    key = _key(spelling)
    before, after = "(?<= )" * key.startswith(" "), "(?= )" * key.endswith(" ")
    rest = "[^ \x00]*" if spelling.endswith("*") else ""
    return f"{before}{key.strip()}{rest}{after}"


def _cost(found: frozenset[Term]) -> tuple[bool, int]:
    return any(term.field in ("site", "lang", "author") for term in found), len(found)

"""The texts a brand's query must and must not match: asked, and where one fails, why and what would help."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from listener.config.settings import Brand
from listener.store.counts import IMPORT
from rules.doubts import doubts
from rules.matching import Evidence
from rules.query import Matcher, Passage, Query, compile, spelled
from rules.terms import WORDS, And, Near, Node, Not, Or, Some, Term, terms

SHOWN = 80
MOST_NAMED = 6
MOST_TRIED = 60
FACTS = {
    "site": "the address, and an example has none",
    "author": "the author, and an example has none",
    "source": "the source, and an example has none",
    "reach": "the reach, and an example has none",
    "title": "the title, and an example is all text",
}

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Example:
    """A text, whether it is wanted, and how it is read."""

    text: str
    wanted: bool
    language: str

    @property
    def passage(self) -> Passage:
        return Passage("", self.text, language=self.language)


def tried(brand: Brand, query: Query, language: Callable[[str], str]) -> Iterator[Row]:
    """Yield a row for each example of a brand."""
    examples = [
        Example(text, wanted, language(text))
        for wanted, texts in ((True, brand.must_match), (False, brand.must_not_match))
        for text in texts
    ]
    matcher = compile({"": query})
    results = [(each, _passes(matcher, each)) for each in examples]
    good = [each for each, passes in results if passes]
    for each, passes in results:
        said = "matches" if each.wanted is passes else "does not match"
        detail, do = f"{said}: {each.text[:SHOWN]}", ""
        if not passes:
            detail += f" ({why(query.root, matcher.evidence(each.passage), each.wanted)})"
            do = _remedy(query.root, each, good)
        yield {"what": "query", "name": brand.name, "ok": passes, "detail": detail, "do": do}


def looked_at(name: str, query: Query, sources: Sequence[str]) -> Iterator[Row]:
    """Yield a row for each thing in a query that is probably not meant, and for sources that nobody has."""
    for doubt in doubts(query.text):
        detail = f"look again at character {doubt.at + 1} of the query: {doubt.message}"
        yield {"what": "query", "name": name, "ok": True, "detail": detail, "do": ""}
    for term in dict.fromkeys(term for term in terms(query.root) if term.field == "source"):
        asked = compile({"": Query("", term)})
        if not any(asked.match(Passage("", "", source=known)) for known in (*sources, IMPORT)):
            detail, do = f"{spelled(term)}: no source is called so", "write the name of a [[source]] there"
            yield {"what": "query", "name": name, "ok": False, "detail": detail, "do": do}


def _passes(matcher: Matcher, example: Example) -> bool:
    return bool(matcher.match(example.passage)) is example.wanted


def why(root: Node, evidence: Evidence, wanted: bool) -> str:
    """Say which part of a query keeps a text out, or by which words it is in."""
    if wanted:
        return "; ".join(dict.fromkeys(_lacking(root, evidence)))
    words = ", ".join(f'"{word}"' for word in evidence.words(root)[:MOST_NAMED])
    kept = [part for part in _left_out(root) if not evidence.holds(part)]
    said = f"found by {words}" if words else "found by its fields"
    if kept:
        said += f"; NOT {', NOT '.join(_short(part) for part in kept[:MOST_NAMED])} did not meet it"
    return said


def _lacking(node: Node, evidence: Evidence) -> Iterator[str]:
    """Yield what is not as a node asks."""
    match node:
        case And(parts):
            for part in parts:
                if not evidence.holds(part):
                    yield from _lacking(part, evidence)
        case Or(parts):
            nested = [part for part in parts if isinstance(part, And | Near | Some)]
            plain = [part for part in parts if part not in nested]
            if plain:
                yield (
                    f"none of {_listed(plain)} is there"
                    if len(plain) > 1
                    else f"{_short(plain[0])} is not there"
                )
            for part in nested[:MOST_NAMED]:
                yield f"for {_short(part)}: {'; '.join(_lacking(part, evidence))}"
        case Some(least, parts):
            there = [part for part in parts if evidence.holds(part)]
            yield f"{len(there)} of {least} wanted are there" + (f": {_listed(there)}" if there else "")
        case Not(part):
            words = ", ".join(f'"{word}"' for word in evidence.words(part)[:MOST_NAMED])
            yield f"NOT {_short(part)} takes it away{f': it holds {words}' if words else ''}"
        case Near(parts, gaps):
            gone = [part for part in parts if not evidence.places(part)]
            if gone:
                for part in gone:
                    yield from _lacking(part, evidence)
            else:
                order = ", or not in this order" if any(gap.ordered for gap in gaps) else ""
                yield f"{_listed(list(parts))} are there, but further apart than {_short(node)} says{order}"
        case Term(field="lang"):
            yield f"{_short(node)}: its language was read as {evidence.body.language or 'unknown'}"
        case Term(field=field) if field in FACTS:
            yield f"{_short(node)} asks {FACTS[field]}"
        case Term():
            yield f"{_short(node)} is not there"


def _left_out(node: Node) -> Iterator[Node]:
    """Yield what a query takes away, an OR of it part by part."""
    match node:
        case Not(Or(parts)):
            yield from parts
        case Not(part):
            yield part
        case And(parts) | Or(parts) | Some(_, parts):
            for part in parts:
                yield from _left_out(part)


def _remedy(root: Node, example: Example, good: list[Example]) -> str:
    """Return what to write instead, where all forms of one word would do and cost no other example."""
    plain = [term for term in dict.fromkeys(terms(root)) if _may_inflect(term)]
    found = []
    for term in plain[:MOST_TRIED]:
        matcher = compile({"": Query("", _inflected(root, term))})
        if all(_passes(matcher, each) for each in (example, *good)):
            right = spelled(replace(term, inflected=True))
            found.append(f"write {right} for {spelled(term)}: it finds all forms")
    if found:
        return " or ".join(found[:2])
    if example.wanted:
        return "change the query, or the example"
    return "add a NOT with a word that tells such a text apart, or change the example"


def _may_inflect(term: Term) -> bool:
    return not term.inflected and not term.cased and "*" not in term.value and term.field in WORDS


def _inflected(node: Node, term: Term) -> Node:
    """Return the node with every form of one term."""
    match node:
        case Term():
            return replace(node, inflected=True) if node == term else node
        case Not(part):
            return Not(_inflected(part, term))
        case And(parts) | Or(parts) | Some(_, parts) | Near(parts):
            return replace(node, parts=tuple(_inflected(part, term) for part in parts))


def _listed(parts: list[Node]) -> str:
    more = f" and {len(parts) - MOST_NAMED} more" if len(parts) > MOST_NAMED else ""
    return ", ".join(_short(part) for part in parts[:MOST_NAMED]) + more


def _short(node: Node) -> str:
    said = spelled(node, 3)
    return said if len(said) <= SHOWN else f"{said[:SHOWN]} …"

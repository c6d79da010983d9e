"""What a query is made of: terms under AND, OR, NOT, NEAR and `n of`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

_OPERATORS = ("AND", "OR", "NOT", "NEAR", "ONEAR")
WORDS = ("", "title", "text")


@dataclass(frozen=True, slots=True)
class Term:
    """Words to find next to each other, as written; `field` is empty for title and text.

    A word with a `*` at one end stands for all that begin or end so; `inflected` for every form of
    each word, less those in `without` (folded), and for the spellings in `extra`, which may hold
    several words. `cased` words are found only as they are written. For `site` and `lang` the value
    is a host or a code, for `source` a folded name, for `reach` a sign and a number.
    """

    value: str
    field: str = ""
    inflected: bool = False
    without: frozenset[str] = frozenset()
    extra: tuple[str, ...] = ()
    cased: bool = False

    # Of all that differs the value differs most, and its hash is known already.
    def __hash__(self) -> int:
        return hash(self.value)


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


@dataclass(frozen=True, slots=True)
class Some:
    """At least `least` of the parts hold."""

    least: int
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """Between two parts of a Near: at most so many words, and whether the first comes first."""

    most: int
    ordered: bool


@dataclass(frozen=True, slots=True)
class Near:
    """Places of the parts of which each is near the one before it; a part is a Term, an Or or a Near."""

    parts: tuple[Node, ...]
    gaps: tuple[Gap, ...]


Node: TypeAlias = Term | And | Or | Not | Some | Near


def is_positive(node: Node) -> bool:
    """Tell whether a text without any of the terms is sure not to match."""
    match node:
        case Not():
            return False
        case And(parts):
            return any(is_positive(part) for part in parts)
        case Or(parts):
            return all(is_positive(part) for part in parts)
        case Some(least, parts):
            return sum(map(is_positive, parts)) > len(parts) - least
    return True


def anchors(node: Node, cost: Callable[[Term], float]) -> frozenset[Term]:
    """Return terms of which a matching text must hold at least one; `node` must be positive.

    Of several that must hold, the one that is cheapest to wait for is taken.
    """
    each: list[frozenset[Term]]
    match node:
        case Term():
            return frozenset([node])
        case Not():
            return frozenset()
        case Or(parts):
            return frozenset[Term]().union(*(anchors(part, cost) for part in parts))
        case And(parts) | Near(parts):
            least = 1
        case Some(amount, parts):
            # Where at least n of k hold, none of k - n + 1 can be without one that holds.
            least = len(parts) - amount + 1
    each = [anchors(part, cost) for part in parts if is_positive(part)]
    each.sort(key=lambda terms: sum(map(cost, terms)))
    return frozenset[Term]().union(*each[:least])


def terms(node: Node, positive: bool = False) -> Iterable[Term]:
    """Yield the terms of a query in the order they were written; `positive` leaves out those under NOT."""
    match node:
        case Term():
            yield node
        case Not(part):
            if not positive:
                yield from terms(part)
        case And(parts) | Or(parts) | Some(_, parts) | Near(parts):
            for each in parts:
                yield from terms(each, positive)


def spelled(node: Node, within: int = 0) -> str:
    """Return a node as one may write it; `within` is how close the operator around it binds."""
    match node:
        case Term():
            return _term(node)
        case Some(least, parts):
            name = {1: "any", len(parts): "all"}.get(least, str(least))
            return f"{name} of ({', '.join(map(spelled, parts))})"
        case Or(parts):
            binds, said = 1, " OR ".join(spelled(part, 1) for part in parts)
        case And(parts):
            binds, said = 2, " AND ".join(spelled(part, 2) for part in parts)
        case Not(part):
            return f"NOT {spelled(part, 3)}"
        case Near(parts, gaps):
            binds, said = 4, spelled(parts[0], 5)
            for gap, part in zip(gaps, parts[1:], strict=True):
                said += f" {'O' * gap.ordered}NEAR/{gap.most} {spelled(part, 5)}"
    return f"({said})" if binds <= within - (within == binds) else said


def _term(term: Term) -> str:
    bare = term.value.replace("*", "").replace("_", "")
    plain = term.field in ("site", "lang", "reach") or (bare.isalnum() and bare not in _OPERATORS)
    value = term.value if plain else f'"{term.value}"'
    field = f"{term.field}:" if term.field else ""
    return f"{field}{'case:' * term.cased}{value}{'~' * term.inflected}"

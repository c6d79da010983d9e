"""Does this text concern us? Boolean queries, thousands at the cost of one.

    (żabka~ OR "zabka nano") AND (kolejka NEAR/5 dług* OR any of (zatrucie~, "bolał brzuch"))
    NOT (ogród~ OR site:allegro.pl)

AND, OR and NOT in capitals are operators; words side by side are ANDed. `a NEAR/5 b` finds both
with at most five words between, `a ONEAR/5 b` in this order. NEAR binds closest, then NOT, AND, OR.
`any of (a, b)` is an OR, `2 of (a, b, c)` asks for two at least; `all of`, `none of` are there too.
`word*` and `*word` find what begins or ends so, `name~` and `"two words"~` every form of a name.
`case:Play` is found only as it is written. `title:` `text:` `author:` `site:` `lang:` `source:`
`reach:>1000` ask one field (or of several words: `title:(a OR b)`), everything else title and text.
Otherwise case, diacritics and punctuation don't count: `zabka` finds #Żabka, `e-mail` "e mail".
A `#` with a space behind it begins a remark that ends with its line.

One automaton holds the words of all queries; a text is read once, and only the queries whose
words it met are evaluated. So each query needs something it cannot match without: NOT alone
is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from rules.fold import spaced
from rules.matching import Matcher
from rules.passage import Passage, tight
from rules.terms import WORDS, And, Gap, Near, Node, Not, Or, Some, Term, is_positive, spelled
from rules.tokens import QueryError, Token, tokens
from rules.values import term

__all__ = [
    "MOST_CHARACTERS", "MOST_NESTED", "Matcher", "Passage", "Query", "QueryError",
    "compile", "parse", "spelled",
]  # fmt: skip

MOST_CHARACTERS = 10_000
MOST_NESTED = 50
NO_FORMS: Mapping[str, Sequence[str]] = {}
_BEGINS = ("term", "NOT", "(", "list", "scope")


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was understood; `text` is how it was written."""

    text: str
    root: Node


def parse(
    text: str, *, without: Collection[str] = (), extra: Mapping[str, Sequence[str]] = NO_FORMS
) -> Query:
    """Understand a query, or raise QueryError for the first mistake in it.

    `without` are forms that no `name~` of the query shall find (case and diacritics don't count);
    `extra` are spellings, of one word or several, that a `name~` shall find too, by the name as it
    stands in the query; those under "" are of every `~` in it.
    """
    if len(text) > MOST_CHARACTERS:
        raise QueryError(
            f"a query has at most {MOST_CHARACTERS:,} characters, not {len(text):,}", MOST_CHARACTERS
        )
    found = list(tokens(text))
    if len(found) == 1:
        raise QueryError("the query is empty", 0)
    pruned, added = frozenset(map(_folded, without)), {_folded(name): tuple(f) for name, f in extra.items()}
    root = _Parser(found, pruned, added).whole()
    if not is_positive(root):
        at = next(token.at for token in found if token.kind == "NOT" or _is_none(token))
        raise QueryError("NOT only takes away: say also what to find, as in `name AND NOT word`", at)
    return Query(text, root)


def compile(queries: Mapping[str, Query]) -> Matcher:
    """Build what asks all these queries at once, by name."""
    return Matcher({name: query.root for name, query in queries.items()})


def _folded(name: str) -> str:
    return tight(spaced(name))


def _is_none(token: Token) -> bool:
    return token.kind == "list" and token.least == 0


class _Parser:
    """Recursive descent.

    either = all {OR all} · all = one {[AND] one} · one = NOT one | near · near = part {NEAR part}
    part = term | [field:](either) | n of (either {, either})
    """

    def __init__(
        self, tokens: list[Token], without: frozenset[str], extra: Mapping[str, tuple[str, ...]]
    ) -> None:
        self._tokens = tokens
        self._without, self._extra = without, extra
        self._next = 0
        self._depth = 0
        self._in_list = False
        self._scope = Token("scope", 0)

    def whole(self) -> Node:
        node = self._either()
        left = self._tokens[self._next]
        if left.kind != "end":
            raise QueryError("this bracket closes nothing", left.at)
        return node

    def _either(self) -> Node:
        parts = [self._all()]
        while self._take("OR"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _all(self) -> Node:
        parts = [self._one()]
        while (joined := self._take("AND")) or self._tokens[self._next].kind in _BEGINS:
            here = self._tokens[self._next]
            if self._in_list and not joined and here.kind != "NOT":
                raise QueryError(
                    "in a list a comma stands between: words that belong together go in quotes", here.at
                )
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _one(self) -> Node:
        token = self._tokens[self._next]
        if token.kind == "NOT":
            self._next += 1
            node = self._deeper(token, self._one)
            return node.part if isinstance(node, Not) else Not(node)
        return self._near()

    def _near(self) -> Node:
        at = self._tokens[self._next].at
        parts, gaps = [self._part()], list[Gap]()
        while (gap := self._tokens[self._next].gap) is not None:
            _refuse_far(parts[-1], at)
            self._next += 1
            at = self._tokens[self._next].at
            if self._tokens[self._next].kind == "NOT":
                raise QueryError("NEAR joins what is there: write `a NOT (a NEAR/5 b)`", at)
            parts.append(self._part())
            _refuse_far(parts[-1], at)
            gaps.append(gap)
        return parts[0] if not gaps else Near(tuple(parts), tuple(gaps))

    def _part(self) -> Node:
        token = self._tokens[self._next]
        self._next += 1
        match token.kind:
            case "(":
                return self._deeper(token, self._bracket)
            case "list":
                return self._deeper(token, lambda: self._list(token))
            case "scope":
                return self._within(token)
            case "term":
                return self._term(token)
        raise QueryError(_missing(self._tokens, self._next - 1), token.at)

    def _bracket(self) -> Node:
        opening, before, self._in_list = self._tokens[self._next - 1], self._in_list, False
        node = self._either()
        self._close(opening)
        self._in_list = before
        return node

    def _list(self, opening: Token) -> Node:
        before, self._in_list = self._in_list, True
        parts = [self._either()]
        while self._take(","):
            if self._tokens[self._next].kind != ")":
                parts.append(self._either())
        self._close(opening)
        self._in_list = before
        least = len(parts) if opening.least < 0 else opening.least
        if least > len(parts):
            raise QueryError(f"of {len(parts)} there can't be {least}", opening.at)
        if len(parts) == 1:
            return Not(parts[0]) if least == 0 else parts[0]
        if least in (0, 1):
            return Not(Or(tuple(parts))) if least == 0 else Or(tuple(parts))
        return And(tuple(parts)) if least == len(parts) else Some(least, tuple(parts))

    def _within(self, scope: Token) -> Node:
        """Parse a bracket after fields, which hold for all the terms in it."""
        before, opening = self._scope, self._tokens[self._next]
        self._scope = self._scoped(scope)
        self._next += 1
        node = self._deeper(opening, self._bracket)
        self._scope = before
        return node

    def _scoped(self, token: Token) -> Token:
        """Return a token with the fields of the bracket it stands in."""
        outer = self._scope
        if token.field and outer.field and token.field != outer.field:
            raise QueryError(f"`{token.field}:` can't stand inside `{outer.field}:( … )`", token.at)
        return replace(token, field=token.field or outer.field, cased=token.cased or outer.cased)

    def _term(self, token: Token) -> Term:
        made = term(self._scoped(token))
        if not made.inflected:
            return made
        added = (*self._extra.get("", ()), *self._extra.get(_folded(made.value), ()))
        return replace(made, without=self._without, extra=added)

    def _close(self, opening: Token) -> None:
        found = self._tokens[self._next]
        if found.kind == ",":
            raise QueryError("a comma stands only in a list: `any of (a, b)`", found.at)
        if not self._take(")"):
            raise QueryError("this bracket is never closed", opening.at)

    def _deeper(self, opening: Token, inside: Callable[[], Node]) -> Node:
        self._depth += 1
        if self._depth > MOST_NESTED:
            raise QueryError(f"brackets and NOTs nest at most {MOST_NESTED} deep", opening.at)
        node = inside()
        self._depth -= 1
        return node

    def _take(self, kind: str) -> bool:
        taken = self._tokens[self._next].kind == kind
        self._next += taken
        return taken


def _refuse_far(node: Node, at: int) -> None:
    """Refuse what has no place in a text, so that nothing can be near it."""
    match node:
        case Or(parts) | Near(parts):
            for part in parts:
                _refuse_far(part, at)
        case Term(field=field):
            if field not in WORDS:
                raise QueryError(f"`{field}:` stands nowhere in the text, so nothing is NEAR it", at)
        case Not():
            raise QueryError("NEAR joins what is there: write `a NOT (a NEAR/5 b)`", at)
        case _:
            raise QueryError(
                'NEAR stands between words, phrases and groups of OR: `"a b" NEAR/5 (c OR d)`; '
                "for two things near a third write `(a NEAR/5 c) AND (b NEAR/5 c)`",
                at,
            )


def _missing(tokens: list[Token], index: int) -> str:
    """Say what stands where a term was expected."""
    found = tokens[index]
    before = tokens[index - 1] if index else Token("", 0)
    if name := _operator(before):
        again = f": one {name} is enough" if _operator(found) == name else ""
        return f"after {name} a word is missing{again}"
    if before.kind in ("(", "list", "scope") and found.kind == ")":
        return "nothing stands between these brackets"
    if found.kind == "," or (before.kind == "," and found.kind != "end"):
        return "between these commas a word is missing"
    if name := _operator(found):
        return f"before {name} a word is missing"
    return "this bracket closes nothing" if found.kind == ")" else "here the query breaks off"


def _operator(token: Token) -> str:
    if token.gap is not None:
        return f"{'O' * token.gap.ordered}NEAR/{token.gap.most}"
    return token.kind if token.kind in ("AND", "OR", "NOT") else ""

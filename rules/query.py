"""Does this text concern us? Boolean queries, thousands at the cost of one.

    żabka~ AND (kolejka OR "zatrucie pokarmowe") NOT site:allegro.pl

AND, OR and NOT in capitals are operators; words side by side are ANDed; NOT binds closest,
then AND, then OR. `word*` finds what begins so, `name~` and `"two words"~` every form of a
name. `title:` `author:` `site:` `lang:` ask one field, everything else title and text.
Case, diacritics and punctuation don't count: `zabka` finds #Żabka, `e-mail` finds "e mail".

One automaton holds the words of all queries; a text is read once, and only the queries whose
words it met are evaluated. So each query needs something it cannot match without: NOT alone
is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from rules.fold import spaced
from rules.matching import Matcher, Passage
from rules.terms import And, Node, Not, Or, Term, is_positive

__all__ = ["MOST_CHARACTERS", "MOST_NESTED", "Matcher", "Passage", "Query", "QueryError", "compile", "parse"]

MOST_CHARACTERS = 10_000
MOST_NESTED = 50
NO_FORMS: Mapping[str, Sequence[str]] = {}
FIELDS = ("title", "author", "site", "lang")
_SHORTEST_PREFIX = 2
_CARET_WINDOW = 60
_QUOTES = '"„”“«»'
_TOKEN = re.compile(rf"\s*(?:(?P<paren>[()])|(?P<word>[^\s(){_QUOTES}]+)|(?P<quote>[{_QUOTES}]))")
_CLOSING = re.compile(rf"[{_QUOTES}]")
_FIELD = re.compile(r"([^\W\d_]+):")


class QueryError(Exception):
    """A query that can't be understood: what is wrong, and `at` which character (from 0)."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(f"{message} (at character {at + 1})")
        self.message = message
        self.at = at

    def pointed(self, text: str) -> str:
        """Return the part of the query around the mistake, and a caret under it."""
        begin = max(0, self.at - _CARET_WINDOW)
        line = re.sub(r"\s", " ", text[begin : self.at + _CARET_WINDOW])
        return f"{line}\n{' ' * (self.at - begin)}^ {self.message}"


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was understood; `text` is how it was written."""

    text: str
    root: Node


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # ( ) AND OR NOT term end
    at: int
    term: Term | None = None


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
    pruned, added = frozenset(map(_folded, without)), {_folded(name): tuple(f) for name, f in extra.items()}
    tokens = [_with_forms(token, pruned, added) for token in _tokens(text)]
    if len(tokens) == 1:
        raise QueryError("the query is empty", 0)
    root = _Parser(tokens).whole()
    if not is_positive(root):
        at = next(token.at for token in tokens if token.kind == "NOT")
        raise QueryError("NOT only takes away: say also what to find, as in `name AND NOT word`", at)
    return Query(text, root)


def compile(queries: Mapping[str, Query]) -> Matcher:
    """Build what asks all these queries at once, by name."""
    return Matcher({name: query.root for name, query in queries.items()})


def _with_forms(token: _Token, without: frozenset[str], extra: Mapping[str, tuple[str, ...]]) -> _Token:
    if token.term is None or not token.term.inflected or not (without or extra):
        return token
    added = (*extra.get("", ()), *extra.get(_folded(token.term.value), ()))
    return replace(token, term=replace(token.term, without=without, extra=added))


def _folded(name: str) -> str:
    return " ".join(spaced(name).split())


class _Parser:
    """Recursive descent: either = all {OR all}, all = one {[AND] one}, one = NOT one | (either) | term."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

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
        while self._take("AND") or self._tokens[self._next].kind in ("term", "NOT", "("):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _one(self) -> Node:
        token = self._tokens[self._next]
        self._next += 1
        if token.kind == "NOT":
            node = self._deeper(token)
            return node.part if isinstance(node, Not) else Not(node)
        if token.kind == "(":
            return self._deeper(token)
        if token.term is None:
            raise QueryError(_missing(self._tokens, self._next - 1), token.at)
        return token.term

    def _deeper(self, opening: _Token) -> Node:
        self._depth += 1
        if self._depth > MOST_NESTED:
            raise QueryError(f"brackets and NOTs nest at most {MOST_NESTED} deep", opening.at)
        node = self._one() if opening.kind == "NOT" else self._either()
        if opening.kind == "(" and not self._take(")"):
            raise QueryError("this bracket is never closed", opening.at)
        self._depth -= 1
        return node

    def _take(self, kind: str) -> bool:
        taken = self._tokens[self._next].kind == kind
        self._next += taken
        return taken


def _missing(tokens: list[_Token], index: int) -> str:
    """Say what stands where a term was expected."""
    found = tokens[index].kind
    before = tokens[index - 1].kind if index else ""
    if before in ("AND", "OR", "NOT"):
        return f"after {before} a word is missing"
    if before == "(" and found == ")":
        return "nothing stands between these brackets"
    if found in ("AND", "OR"):
        return f"before {found} a word is missing"
    return "this bracket closes nothing" if found == ")" else "here the query breaks off"


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while found := _TOKEN.match(text, at):
        start = found.start(found.lastgroup or 0)
        token, at = _token(text, start, found)
        tokens.append(token)
    return [*tokens, _Token("end", len(text.rstrip()))]


def _token(text: str, at: int, found: re.Match[str]) -> tuple[_Token, int]:
    """Return the token that begins at `at`, and where the next may begin."""
    if found["paren"] or found["word"] in ("AND", "OR", "NOT"):
        return _Token(found["paren"] or found["word"], at), found.end()
    field = _field(found["word"] or "", at)
    value_at = at + (len(field) + 1 if field else 0)
    if value_at < len(text) and text[value_at] in _QUOTES:
        term, end = _phrase(text, value_at, field)
    else:
        term, end = _word(text[value_at : found.end()], value_at, field), found.end()
    return _Token("term", at, term), end


def _field(word: str, at: int) -> str:
    found = _FIELD.match(word)
    if found is None:
        return ""
    if found[1].lower() in FIELDS:
        return found[1].lower()
    near = get_close_matches(found[1].lower(), FIELDS, 1)
    hint = f"did you mean `{near[0]}:`?" if near else f"known are {' '.join(f'{name}:' for name in FIELDS)}"
    raise QueryError(f"there is no field `{found[1]}:`; {hint} (a text with a colon goes in quotes)", at)


def _phrase(text: str, at: int, field: str) -> tuple[Term, int]:
    closing = _CLOSING.search(text, at + 1)
    if closing is None:
        raise QueryError("this quotation mark is never closed", at)
    inflected = text[closing.end() : closing.end() + 1] == "~"
    term = _term(text[at + 1 : closing.start()], at, field, inflected)
    return term, closing.end() + inflected


def _word(word: str, at: int, field: str) -> Term:
    if field and not word:
        raise QueryError(f"after `{field}:` a word is missing", at)
    if word[0] == "-" and len(word) > 1:
        raise QueryError(f"to leave a word out write `NOT {word[1:]}`", at)
    if word in ("&&", "||", "!", "&", "|"):
        raise QueryError(f"write {'OR' if '|' in word else 'NOT' if word == '!' else 'AND'} for `{word}`", at)
    inflected = word.endswith("~")
    return _term(word.removesuffix("~"), at, field, inflected)


def _term(value: str, at: int, field: str, inflected: bool) -> Term:
    """Return the term for what was written between quotes, or as one word."""
    if field in ("site", "lang"):
        return _exact(value, at, field, inflected)
    for star in re.finditer(r"\*", value):
        before = re.search(r"[^\W_]*$", value[: star.start()])
        if (
            before is None
            or len(before[0]) < _SHORTEST_PREFIX
            or value[star.end() : star.end() + 1].isalnum()
        ):
            raise QueryError(f"`*` stands at the end of a word, after {_SHORTEST_PREFIX} letters or more", at)
    if inflected and "*" in value:
        raise QueryError("`*` and `~` don't go together", at)
    if not spaced(value).strip():
        raise QueryError(f"`{value}` holds no letter or digit to look for", at)
    return Term(value, field, inflected)


def _exact(value: str, at: int, field: str, inflected: bool) -> Term:
    if inflected or "*" in value:
        raise QueryError(f"`{field}:` takes neither `*` nor `~`", at)
    plain = value.strip().lower()
    if field == "lang":
        if not re.fullmatch(r"[a-z]{2,3}", plain):
            raise QueryError(
                f"`lang:` takes a code of two or three letters such as en or pl, not `{value}`", at
            )
        return Term(plain, field)
    host = re.sub(r"^(?:https?://)?(?:www\.)?|/$|\.$", "", plain)
    if not re.fullmatch(r"[\w-]+(\.[\w-]+)*", host):
        raise QueryError(f"`site:` takes a host name such as example.org, not `{value}`", at)
    return Term(host, field)

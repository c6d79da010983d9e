"""What is understood in a query and probably not meant: a small `and`, OR and AND without brackets."""

from __future__ import annotations

from collections.abc import Iterator

from rules.tokens import QueryError, Token, tokens

_SMALL = {"and": "AND", "or": "OR", "not": "NOT"}
_POLISH = {"LUB": "OR", "ORAZ": "AND", "NIE": "NOT", "I": "AND", "ALBO": "OR"}
_SINGLE_QUOTES = "'‘’‚`"
_BEGINS = ("term", "(", "list", "scope")
_ENDS = ("term", ")")


def doubts(text: str) -> list[QueryError]:
    """Return what to look at again in a query that can be understood, each with its place."""
    found = list(tokens(text))
    return sorted([*_words(found), *_near(found), *_mixed(found)], key=lambda doubt: doubt.at)


def _words(found: list[Token]) -> Iterator[QueryError]:
    """Doubt words that look like signs of the language."""
    lists = _in_lists(found)
    for token, in_list in zip(found, lists, strict=True):
        if token.kind != "term" or token.quoted or token.field:
            continue
        word, meant = token.value, _SMALL.get(token.value.casefold()) or _POLISH.get(token.value)
        if meant:
            yield QueryError(f"`{word}` is a word to find here; the operator is {meant}", token.at)
        elif word[:1] in _SINGLE_QUOTES:
            yield QueryError('a phrase stands in double quotes: `"two words"`', token.at)
        elif word.endswith("+") and not token.inflected:
            yield QueryError(
                f"signs don't count, so `{word}` finds {word.rstrip('+')} too: `{word}~` does not", token.at
            )
        elif word.endswith(",") and not in_list:
            yield QueryError(
                "a comma means nothing outside `any of (a, b)`: all words must be there", token.at
            )


def _in_lists(found: list[Token]) -> Iterator[bool]:
    stack: list[bool] = []
    for token in found:
        if token.kind in ("(", "list"):
            stack.append(token.kind == "list")
        elif token.kind == ")":
            stack.pop()
        yield bool(stack and stack[-1])


def _near(found: list[Token]) -> Iterator[QueryError]:
    """Doubt words beside the one that NEAR binds: `big kettle NEAR/5 leak` asks for big anywhere."""
    for place, token in enumerate(found):
        if token.gap is None:
            continue
        before, after = found[max(0, place - 2) : place], found[place + 1 : place + 3]
        for pair in (before, after):
            if len(pair) == 2 and all(map(_is_plain, pair)):
                one, other = (each.value for each in pair)
                said = f'NEAR binds one word: `{one} {other}` goes in quotes, `"{one} {other}"`, if it is one'
                yield QueryError(said, pair[0].at)


def _is_plain(token: Token) -> bool:
    return token.kind == "term" and not token.quoted and not token.field


def _mixed(found: list[Token]) -> Iterator[QueryError]:
    """Doubt an OR beside an AND or a NOT in one bracket."""
    ors: list[Token | None] = [None]
    ands: list[bool] = [False]
    before = ""
    for token in found:
        if token.kind in (*_BEGINS, "NOT") and before in _ENDS:
            ands[-1] = True
        ands[-1] |= token.kind == "AND"
        if token.kind == "OR":
            ors[-1] = ors[-1] or token
        if token.kind in (")", ",", "end"):
            doubted, mixed = ors.pop(), ands.pop()
            if doubted is not None and mixed:
                yield QueryError("AND and NOT bind closer than OR: brackets say which is meant", doubted.at)
        if token.kind in ("(", "list", ","):
            ors.append(None)
            ands.append(False)
        before = "" if token.kind == "scope" else token.kind

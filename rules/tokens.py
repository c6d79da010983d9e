"""A query cut into tokens, and the mistakes that show while cutting."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from rules.fold import spaced
from rules.terms import Gap

FIELDS = ("title", "text", "author", "site", "lang", "source", "reach")
CASE = "case"
FURTHEST = 100
_CARET_WINDOW = 60
_LONGEST = 300
QUOTES = '"„”“«»'
# A # with a space behind it begins a remark; without one it is a hashtag.
_BLANK = re.compile(r"(?:\s|#(?=\s|$)[^\n]*)*")
_LIST = re.compile(r"(any|all|none|\d{1,4})\s+of\s*\(", re.IGNORECASE)
_WORD = re.compile(rf"[^\s(){QUOTES}]+")
_CLOSING = re.compile(f"[{QUOTES}]")
_FIELD = re.compile(r"([^\W\d_]+):")
_NEAR = re.compile(r"(O?)NEAR/(\d{1,9})")
_NEARLY = re.compile(r"(?:O?NEAR|WITHIN)(?:[/:~_-]?\d*|/\w*)|(?:W|N|PRE|ADJ)/\d+", re.IGNORECASE)
_SYMBOLS = {"&&": "AND", "&": "AND", "+": "AND", "||": "OR", "|": "OR", "!": "NOT", "-": "NOT"}


class QueryError(Exception):
    """A query that can't be understood: what is wrong, and `at` which character (from 0)."""

    def __init__(self, message: str, at: int) -> None:
        line = " ".join(message.split())
        self.message = line if len(line) <= _LONGEST else f"{line[:_LONGEST]} …"
        super().__init__(f"{self.message} (at character {at + 1})")
        self.at = at

    def pointed(self, text: str) -> str:
        """Return the line of the query around the mistake, and a caret under it."""
        first = max(text.rfind("\n", 0, self.at) + 1, self.at - _CARET_WINDOW)
        line = re.split(r"[\n\r]", text[first : self.at + _CARET_WINDOW], maxsplit=1)[0]
        line = re.sub(r"\s", " ", line)
        number = text.count("\n", 0, self.at)
        place = f" (in line {number + 1} of the query)" if number else ""
        return f"{line}\n{' ' * (self.at - first)}^ {self.message}{place}"


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is one of ( ) , AND OR NOT near list scope term end.

    A term has its `value` as written, its `field` and whether it is `cased`; so has a scope, which
    stands before a bracket. A list has the `least` of its parts that must hold, -1 for all, 0 for none.
    """

    kind: str
    at: int
    value: str = ""
    field: str = ""
    cased: bool = False
    quoted: bool = False
    inflected: bool = False
    gap: Gap | None = None
    least: int = 0
    value_at: int = 0


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a query, at last its end."""
    in_list: list[bool] = []
    at = _blank(text, 0)
    while at < len(text):
        token, at = _token(text, at, bool(in_list and in_list[-1]))
        if token.kind in ("(", "list"):
            in_list.append(token.kind == "list")
        elif token.kind == ")" and in_list:
            in_list.pop()
        yield token
        at = _blank(text, at)
    yield Token("end", len(text.rstrip()))


def _blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _token(text: str, at: int, in_list: bool) -> tuple[Token, int]:
    """Return the token that begins at `at`, and where the next may begin."""
    if text[at] in "()" or (text[at] == "," and in_list):
        return Token(text[at], at), at + 1
    if found := _LIST.match(text, at):
        least = {"any": 1, "all": -1, "none": 0}.get(found[1].lower())
        if least is None and not int(found[1]):
            raise QueryError("`0 of` asks for nothing: did you mean `none of (…)`?", at)
        return Token("list", at, least=int(found[1]) if least is None else least), found.end()
    word = _WORD.match(text, at)
    if word is None:
        return _phrase(text, at, Token("term", at))
    end = word.end()
    if in_list and "," in word[0]:
        end = at + word[0].index(",")
    elif word[0].endswith("~,") and _blank(text, end) < len(text):
        raise QueryError("a comma stands in a list: write OR for it, or `any of (a, b)`", end - 1)
    return _word(text, at, text[at:end])


def _word(text: str, at: int, word: str) -> tuple[Token, int]:
    if operator := _operator(word, at):
        return operator, at + len(word)
    token = _fields(word, at)
    end = at + len(word)
    if token.value_at == end:
        return _valued(text, end, token)
    value = word[token.value_at - at :]
    return Token("term", at, value.removesuffix("~"), token.field, token.cased, False, value.endswith("~"),
                 value_at=token.value_at), end  # fmt: skip


def _operator(word: str, at: int) -> Token | None:
    if word in ("AND", "OR", "NOT"):
        return Token(word, at)
    if found := _NEAR.fullmatch(word):
        if int(found[2]) > FURTHEST:
            raise QueryError(f"NEAR reaches over {FURTHEST} words at most, not {int(found[2])}", at)
        return Token("near", at, gap=Gap(int(found[2]), bool(found[1])))
    if word in _SYMBOLS:
        raise QueryError(f"write {_SYMBOLS[word]} for `{word}`", at)
    if _NEARLY.fullmatch(word) and word not in ("near", "onear", "within", "Near", "Within", "WITHIN"):
        name = "ONEAR" if word[0] in "oOpP" else "NEAR"
        number = re.sub(r"\D", "", word)
        if number:
            raise QueryError(f"write `{name}/{number}` for `{word}` (or put it in quotes to find it)", at)
        raise QueryError(f"`{name}` takes the number of words that may lie between, such as `{name}/5`", at)
    if word[0] in "-+!" and spaced(word[1:2]).strip():
        right = f"`AND {word[1:]}`, or just `{word[1:]}`" if word[0] == "+" else f"`NOT {word[1:]}`"
        what = "to ask for a word" if word[0] == "+" else "to leave a word out"
        raise QueryError(f"{what} write {right}", at)
    return None


def _fields(word: str, at: int) -> Token:
    """Return a token that holds the fields a word begins with, and where its value stands."""
    field, cased, place = "", False, 0
    while found := _FIELD.match(word, place):
        name = found[1].lower()
        if name == CASE and not cased:
            cased = True
        elif name in FIELDS and not field:
            field = name
        elif name in FIELDS or name == CASE:
            raise QueryError(f"one field is enough: `{found[1]}:` comes on top of another", at + place)
        elif place == 0 or field not in ("site", "author", "source"):
            raise QueryError(_no_field(found[1]), at + place)
        else:
            break
        place = found.end()
    return Token("term", at, field=field, cased=cased, value_at=at + place)


def _no_field(name: str) -> str:
    if _NEARLY.fullmatch(name):
        return "NEAR takes its number after a slash: `NEAR/5`"
    known = (*FIELDS, CASE)
    near = get_close_matches(name.lower(), known, 1)
    hint = f"did you mean `{near[0]}:`?" if near else f"known are {' '.join(f'{each}:' for each in known)}"
    return f"there is no field `{name}:`; {hint} (a text with a colon goes in quotes)"


def _valued(text: str, at: int, fields: Token) -> tuple[Token, int]:
    """Return the token whose fields end at `at`: a phrase, or what stands before a bracket."""
    if text[at : at + 1] == "(":
        return Token("scope", fields.at, field=fields.field, cased=fields.cased), at
    if at < len(text) and text[at] in QUOTES:
        return _phrase(text, at, fields)
    name = text[fields.at : at]
    if text[at : at + 1].isspace() and _blank(text, at) < len(text):
        raise QueryError(f"`{name}` and what it asks for go together, without a space", at)
    raise QueryError(f"after `{name}` a word is missing", at)


def _phrase(text: str, at: int, fields: Token) -> tuple[Token, int]:
    closing = _CLOSING.search(text, at + 1)
    if closing is None:
        raise QueryError("this quotation mark is never closed", at)
    end = closing.end()
    inflected = text[end : end + 1] == "~"
    if inflected and text[end + 1 : end + 2].isdigit():
        raise QueryError('`~` takes no number; for words near each other write `"a" NEAR/5 "b"`', end)
    value = text[at + 1 : closing.start()]
    return Token("term", fields.at, value, fields.field, fields.cased, True, inflected,
                 value_at=at), end + inflected  # fmt: skip

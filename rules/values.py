"""What may stand in a term: its words, or the value of a field."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from rules.fold import spaced
from rules.passage import tight
from rules.terms import WORDS, Term
from rules.tokens import QueryError, Token

_SHORTEST_OPEN = 2
_SHORTEST_INNER = 3
MOST_WORDS = 40
_REACH = re.compile(r"(>=|<=|=>|=<|>|<|=)?\s*([\d_.,]+)\s*([kKmM]?)")
_LARGEST = 10**12


def term(token: Token) -> Term:
    """Return the term for what was written between quotes, or as one word."""
    value, at = unicodedata.normalize("NFC", token.value), token.value_at or token.at
    if token.field in ("site", "lang", "source", "reach") or (
        token.field == "author" and value.startswith("@")
    ):
        return _fact(token, value, at)
    if token.cased and token.field not in WORDS:
        raise QueryError(f"`case:` is for words of title and text, not for `{token.field}:`", at)
    _refuse_strays(value, token, at)
    _look_at_words(value, token, at)
    return Term(value, token.field, token.inflected, cased=token.cased)


def _refuse_strays(value: str, token: Token, at: int) -> None:
    """Refuse what looks like a sign of the language and would be read as nothing."""
    if not token.quoted:
        if "~" in value or (token.inflected and not value):
            number = re.fullmatch(r".*~\d+", value)
            said = "takes no number" if number else "stands right behind a name, as in `name~`"
            raise QueryError(f"`~` {said}", at)
        if value[0] in "[{" or value[-1] in "]}":
            raise QueryError("brackets are round here: `( )`", at)
    if token.inflected and "*" in value:
        raise QueryError("`*` and `~` don't go together", at)


def _look_at_words(value: str, token: Token, at: int) -> None:
    starred = "*".join(spaced(part) for part in value.split("*")).split()
    if len(starred) > MOST_WORDS:
        raise QueryError(f"a phrase has at most {MOST_WORDS} words, not {len(starred)}", at)
    for word in starred:
        bare = word.strip("*")
        if not bare and token.quoted and len(starred) > 1:
            raise QueryError("for any words between two write `one ONEAR/3 other`: `*` needs letters", at)
        least = _SHORTEST_INNER if word[0] == word[-1] == "*" else _SHORTEST_OPEN if word != bare else 0
        if len(bare) < least or "*" in bare or not re.fullmatch(r"\*?[^*]*\*?", word):
            raise QueryError(
                f"`*` stands at the beginning or the end of a word, beside {max(least, 2)} letters or more",
                at,
            )
    if not starred:
        raise QueryError(f"`{value}` holds no letter or digit to look for", at)


def _fact(token: Token, value: str, at: int) -> Term:
    """Return the term for a field that is compared as a whole."""
    field = token.field
    starred = "*" in value and field != "source"
    if token.inflected or token.cased or starred:
        sign = "`case:`" if token.cased else "`*`" if starred else "`~`"
        others = "neither `*` nor `~`" if not token.cased else "no `case:`"
        raise QueryError(f"`{field}:` takes {others}" if sign else "", at)
    plain = value.strip().lower()
    match field:
        case "lang":
            return replace(_LANG, value=_language(plain, value, at))
        case "site":
            return Term(_host(plain, value, at), field)
        case "reach":
            return Term(_reach(plain, at), field)
        case "source":
            return Term(_source(value, at), field)
    handle = value[1:].strip().casefold()
    if not re.fullmatch(r"[^\s@]+(?:@[^\s@]+)?", handle):
        raise QueryError("after `author:@` a handle is missing, such as `author:@name`", at)
    return Term(f"@{handle}", field)


_LANG = Term("", "lang")


def _language(plain: str, value: str, at: int) -> str:
    if not re.fullmatch(r"[a-z]{2,3}", plain):
        hint = "; of several one writes `lang:(en OR pl)`" if "," in plain else ""
        raise QueryError(
            f"`lang:` takes a code of two or three letters such as en or pl, not `{value}`{hint}", at
        )
    return plain


def _host(plain: str, value: str, at: int) -> str:
    host = re.sub(r"^(?:https?://)?(?:www\.)?|/$|\.$", "", plain)
    if not re.fullmatch(r"[\w-]+(\.[\w-]+)*", host):
        raise QueryError(f"`site:` takes a host name such as example.org, not `{value}`", at)
    return host


def _reach(plain: str, at: int) -> str:
    """Return a sign and a whole number: `>10k` is `>10000`."""
    found = _REACH.fullmatch(plain)
    number = found and re.sub(r"[_,](?=\d{3})", "", found[2])
    if not found or not number or not re.fullmatch(r"\d+(\.\d+)?", number) or len(number) > 15:
        raise QueryError("`reach:` takes a number of people, such as `reach:>1000` or `reach:<=10k`", at)
    if not found[1]:
        raise QueryError(f"`reach:` needs a sign before its number: `reach:>{plain}`, or < >= <= =", at)
    people = float(number) * {"k": 1e3, "m": 1e6}.get(found[3].lower(), 1)
    if people > _LARGEST or people != int(people):
        raise QueryError("`reach:` takes a whole number of people, such as `reach:>1000`", at)
    return f"{ {'=>': '>=', '=<': '<='}.get(found[1], found[1]) }{int(people)}"


def _source(value: str, at: int) -> str:
    parts = value.strip().split("*")
    folded = [tight(spaced(part)) for part in parts]
    if not any(folded):
        raise QueryError("`source:` takes the name of a source, such as `source:news`", at)
    if len(parts) > 3 or (len(parts) == 2 and all(folded)) or (len(parts) == 3 and any(folded[::2])):
        raise QueryError("in `source:` a `*` stands at the beginning or the end of the name", at)
    return "*".join(folded)

"""A text as it is compared: its words in one spelling, each with what it is worth.

Numbers, names, days and turns (up or down, cleared or convicted) are what a text tells; the
rest is how it tells it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from listener.reading.stories import address
from listener.reading.stories.facts import DAYS, NEGATIONS, NUMBERS, TURNS
from rules.fold import spaced
from rules.stopwords import ENGLISH, POLISH

LONGEST, LONGEST_WORD = 3_000, 40
SHORT = 6
SMALL, PLAIN, CAPITAL, NAME, NUMBER, DAY, TURN, NOT = range(8)

# Words of whoever passes a text on, not of the text.
_CREDITS = frozenset(
    "source zrodlo fot foto photo picture autor author reporting editing update aktualizacja via"
    " pap afp".split()
)
_SMALL = (ENGLISH | POLISH | _CREDITS) - NEGATIONS
_TOKEN = re.compile(
    r"\d{1,3}(?:[ .,\u00a0\u202f']\d{3})+(?!\d)|\d+(?:[.,:]\d+)+"
    r"|[^\W_]+(?:['’][^\W\d_]+)?|[.!?…:;\"„”“»«>–—|()]"
)
_GROUPED = re.compile(r"\d{1,3}(?:[ .,\u00a0\u202f']\d{3})+")
_UNIT = re.compile(
    r"(\d+)(g|kg|km|kmh|cm|mm|m|ml|l|k|gb|tb|mb|bn|mln|mld|tys|pc|pct|p|zl|eur|usd|gbp|h|am|pm|min|st|nd|rd|th|s|x|mn|k)"
)
_BREAKS = frozenset('.!?…:;"„”“»«>–—|()')
_ENDS = frozenset(".!?…;>()")
_SCALES = {
    word: power
    for power, words in (
        (3, "k tys tysiac tysiace tysiecy thousand"),
        (6, "m mn mln million millions milion miliony milionow miliona"),
        (9, "bn mld billion billions miliard miliardy miliardow miliarda"),
    )
    for word in words.split()
}
_MARKERS = re.compile(
    r"^\s*(?:(?:(?:RT|MT|QT)\b|🔁|♻️)\s*(?:@\w+)?\s*:?|via @\w+:?"
    r"|(?:UPDATE(?:\s*\d+)?|AKTUALIZACJA|BREAKING|JUST IN|PILNE|WIDEO|VIDEO|ALERT|EXCLUSIVE)\b\s*[-–—:|!]*"
    r"|(?:Fwd?|PD)\s*:|\[[^\]]{2,24}\])\s*",
    re.I,
)
_SHARED = re.compile(r"^\s*(?:(?:RT|MT|QT)\b|🔁|♻️)|\bvia @\w+|^\s*(?:Fwd?|PD)\s*:|\(za [\w.]+\)", re.I)
_TAIL = re.compile(
    r"(?:\s*(?:…|\.\.\.|\[[^\]]{2,24}\]|\((?:via|za|fot|foto|źródło|source|PAP|Reuters|AP|AFP)[^)]{0,40}\)"
    r"|\bvia @\w+|\b(?:read more|czytaj (?:dalej|więcej)|more to follow|continue reading)\W*))+\s*$",
    re.I,
)
_PUBLISHER = re.compile(r"\s+[-–—|:•·»]\s+(?=[^-–—|:•·»]{2,40}$)")
_FIGURE = re.compile(r"(?<![^\W\d])\d")
_THREAD = re.compile(r"^\s*(?:re|odp|aw|sv)\s*(?:\[\d+\])?\s*:", re.I)


@dataclass(frozen=True, slots=True)
class Word:
    """One word: its one spelling, what kind of thing it tells, and the number of its sentence."""

    key: str
    kind: int
    sentence: int = 0


Words = tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Telling:
    """A mention as it is compared.

    `title` is empty where it has none, or only the start of the text; `bare` is a mention of
    nothing but a title, which then stands in `body`. `shared` says that it was passed on,
    `thread` that it answers somebody.
    """

    title: Words
    body: Words
    spoken: str
    page: str
    links: tuple[str, ...]
    author: str
    shared: bool
    thread: bool
    bare: bool

    @property
    def words(self) -> Words:
        return self.title + self.body


@lru_cache(maxsize=256)
def telling(title: str, text: str, url: str, author: str) -> Telling:
    """Take a mention apart; the last few are remembered, since copies come in bursts."""
    title, text = title[:LONGEST], text[:LONGEST]
    body = words(_bare(text))
    head = words(_headline(_bare(title)))
    if not body:
        head, body = (), head
    elif _begins(body, head):
        head = ()
    return Telling(
        title=head,
        body=body,
        spoken=spaced(address.without_links(text or title)).strip(),
        page=address.canonical(url),
        links=address.links(f"{title} {text}"),
        author=author.strip().casefold(),
        shared=bool(_SHARED.search(text or title)),
        thread=bool(_THREAD.match(title)),
        bare=not text,
    )


def _bare(text: str) -> str:
    """Return a text without its links and without what only says that it is passed on or cut."""
    text = address.without_links(text)
    for _ in range(3):
        shorter = _MARKERS.sub("", text, count=1)
        if shorter == text:
            break
        text = shorter
    return _TAIL.sub("", _uncut(text))


def _uncut(text: str) -> str:
    """Return a text that ends in an ellipsis without it and the part of a word before it."""
    text = text.rstrip()
    if not text.endswith(("…", "...")):
        return text
    whole = text.rstrip("….")
    return whole.rpartition(" ")[0] or whole


def _headline(title: str) -> str:
    """Return a headline without the publisher that stands behind it."""
    cut = _PUBLISHER.search(title)
    if cut and len(title[: cut.start()].split()) >= 5 and not _FIGURE.search(title, cut.end()):
        return title[: cut.start()]
    return title


def _begins(body: Words, head: Words) -> bool:
    return bool(head) and [w.key for w in body[: len(head)]] == [w.key for w in head]


def words(text: str) -> Words:
    """Return the words of a text; a capital tells a name only where not every word has one."""
    tokens = _TOKEN.findall(text)
    found: list[Word] = []
    spoken = [token for token in tokens if token[0].isalpha() and len(token) > 3]
    shouted = sum(token[0].isupper() for token in spoken) > 0.6 * len(spoken)
    begins, sentence = True, 0
    for token in tokens:
        if token in _BREAKS:
            begins = True
            sentence += token in _ENDS
            continue
        _add(found, _word(token, begins, shouted, sentence))
        begins = False
    return tuple(found)


def _add(found: list[Word], word: Word | None) -> None:
    """Add a word; one that says how large the number before it is becomes part of that."""
    if word is None:
        return
    scale = _SCALES.get(word.key)
    if scale and found and found[-1].kind == NUMBER and found[-1].key.replace(".", "").isdigit():
        found[-1] = Word(_scaled(found[-1].key, scale), NUMBER, word.sentence)
    else:
        found.append(word)


def _scaled(number: str, scale: int) -> str:
    try:
        return format((Decimal(number) * 10**scale).normalize(), "f")
    except ArithmeticError:
        return number


def _word(token: str, begins: bool, shouted: bool, sentence: int) -> Word | None:
    if token[0].isdigit():
        return Word(_number(token), NUMBER, sentence)
    key = spaced(token.replace("’", "").replace("'", "")).replace(" ", "")[:LONGEST_WORD]
    if not key:
        return None
    key, kind = _kind(key, token[0].isupper(), begins)
    return Word(key, PLAIN if shouted and kind == NAME else kind, sentence)


def _kind(key: str, is_capital: bool, begins: bool) -> tuple[str, int]:
    """Return what a word counts as, and what kind of thing it is."""
    if any(letter.isdigit() for letter in key):
        return key, NUMBER
    if key in NUMBERS:
        return NUMBERS[key], NUMBER
    # Polish writes them small; English "may" and "march" are months only with a capital.
    if key in DAYS and (key not in ("may", "march") or is_capital):
        return DAYS[key], DAY
    if key in NEGATIONS:
        return "not", NOT
    if key in TURNS:
        return key, TURN
    if key in _SMALL or len(key) < 2:
        return key, SMALL
    if is_capital:
        return key, CAPITAL if begins else NAME
    return key, PLAIN


def _number(token: str) -> str:
    """Return one spelling of a number: 40,000 and 40 000, 4.60 and 4,6, 900g and 900."""
    if _GROUPED.fullmatch(token):
        return re.sub(r"\D", "", token)
    if ":" in token:
        return token
    token = token.replace(",", ".").lower()
    if unit := _UNIT.fullmatch(token):
        scale = _SCALES.get(unit[2])
        return _scaled(unit[1], scale) if scale else unit[1]
    if token.count(".") == 1 and token.replace(".", "").isdigit():
        return token.rstrip("0").rstrip(".")
    return token

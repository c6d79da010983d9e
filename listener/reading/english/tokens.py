"""English words as they are written in posts: each token of a text once, as the units it stands for.

What is between white space may be several words ("late/cancelled", "#NeverAgain", "great👍👍"), or a
word spelled in a way that no lexicon lists ("sooo", "dont", "can’t"). It is looked into once, and
remembered: most tokens of a post were met before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from listener.reading.english.overlay import CHANGES, SHORTEST_STEM, Follow, Overlay, Phrase
from listener.reading.ratings import rating

RAISED = 0.293
_LONGEST_KEPT, _MOST_KEPT = 30, 20_000
_LONGEST_TOKEN, _LONGEST_TAG = 200, 40
_EDGES = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~“”„«»…–—‘¡¿•·"
_STOPS = frozenset(".,;:!?)…–—")
_PICTURE = re.compile(
    "(?:[\U0001f1e6-\U0001f1ff]{2}|[#*0-9]\ufe0f?\u20e3|"
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
    "[\ufe0f\U0001f3fb-\U0001f3ff]*(?:\u200d[\u2190-\u2bff\U0001f000-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]*)*)"
)
_WORDS = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_HUMPS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_LONG = re.compile(r"(.)\1{2,}")
_ADDRESS = re.compile(r"(?:https?://|www\.)", re.IGNORECASE)
_VARIANTS = re.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")
_NUMBER_WORDS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty "
    "hundred thousand several few couple half".split()
)
_TURNS = frozenset(("but",))
_WITHOUT = (
    "aint arent cant couldnt didnt doesnt dont hadnt hasnt havent isnt mustnt neednt shouldnt wasnt werent "
    "wont wouldnt"
)
_UNDONE = {word: f"{word[:-1]}'t" for word in _WITHOUT.split()} | {
    "im": "i'm", "ive": "i've", "youre": "you're", "theyre": "they're", "thats": "that's", "whats": "what's",
    "cannot": "can't", "can not": "can't", "u": "you", "ur": "your", "r": "are", "pls": "please",
    "plz": "please", "thx": "thanks", "thnx": "thanks", "tnx": "thanks", "b4": "before", "gr8": "great",
    "luv": "love", "w/": "with", "w/o": "without", "wtih": "with", "ppl": "people", "bc": "because",
}  # fmt: skip
_SMALL = (
    "a i to the is it in of on for my me we us our you your he she they them and or but not no so do does "
    "did am are was were be been at by with as an if its it's this that what when where why how who all out "
    "up off over down back get got go going gone make made day days life time week year world home work "
    "music game team love like again ever never always more than too very just only still now news "
    "airline airlines airport flight customer service air bank phone food store company people"
)


NO_FOLLOW: Follow = {}


@dataclass(slots=True, eq=False)
class Unit:
    """One word, sign or name: how it is written, what it is looked up by, and what it says by itself."""

    shown: str
    lower: str
    valence: float = 0.0
    marks: tuple[str, ...] = ()
    phrases: tuple[Phrase, ...] = ()  # that are looked for here
    follow: Follow = field(default_factory=lambda: NO_FOLLOW)  # and with the word after it
    speaks: bool = False  # a valence, marks, a phrase or a change: worth a look
    changes: bool = False  # negates, boosts or turns
    is_stop: bool = False  # a stop follows it
    is_shouted: bool = False
    is_number: bool = False
    boost: float = 0.0
    negates: bool = False
    turns: bool = False


# One for all the words that say nothing: most of a text, and nobody asks for them again.
_SILENT: tuple[Unit, ...] = (Unit("", ""),)
_STOPPED: tuple[Unit, ...] = (Unit("", "", is_stop=True),)


class Units(dict[str, tuple[Unit, ...]]):
    """The units of a token, remembered."""

    def __init__(
        self,
        lexicon: Mapping[str, float],
        emojis: Mapping[str, str],
        boosters: Mapping[str, float],
        negations: frozenset[str],
        overlay: Overlay,
    ) -> None:
        self._lexicon, self._boosters, self._negations = lexicon, boosters, negations
        self._overlay, self._pairs = overlay, overlay.pairs
        self._emojis = {_VARIANTS.sub("", sign): name for sign, name in emojis.items()}
        self._known = (
            frozenset([*lexicon, *boosters, *_SMALL.split(), *_UNDONE]) | negations | _NUMBER_WORDS
        ) | overlay.known
        self._found: dict[str, Unit] = {}
        # One for all addresses, and for all names, as they are written once.
        self._link: tuple[Unit, ...] = (Unit("", "", marks=("link",), follow=self._follow(""), speaks=True),)
        self._named: tuple[Unit, ...] = (Unit("", "@", follow=self._follow("@")),)
        self._named_last: tuple[Unit, ...] = (Unit("", "@", follow=self._follow("@"), is_stop=True),)
        self._heads = overlay.sizes.keys()

    def __missing__(self, token: str) -> tuple[Unit, ...]:
        if token.isalpha():
            units = self._plain(token, False)
        elif token[:-1].isalpha() and token[-1] in _STOPS:
            units = self._plain(token[:-1], True)
        elif token[:4] in ("http", "www.") and _ADDRESS.match(token):
            return self._link  # hardly ever met again
        elif token[0] == "@" or token[:2] in (".@", "(@", '"@'):
            units = self._named_last if token[:_LONGEST_TOKEN][-1] in ",;!?" else self._named
        else:
            units = tuple(self._units(token[:_LONGEST_TOKEN]))
        if len(token) <= _LONGEST_KEPT:
            if len(self) >= _MOST_KEPT:
                self.clear()
            self[token] = units
        return units

    def shown(self, token: str) -> list[str]:
        """Return how the units of a token are written."""
        units = self[token]
        if units is self._link or units is self._named or units is self._named_last:
            return [token[:_LONGEST_TOKEN]]
        is_silent = units is _SILENT or units is _STOPPED
        return [token.strip(_EDGES)] if is_silent else [unit.shown for unit in units]

    def _plain(self, shown: str, is_stop: bool) -> tuple[Unit, ...]:
        """Return a word of letters; most that were not met before say nothing, and that is soon known."""
        lower = shown.lower()
        if (
            lower in self._known
            or lower[:SHORTEST_STEM] in self._heads
            or _LONG.search(lower)
            or (len(shown) > 1 and shown.isupper())
        ):
            unit = self._unit(shown[:_LONGEST_TOKEN], self._spelled(lower[:_LONGEST_TOKEN]), is_stop)
            return (unit,)
        return _STOPPED if is_stop else _SILENT

    def _units(self, token: str) -> Iterator[Unit]:
        lower = token.lower()
        if lower in self._overlay.words or (not token.isalpha() and lower in self._lexicon):
            yield self._unit(token, lower, False)
            return
        bare = token if token.isalnum() else token.strip(_EDGES)
        is_stop = token[-1] in _STOPS
        if token[0] == "#" and len(bare) > 1:
            yield from self._tag(bare, is_stop)
            return
        if "/" in bare and token[0] != "(" and (weight := rating(bare)) is not None:
            yield replace(self._unit(bare, bare, is_stop), valence=weight, speaks=True)
            return
        if bare.isalpha() and bare.isascii():
            yield self._unit(bare, self._spelled(bare.lower().replace("’", "'")), is_stop)
            return
        yield from self._pieces(token, bare, is_stop)

    def _pieces(self, token: str, bare: str, is_stop: bool) -> Iterator[Unit]:
        """Yield what is left when pictures and inner punctuation part a token."""
        plain = bare.replace("’", "'")
        if plain and (_WORDS.fullmatch(plain) or plain.lower() in self._known):
            yield self._unit(plain, self._spelled(plain.lower()), is_stop)
            return
        at = 0
        for picture in _PICTURE.finditer(token) if not token.isascii() else ():
            yield from self._worded(token[at : picture.start()])
            yield self._picture(picture[0])
            at = picture.end()
        yield from self._worded(token[at:], is_stop)

    def _worded(self, text: str, is_stop: bool = False) -> Iterator[Unit]:
        found = list(_WORDS.finditer(text))
        for number, word in enumerate(found, 1):
            after = text[word.end() : word.end() + 1] in _STOPS and text[word.end() : word.end() + 1] != ""
            shown = word[0].replace("’", "'")
            yield self._unit(shown, self._spelled(shown.lower()), after or (is_stop and number == len(found)))

    def _tag(self, bare: str, is_stop: bool) -> Iterator[Unit]:
        """Yield the words of a hashtag, if all of them are known."""
        entry = self._overlay.words.get("#" + bare.lower())
        if entry is not None:
            yield self._unit("#" + bare, "#" + bare.lower(), is_stop)
            return
        humps = [hump.lower() for hump in _HUMPS.findall(bare)] if not bare.islower() else []
        parts = humps if len(humps) > 1 else self._parted(bare.lower()) or [bare.lower()]
        for part in parts:
            yield self._unit("#" + part, self._spelled(part), True)

    def _parted(self, tag: str) -> list[str]:
        """Return the fewest known words that a tag is made of; none where a letter is left over."""
        if tag in self._known or not 6 <= len(tag) <= _LONGEST_TAG:
            return [tag]
        best: list[list[str] | None] = [[]] + [None] * len(tag)
        for end in range(1, len(tag) + 1):
            for begin in range(max(0, end - 14), end):
                before = best[begin]
                if before is None or tag[begin:end] not in self._known:
                    continue
                held = best[end]
                if held is None or len(before) + 1 < len(held):
                    best[end] = [*before, tag[begin:end]]
        return best[-1] or []

    def _picture(self, sign: str) -> Unit:
        """Return an emoji; where no line has it, it weighs what VADER's name for it does."""
        plain = _VARIANTS.sub("", sign)
        for each in (sign, plain, plain[:1]):
            if each in self._overlay.words:
                return self._unit(sign, each, False)
        name = self._emojis.get(plain) or self._emojis.get(plain[:1], "")
        valence = sum(self._lexicon.get(word, 0.0) for word in name.split())
        return Unit(sign, sign, valence=valence, follow=self._follow(sign), speaks=bool(valence))

    def _spelled(self, lower: str) -> str:
        """Return a word as lexica spell it."""
        if lower in _UNDONE:
            return _UNDONE[lower]
        if lower in self._known or not _LONG.search(lower):
            return lower
        for kept in (r"\1\1", r"\1"):
            if (short := _LONG.sub(kept, lower)) in self._known or short in _UNDONE:
                return short
        return _LONG.sub(r"\1\1", lower)

    def _unit(self, shown: str, lower: str, is_stop: bool) -> Unit:
        """Return a word that may say something: what it says depends on its small letters, as a rule."""
        found = self._found.get(lower)
        if found is None:
            if len(self._found) >= _MOST_KEPT:
                self._found.clear()
            found = self._found[lower] = self._looked_up(lower)
        shouted = len(shown) > 1 and shown.isupper()
        marks, valence = found.marks, found.valence
        if shouted and len(shown) > 2 and shown.isalpha():
            marks = (*marks, "shouted")
        if shown[0] == "#":
            marks = (*marks, "tags")
        if valence and len(shown) > len(lower) and _LONG.search(shown):
            valence += RAISED if valence > 0 else -RAISED
        return Unit(
            shown, lower, valence, marks, found.phrases, found.follow, found.speaks or bool(marks),
            found.changes, is_stop, shouted, found.is_number, found.boost, found.negates, found.turns,
        )  # fmt: skip

    def _follow(self, lower: str) -> Follow:
        return self._pairs.get(lower, NO_FOLLOW)

    def _looked_up(self, lower: str) -> Unit:
        """Return what a word says that is written in small letters."""
        is_number = lower[:1].isdigit() or lower in _NUMBER_WORDS or lower[:1] in "$£€"
        entry = self._overlay.entry(lower)
        marks = entry.marks if entry else ()
        boost = self._boosters.get(lower, 0.0)
        boost = RAISED if "raises" in marks else -RAISED if "lowers" in marks else boost
        valence = entry.valence if entry and entry.valence is not None else self._lexicon.get(lower, 0.0)
        negates = "negates" in marks or lower in self._negations or lower.endswith("n't")
        if boost and (entry is None or not entry.valence):
            valence = 0.0
        phrases = self._overlay.gapped.get(lower, ())
        turns = lower in _TURNS or "turns" in marks
        told = tuple(_told(lower, marks, negates))
        changes = bool(boost) or negates or turns
        return Unit(
            lower,
            lower,
            valence,
            told,
            phrases,
            self._follow(lower),
            speaks=bool(valence or told or phrases or changes),
            changes=changes,
            is_number=is_number,
            boost=boost,
            negates=negates,
            turns=turns,
        )


def _told(lower: str, marks: tuple[str, ...], negates: bool) -> Iterator[str]:
    """Yield the cues that a word tells."""
    yield from (mark for mark in marks if mark not in CHANGES)
    if negates:
        yield "denies"

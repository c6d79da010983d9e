"""English sentiment: VADER's words and its rules, with the overlay's words, phrases and cues.

VADER itself is left as it is (listener/reading/vader.py). Here its lexicon, boosters and negations are
used again, on words that are spelled right first; where the overlay has a line for a word or a phrase,
that counts. Praise beside something that fails is taken for scorn.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

from vaderSentiment import vaderSentiment as original

from listener.reading.overlay import Phrase, overlay
from listener.reading.tokens import Unit, Units
from listener.reading.weighed import Felt, Weighed, emphasis

# What the overlay tells beside valences: the marks of english.tsv, and what no word says.
MARKS = (
    "asks", "seeks", "wants", "waits", "fails", "complains", "quits", "danger", "irony",
    "thanks", "wishes", "hopes", "laughs", "swears", "urges", "reports",
)  # fmt: skip
STRUCTURE = (
    "addressed", "question", "exclaims", "trails", "link", "quoted", "tags", "headline", "oneself", "you",
    "denies", "shouted", "long",
)  # fmt: skip
CUES = (*MARKS, *STRUCTURE)
_CAPS = 0.733
_NEGATED_PRAISE, _NEGATED_BLAME = -0.74, -0.5
_BEFORE_BUT, _AFTER_BUT = 0.5, 1.5
_DISTANCE = (1.0, 0.95, 0.9)  # what a booster keeps one, two and three words before
_BACK = 3
_LONG_WORDS = 20
_ONESELF = frozenset("i i'm i've i'd i'll my me mine myself we we're we've our us".split())
_YOU = frozenset("you your you're you've you'll yours yourself yourselves y'all".split())
_TURNS = frozenset(("but",))
_TOLD = frozenset(MARKS)
# Said at the beginning, beside something that fails, these are scorn.
_SCORNED = frozenset(
    "great awesome wonderful fantastic perfect brilliant lovely nice excellent amazing super fabulous "
    "terrific classy outstanding good congrats congratulations bravo kudos cool yay love thanks thank thx "
    "cheers impressive stellar superb best glad happy".split()
)


class English:
    """Reads with VADER's lexicon and the overlay; safe to share between threads."""

    def __init__(self) -> None:
        analyzer = original.SentimentIntensityAnalyzer()
        boosters = {word: boost for word, boost in original.BOOSTER_DICT.items() if " " not in word}
        negations = frozenset(original.NEGATE) | {"no"}
        self._units = Units(analyzer.lexicon, analyzer.emojis, boosters, negations, overlay())

    def weigh(self, text: str) -> Weighed:
        """Return each word of a sentence with its valence, and the cues with the words they rest on."""
        units, valences, cues = self._read(text)
        shown = [unit.shown for unit in units]
        told = {cue: words for cue in CUES if (words := cues.get(cue))}
        return Weighed(shown, valences, emphasis(text), told)

    def feel(self, text: str) -> Felt | None:
        """Return what `weigh` does, of the words that weigh something; None where nothing speaks."""
        units, valences, cues = self._read(text)
        felt = [valence for valence in valences if valence]
        told = {cue: float(len(words)) for cue, words in cues.items()}
        told["long"] = len(units) / _LONG_WORDS
        return Felt(felt, emphasis(text), told)

    def _read(self, text: str) -> tuple[list[Unit], list[float], dict[str, list[str]]]:
        """Return the units of a sentence, what each weighs, and the words each cue rests on."""
        if "&" in text:
            text = html.unescape(text)
        known = self._units
        units = [unit for token in text.split() for unit in known[token]]
        valences = [unit.valence for unit in units]
        cues: dict[str, list[str]] = {}
        active = [at for at, unit in enumerate(units) if unit.speaks]
        if active:
            spent = _phrases(units, active, valences, cues)
            _mark(units, active, spent, cues, "?" in text)
            _change(units, active, spent, valences)
            _turn(units, valences)
            _scorn(units, valences, cues)
        _structure(text, units, cues)
        return units, valences, cues


def _phrases(
    units: list[Unit], active: Sequence[int], valences: list[float], cues: dict[str, list[str]]
) -> set[int]:
    """Give each phrase that is there its valence and marks; return the places that are spent on them."""
    spent: set[int] = set()
    for at in active:
        if not units[at].starts or at in spent:
            continue
        for phrase in units[at].starts:
            end = at + 1 + len(phrase.rest)
            if end > len(units) or not _fits(phrase, units, at):
                continue
            shown = " ".join(unit.shown for unit in units[at:end])
            valence, marks = phrase.entry
            for mark in marks:
                if mark in _TOLD:
                    cues.setdefault(mark, []).append(shown)
            if valence is not None:
                valences[at:end] = [valence] + [0.0] * (end - at - 1)
                units[at] = units[at]._replace(shown=shown, negates=False, boost=0.0, marks=marks)
                spent.update(range(at, end))
                break
    return spent


def _fits(phrase: Phrase, units: Sequence[Unit], at: int) -> bool:
    for slot, unit in zip(phrase.rest, units[at + 1 :], strict=False):
        word = unit.lower
        if word in slot.words or slot.is_any or (slot.is_number and unit.is_number):
            continue
        if not (slot.begins and word.startswith(slot.begins)):
            return False
    return True


def _mark(
    units: Sequence[Unit], active: Sequence[int], spent: set[int], cues: dict[str, list[str]], asked: bool
) -> None:
    """Note the cues that single words tell."""
    for at in active:
        if at in spent:
            continue
        unit = units[at]
        for mark in unit.marks:
            cues.setdefault(mark, []).append(unit.shown)
        if unit.negates:
            cues.setdefault("denies", []).append(unit.shown)
    if not asked:
        cues.pop("asks", None)


def _change(units: Sequence[Unit], active: Sequence[int], spent: set[int], valences: list[float]) -> None:
    """Apply capitals, boosters and negations to the words that have a valence, in place."""
    shouted = sum(unit.is_shouted for unit in units)
    has_caps = 0 < shouted < len(units)
    for at in active:
        valence = valences[at]
        if not valence:
            continue
        unit = units[at]
        # "no" weighs something by itself only where it says all there is to say.
        if unit.negates and at not in spent:
            valences[at] = valence if len(units) < 3 or unit.is_stop else 0.0
            continue
        if has_caps and unit.is_shouted:
            valence += _CAPS if valence > 0 else -_CAPS
        negated = False
        for back in range(1, min(_BACK, at) + 1):
            before = units[at - back]
            if before.is_stop:
                break
            if not before.speaks or at - back in spent:
                continue
            if before.boost:
                boost = before.boost * _DISTANCE[back - 1]
                valence += boost if valence > 0 else -boost
            if before.negates:
                negated = True
        if negated:
            valence *= _NEGATED_PRAISE if valence > 0 else _NEGATED_BLAME
        valences[at] = valence


def _turn(units: Sequence[Unit], valences: list[float]) -> None:
    """Halve what stands before the last "but" and strengthen what stands after it, in place."""
    turn = max((at for at, unit in enumerate(units) if unit.lower in _TURNS), default=0)
    if turn and any(valences[:turn]):
        for at, valence in enumerate(valences):
            if valence:
                valences[at] = valence * (_BEFORE_BUT if at < turn else _AFTER_BUT)


def _scorn(units: Sequence[Unit], valences: list[float], cues: dict[str, list[str]]) -> None:
    """Turn praise that stands at the beginning of a sentence in which something fails."""
    if "fails" not in cues:
        return
    for at, unit in enumerate(units[:4]):
        if valences[at] > 0 and unit.lower in _SCORNED:
            valences[at] = -valences[at] / 2
            cues.setdefault("irony", []).append(unit.shown)


def _structure(text: str, units: Sequence[Unit], cues: dict[str, list[str]]) -> None:
    """Note what no word says: to whom it speaks, and in which manner."""
    if units and units[0].lower == "@":
        cues["addressed"] = [units[0].shown]
    if "?" in text:
        cues["question"] = ["?"]
    if "!" in text:
        cues["exclaims"] = ["!"] * min(text.count("!"), 3)
    if "..." in text or "…" in text:
        cues["trails"] = ["..."]
    if '"' in text or "“" in text:
        cues["quoted"] = ['"']
    tags = [unit.shown for unit in units if unit.shown[:1] == "#"]
    if tags:
        cues["tags"] = tags
    words = [unit.lower for unit in units]
    if found := [word for word in words if word in _ONESELF]:
        cues["oneself"] = found
    if found := [word for word in words if word in _YOU]:
        cues["you"] = found
    capital = sum(unit.shown[:1].isupper() for unit in units)
    if len(units) > 4 and capital > 0.6 * len(units) and "oneself" not in cues:
        cues["headline"] = ["Title Case"]
    if found := [unit.shown for unit in units if unit.is_shouted and len(unit.shown) > 2]:
        cues["shouted"] = found

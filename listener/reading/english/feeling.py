"""English sentiment: VADER's words and its rules, with the overlay's words, phrases and cues.

VADER itself is left as it is (`listener.reading.english.vader`). Here its lexicon, boosters and negations
are used again, on words that are spelled right first; where the overlay has a line for a word or a phrase,
that counts. Praise beside something that fails is taken for scorn.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from itertools import chain
from operator import itemgetter

from vaderSentiment import vaderSentiment as original

from listener.reading.english.overlay import Phrase, Rest, overlay
from listener.reading.english.tokens import NO_FOLLOW, Unit, Units
from listener.reading.weighed import Felt, Weighed, emphasis

# What the overlay tells beside valences: the marks of words.tsv, and what no word says.
MARKS = (
    "asks", "seeks", "wants", "waits", "fails", "complains", "quits", "danger", "irony",
    "thanks", "wishes", "hopes", "laughs", "swears", "urges", "reports",
)  # fmt: skip
STRUCTURE = (
    "addressed", "question", "exclaims", "trails", "link", "quoted", "tags", "denies", "shouted", "long",
)  # fmt: skip
CUES = (*MARKS, *STRUCTURE)
_CAPS = 0.733
_NEGATED_PRAISE, _NEGATED_BLAME = -0.74, -0.5
_BEFORE_BUT, _AFTER_BUT = 0.5, 1.5
_DISTANCE = (1.0, 0.95, 0.9)  # what a booster keeps one, two and three words before
_BACK = 3
_BREAKS = frozenset("and but because so then if when while which who".split())
_MOST_EXCLAIMED = 3
_FIRST_AND_LONGEST = itemgetter(0, 1)
_LONG_WORDS = 20
# What is not said where it is denied.
_DENIABLE = frozenset(("fails", "danger"))
_NEAR = 4
_DWELLS = frozenset(("how", "when"))
_WORKS = frozenset("job work way going start service".split())
_THANKED = frozenset("thanks thank thx cheers kudos congrats congratulations props bravo".split())
# Exclaimed before something that fails, these are scorn.
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
        ours = overlay()
        self._units = Units(analyzer.lexicon, analyzer.emojis, boosters, negations, ours)

    def weigh(self, text: str) -> Weighed:
        """Return each word of a sentence with its valence, and the cues with the words they rest on."""
        units, found = self._read(text)
        valences = [found.valences.get(at, 0.0) for at in range(len(units))]
        text = html.unescape(text) if "&" in text else text
        shown = [written for token in text.split() for written in self._units.shown(token)]
        cues: dict[str, list[str]] = {"long": []} if len(units) >= _LONG_WORDS else {}
        for cue, begin, end in found.told:
            cues.setdefault(cue, []).append(" ".join(shown[begin:end]) if end else "")
        for begin, end in found.phrases:
            shown[begin:end] = [" ".join(shown[begin:end])] + [""] * (end - begin - 1)
        return Weighed(shown, valences, emphasis(text), {cue: cues[cue] for cue in CUES if cue in cues})

    def feel(self, text: str) -> Felt:
        """Return what `weigh` does, of the words that weigh something, and how often each cue is met."""
        units, found = self._read(text)
        cues = {"long": len(units) / _LONG_WORDS}
        for cue, _, _ in found.told:
            cues[cue] = cues.get(cue, 0.0) + 1.0
        stress = emphasis(text) if "!" in text or "?" in text else 0.0
        return Felt([each for each in found.valences.values() if each], stress, cues)

    def _read(self, text: str) -> tuple[Sequence[Unit], _Found]:
        """Return the units of a sentence, and what was found in them."""
        if "&" in text:
            text = html.unescape(text)
        units = list(chain.from_iterable(map(self._units.__getitem__, text.split())))
        found = _Found()
        likely: list[tuple[int, Phrase]] = []
        places = _places(units, likely)
        if likely:
            _phrases(units, likely, found)
        if places:
            _words(units, places, found)
        _structure(text, units, found.told)
        return units, found


class _Found:
    """What is found in a sentence: valences by their place, and each cue with the places it rests on.

    `phrases` have a valence of their own, and `spent` holds all their places.
    """

    __slots__ = ("failing", "phrases", "spent", "told", "valences")

    def __init__(self) -> None:
        self.valences: dict[int, float] = {}
        self.told: list[tuple[str, int, int]] = []
        self.phrases: list[tuple[int, int]] = []
        self.spent: set[int] = set()
        self.failing: list[int] = []


def _places(units: Sequence[Unit], likely: list[tuple[int, Phrase]]) -> list[int]:
    """Return the places of the words that speak, and note the phrases that may stand in a sentence."""
    places: list[int] = []
    follow = NO_FOLLOW
    for at, unit in enumerate(units):
        if unit.lower in follow:
            likely += [(at - 1, phrase) for phrase in follow[unit.lower]]
        follow = unit.follow
        if unit.speaks:
            places.append(at)
    for at in places:
        if units[at].phrases:
            likely += [(at, phrase) for phrase in units[at].phrases]
    return places


def _phrases(units: Sequence[Unit], likely: Sequence[tuple[int, Phrase]], found: _Found) -> None:
    """Note the phrases that stand in a sentence: from left to right, the longest first.

    One without a valence leaves its words to others.
    """
    fitting = []
    for at, (size, anchor, rest, entry) in likely:
        begin = at - anchor
        if begin >= 0 and begin + size <= len(units) and (not rest or _fits(rest, begin, units)):
            fitting.append((begin, -size, entry))
    if len(fitting) > 1:
        fitting.sort(key=_FIRST_AND_LONGEST)
    done = 0
    for begin, size, (valence, marks) in fitting:
        if begin < done:
            continue
        end = begin - size
        for mark in marks:
            found.told.append((mark, begin, end))
            if mark == "fails":
                found.failing.append(begin)
        if valence is not None:
            found.valences[begin] = valence
            found.phrases.append((begin, end))
            found.spent.update(range(begin, end))
            done = end


def _words(units: Sequence[Unit], places: Sequence[int], found: _Found) -> None:
    """Note the words that no phrase has taken, and how they change each other."""
    changed = False
    spent, told, valences = found.spent, found.told, found.valences
    for at in places:
        if at in spent:
            continue
        unit = units[at]
        for mark in unit.marks:
            if mark in _DENIABLE:
                if at and _denied(units, at):
                    continue
                if mark == "fails":
                    found.failing.append(at)
            told.append((mark, at, at + 1))
        if unit.valence:
            valences[at] = unit.valence
            changed = changed or unit.is_shouted
        changed = changed or unit.changes
    if valences:
        if changed:
            _change(units, places, found)
        if found.failing:
            _scorn(units, found)


def _fits(rest: Rest, begin: int, units: Sequence[Unit]) -> bool:
    """Tell whether the rest of a phrase stands where it should."""
    for ahead, (words, begins, _, is_number) in rest:
        unit = units[begin + ahead]
        word = unit.lower
        if word in words or (is_number and unit.is_number):
            continue
        if not (begins and word.startswith(begins)):
            return False
    return True


def _change(units: Sequence[Unit], places: Sequence[int], found: _Found) -> None:
    """Apply capitals, boosters, negations and "but" to the words that have a valence, in place."""
    has_caps = not all(unit.is_shouted for unit in units)
    for at, valence in found.valences.items():
        unit = units[at]
        if unit.negates and at not in found.spent:
            # "no" weighs something by itself only where it says all there is to say.
            found.valences[at] = valence if len(units) < 3 or unit.is_stop else 0.0
            continue
        if has_caps and unit.is_shouted:
            valence += _CAPS if valence > 0 else -_CAPS
        found.valences[at] = _after(units, at, valence, found.spent)
    turn = max((at for at in places if units[at].turns), default=0)
    if turn and any(at < turn for at in found.valences):
        for at, valence in found.valences.items():
            found.valences[at] = valence * (_BEFORE_BUT if at < turn else _AFTER_BUT)


def _after(units: Sequence[Unit], at: int, valence: float, spent: set[int]) -> float:
    """Return the valence of a word as the words before it, up to a stop, change it."""
    negated = False
    for back in range(1, min(_BACK, at) + 1):
        before = units[at - back]
        if before.is_stop or before.lower in _BREAKS:
            break
        if not before.changes or at - back in spent:
            continue
        if before.boost:
            boost = before.boost * _DISTANCE[back - 1]
            valence += boost if valence > 0 else -boost
        negated = negated or before.negates
    if negated:
        valence *= _NEGATED_PRAISE if valence > 0 else _NEGATED_BLAME
    return valence


def _denied(units: Sequence[Unit], at: int) -> bool:
    """Tell whether what is said at a place is said not to be: "no delays", "not late"."""
    before = units[at - 1]
    if before.negates or at < 2 or before.is_stop:
        return before.negates and not before.is_stop
    return units[at - 2].negates and not units[at - 2].is_stop and not before.valence


def _scorn(units: Sequence[Unit], found: _Found) -> None:
    """Turn praise that is put beside what fails, as nobody who means it does.

    "Great, another delay"; "I love how you lost my bag"; "nice job losing it"; "thanks for the delay".
    """
    for at, valence in found.valences.items():
        if valence > 0 and _is_scorned(units, at, found):
            found.valences[at] = -valence / 2
            found.told.append(("irony", at, at + 1))


def _is_scorned(units: Sequence[Unit], at: int, found: _Found) -> bool:
    """Tell whether praise at a place means the opposite, in view of what fails after it."""
    failing = [place for place in found.failing if place > at]
    if not failing:
        return False
    unit, after = units[at], at + 1
    while after in found.spent:
        after += 1
    following = [each.lower for each in units[after : after + 2]]
    if unit.is_stop:
        return at < _NEAR and unit.lower in _SCORNED
    if not _DWELLS.isdisjoint(following):
        return True
    if failing[0] > at + _NEAR:
        return False
    if unit.lower == "way":  # "way to go, you lost it"
        return True
    return not _WORKS.isdisjoint(following[:1]) or (unit.lower in _THANKED and "for" in following)


def _structure(text: str, units: Sequence[Unit], told: list[tuple[str, int, int]]) -> None:
    """Note what no word says: to whom a sentence speaks, and in which manner."""
    if "?" in text:
        told.append(("question", 0, 0))
    elif told:
        told[:] = [each for each in told if each[0] != "asks"]
    if "!" in text:
        told += [("exclaims", 0, 0)] * min(text.count("!"), _MOST_EXCLAIMED)
    if "..." in text or "…" in text:
        told.append(("trails", 0, 0))
    if '"' in text or "“" in text:
        told.append(("quoted", 0, 0))
    if units and units[0].lower == "@":
        told.append(("addressed", 0, 1))

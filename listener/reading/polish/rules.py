"""The rules of Polish: how words change each other's valences, and what speaks beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from listener.reading.polish.lexicon import LONG, TOLD, UNKNOWN, Entry, Lexicon

# Marks that no line of the lexicon has.
LINK, AND, CLAUSE, AGAIN, DENIED = "links", "and", "clause", "again", "denied"
STOP = Entry(is_word=False)
COMMA = Entry(marks=frozenset(["comma"]), is_word=False)
QUOTE = Entry(marks=frozenset(["quote"]), is_word=False)

_NEGATED_PRAISE, _NEGATED_BLAME = -0.74, -0.4
_RAISED, _LOWERED = 0.35, -0.35
_CAPS, _SHORTEST_CAPS = 0.6, 3
_DRAWN_OUT = 0.4
_BEFORE_BUT, _AFTER_BUT = 0.6, 1.3
_YIELDED = 0.5
_NOT_ASKED = 0.5
_SCORNED, _LEAST_SCORN = -0.6, -1.2
_WASTED = -1.5  # nobody gives thanks for what is so bad; for the end of an illness one may
_IN_TAG = 0.5
_REACH = 4  # so many words after it may stand what a "nie" is said of
_BACK = 3  # so many words before it may strengthen a word
_SCORN_REACH = 8
_WORDY = 16
_SMALL = 3
_TOLD = frozenset(TOLD)


@dataclass(slots=True)
class Sentence:
    """A sentence as the rules go over it; `live` are the places of words that are known."""

    text: str
    words: list[str]
    entries: list[Entry]
    valences: list[float] = field(default_factory=list)
    cues: dict[str, list[str]] = field(default_factory=dict)
    live: list[int] = field(default_factory=list)
    spent: set[int] = field(default_factory=set)  # words that turned others, and those that were turned
    not_only: bool = False

    def tell(self, cue: str, word: str) -> None:
        """Add a word to a cue."""
        self.cues.setdefault(cue, []).append(word)


def apply(sentence: Sentence, lexicon: Lexicon) -> Sentence:
    """Fill in the valences after all rules, and the cues."""
    sentence.valences = [entry.valence for entry in sentence.entries]
    sentence.live = [i for i, entry in enumerate(sentence.entries) if entry is not UNKNOWN]
    if any(sentence.entries[i].keys for i in sentence.live):
        _join_phrases(sentence, lexicon)
    if any(sentence.valences):
        _emphasise(sentence)
        _boost(sentence)
        _negate(sentence)
        _contrast(sentence)
        _scorn(sentence)
    _tell(sentence)
    return sentence


def _join_phrases(sentence: Sentence, lexicon: Lexicon) -> None:
    """Make one word of each set phrase, the longest first, and give it what the phrase says."""
    words, entries, valences = sentence.words, sentence.entries, sentence.valences
    end = 0
    for i in sentence.live:
        if i < end or not entries[i].keys or (found := lexicon.phrase(entries, i)) is None:
            continue
        end, says = found
        rest = end - i - 1
        held = frozenset().union(*(entry.marks for entry in entries[i:end]))
        kept = [mark for mark, of in ((AGAIN, AGAIN), (DENIED, "negates")) if of in held]
        words[i:end] = [" ".join(words[i:end])] + [""] * rest
        valences[i:end] = [says.valence] + [0.0] * rest
        entries[i:end] = [Entry(says.valence, says.marks.union(kept))] + [UNKNOWN] * rest
    if end:
        sentence.live = [i for i in sentence.live if entries[i] is not UNKNOWN]


def _emphasise(sentence: Sentence) -> None:
    """Strengthen words in capitals and words drawn out; weaken those of a tag, and questions not asked."""
    words, valences = sentence.words, sentence.valences
    has_caps = 0 < sum(map(_is_shouted, words)) < len(words) / 2
    asked = "?" in sentence.text or "!" in sentence.text
    for i in sentence.live:
        if not (valence := valences[i]):
            continue
        marks = sentence.entries[i].marks
        more = _DRAWN_OUT if LONG in marks else 0.0
        if has_caps and _is_shouted(words[i]):
            more += _CAPS
        if "asks" in marks and not asked:
            valence *= _NOT_ASKED
        if i and words[i - 1] == "#":
            valence *= _IN_TAG
        valences[i] = valence + (more if valence > 0 else -more)


def _is_shouted(word: str) -> bool:
    return len(word) >= _SHORTEST_CAPS and word.isupper()


def _boost(sentence: Sentence) -> None:
    """Let "bardzo" and "trochę" change the word they stand before, or just after ("drogo w cholerę")."""
    valences = sentence.valences
    for i in sentence.live:
        marks = sentence.entries[i].marks
        raises = "raises" in marks
        if not (raises or "lowers" in marks) or (at := _boosted(sentence, i)) is None:
            continue
        if at > i:
            valences[i] = 0.0  # "strasznie miły": said for emphasis only
        share = (_RAISED if raises else _LOWERED) * (1.1 - abs(at - i) / 10)
        valences[at] += share if valences[at] > 0 else -share


def _boosted(sentence: Sentence, i: int) -> int | None:
    """Return which word a strengthening or weakening word is said of."""
    entries, valences = sentence.entries, sentence.valences
    feels_itself = valences[i] != 0
    for at in range(i + 1, min(i + 1 + _BACK, len(entries))):
        if not entries[at].is_word or "turns" in entries[at].marks:
            break
        if valences[at]:
            return at
        # "strasznie mi się podoba": nothing but small words may stand between.
        if feels_itself and len(sentence.words[at]) > _SMALL:
            break
    return i - 1 if i and not feels_itself and valences[i - 1] and entries[i - 1].is_word else None


def _negate(sentence: Sentence) -> None:
    """Turn what "nie" is said of: the next words that feel like something, up to a stop or a new clause.

    In Polish several noes are one ("nikt nigdy nie pomógł"). A no that turns something is spent. After what
    it turned it holds for the very next word and for what is linked: "nie był miły, pomocny ani kompetentny".
    """
    entries, valences, spent = sentence.entries, sentence.valences, sentence.spent
    noes: list[int] = []
    until = -1  # the last place that the noes reach
    for i in sentence.live:
        marks = entries[i].marks
        if "negates" in marks:
            if i + 1 < len(entries) and sentence.words[i + 1].lower() == "tylko":
                sentence.not_only, valences[i] = True, 0.0
                spent.add(i)
                continue
            noes = [*noes[-2:], i] if i <= until else [i]
            until = i + _REACH
        elif i > until:
            continue
        elif DENIED in marks:
            until = -1  # a phrase that has its own no: "nie słuchał"
        elif valences[i] and entries[i].is_word:
            _turn(sentence, i, noes)
            until = i + 1
        elif i - 1 in spent and i - 1 not in noes and ("comma" in marks or LINK in marks):
            spent.add(i)
            until = i + 1
        elif (not entries[i].is_word and "quote" not in marks) or not _ENDS_CLAUSE.isdisjoint(marks):
            until = -1


_ENDS_CLAUSE = frozenset([AND, CLAUSE, "turns", "yields"])


def _turn(sentence: Sentence, i: int, noes: Sequence[int]) -> None:
    valence = sentence.valences[i]
    sentence.valences[i] = valence * (_NEGATED_PRAISE if valence > 0 else _NEGATED_BLAME)
    for no in noes:
        sentence.valences[no] = 0.0
    sentence.spent.update(noes, [i])


def _contrast(sentence: Sentence) -> None:
    """Weaken what stands before the last "ale", strengthen what follows; weaken what "choć" grants."""
    entries, valences = sentence.entries, sentence.valences
    turns = [i for i in sentence.live if "turns" in entries[i].marks]
    # "nie tylko miły, ale i fachowy" turns nothing.
    if turns and not sentence.not_only and any(valences[: turns[-1]]):
        for i in sentence.live:
            valences[i] *= _BEFORE_BUT if i < turns[-1] else _AFTER_BUT
    granted = False
    for i in sentence.live:
        if "yields" in entries[i].marks:
            granted = True
        elif "comma" in entries[i].marks:
            granted = False
        elif granted:
            valences[i] *= _YIELDED


def _scorn(sentence: Sentence) -> None:
    """Turn praise that is said of a failure ("super, znowu awaria") or stands in quotation marks alone."""
    for place, i in enumerate(sentence.live):
        entry = sentence.entries[i]
        if sentence.valences[i] <= 0 or not entry.is_word or "irony" in entry.marks:
            continue
        if _is_scorn(sentence, i, sentence.live[place + 1 : place + 1 + _SCORN_REACH]):
            sentence.tell("irony", sentence.words[i])
            sentence.valences[i] = min(_LEAST_SCORN, sentence.valences[i] * _SCORNED)


def _is_scorn(sentence: Sentence, i: int, after: Sequence[int]) -> bool:
    entries, valences = sentence.entries, sentence.valences
    if 0 < i < len(entries) - 1 and entries[i - 1] is QUOTE is entries[i + 1]:
        return True
    # Said at the beginning and set off: "Brawo, awaria"; or of thanks: "dzięki za stracony dzień".
    said = (i <= 1 and not entries[i + 1].is_word) if i + 1 < len(entries) else False
    word = sentence.words[i].lower()
    thanked = "thanks" in entries[i].marks and (
        sentence.words[i + 1 : i + 2] == ["za"] or word.endswith(" za")
    )
    again = False
    for at in after:
        marks = entries[at].marks
        if "turns" in marks or "yields" in marks or at > i + _SCORN_REACH:
            return False
        again = again or AGAIN in marks
        if valences[at] < 0:
            return again or (thanked and valences[at] <= _WASTED) or (said and "fails" in marks)
        if valences[at] > 0:
            return False
    return False


def _tell(sentence: Sentence) -> None:
    """Name what speaks beside the valences."""
    text, words, cues = sentence.text, sentence.words, sentence.cues
    asked = "?" in text or "!" in text
    for i in sentence.live:
        entry = sentence.entries[i]
        if entry.cue:
            sentence.tell(entry.cue, words[i])
        if entry.marks:
            for mark in entry.marks & _TOLD:
                if mark != "asks" or asked:
                    sentence.tell(mark, words[i])
            if "negates" in entry.marks and i not in sentence.spent:
                sentence.tell("denies", words[i])
            if "quote" in entry.marks:
                cues["quoted"] = ['"']
    if asked:
        if "?" in text:
            cues["question"] = ["?"]
        if "!" in text:
            cues["exclaims"] = ["!"]
    if ".." in text or "…" in text:
        cues["trails"] = ["…"]
    if len(words) > _WORDY:
        cues["wordy"] = [f"{len(words)}"]
    if ":" in words and cues.keys().isdisjoint(("oneself", "you", "exclaims")):
        cues["headline"] = [":"]

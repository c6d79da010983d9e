"""The rules of Polish: how the words of a sentence change each other's valences, and what they tell beside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from listener.reading.lexicon import CHANGES, LONG, Entry, Lexicon

STOP = Entry(0.0, frozenset(), (), False)
COMMA = Entry(0.0, frozenset(["comma"]), (), False)
QUOTE = Entry(0.0, frozenset(["quote"]), (), False)

_NEGATED_PRAISE, _NEGATED_BLAME = -0.74, -0.4
_RAISED, _LOWERED = 0.35, -0.35
_CAPS, _SHORTEST_CAPS = 0.6, 3
_DRAWN_OUT = 0.4
_BEFORE_BUT, _AFTER_BUT = 0.6, 1.3
_YIELDED = 0.5
_NOT_ASKED = 0.5
_SCORNED, _LEAST_SCORN = -0.6, -1.2
_IN_TAG = 0.5
_REACH = 4  # so many words after it may stand what a "nie" is said of
_BACK = 3  # so many words before it may strengthen a word
_SCORN_REACH = 8
_FLAGS = frozenset(CHANGES)
_LINKS = frozenset("i oraz ani lub albo czy ni a".split())
# What begins a clause of its own: no "nie" before it is said of what follows.
_CLAUSES = frozenset(
    "że ze żeby zeby bo ponieważ poniewaz więc wiec który ktory która ktora które ktore którzy ktorzy których ktorych "
    "gdy gdyż gdyz kiedy jak jeśli jesli jeżeli jezeli aby dopóki dopoki póki tylko skoro dlatego czemu dlaczego "
    "zamiast".split()
)
_AGAIN = frozenset("znowu znów znow kolejny kolejna kolejne kolejną kolejnego kolejnej ponownie".split())
_ONESELF = frozenset(
    "ja mi mnie mną mna my nam nas nami mój moj moja moje moją mojej mojego moich moim moimi nasz nasza nasze "
    "jestem jesteśmy jestesmy mam mamy byłem bylem byłam bylam chcę chce muszę musze wiem myślę mysle czuję czuje "
    "mogę moge idę ide robię robie widzę widze lubię lubie wolę wole sobie zostałam zostałem dostałem dostałam "
    "poszłam poszedłem trafiłam trafiłem byliśmy będę bede".split()
)
_I_DID = re.compile(r"\w{3,}(?:łem|łam|liśmy|łyśmy)$")
_YOU = frozenset(
    "ty ci ciebie tobie cię cie wy was wam wami wasz wasza wasze waszą waszej waszego waszych twój twoj twoja twoje "
    "twojej twoich macie jesteście jestescie możecie mozecie robicie masz jesteś jestes".split()
)
_SECOND_PERSON = re.compile(r"\w{3,}(?:łeś|łaś|liście|łyście|jcie|cie)$")
_DOTS = re.compile(r"\.\.|…")


@dataclass(slots=True)
class Sentence:
    """A sentence as its rules go over it; `cues` names what speaks beside the valences, with its words."""

    text: str
    words: list[str]
    entries: list[Entry]
    valences: list[float] = field(default_factory=list)
    cues: dict[str, list[str]] = field(default_factory=dict)
    spent: set[int] = field(default_factory=set)

    def tell(self, cue: str, word: str) -> None:
        """Add a word to a cue."""
        self.cues.setdefault(cue, []).append(word)


def apply(sentence: Sentence, lexicon: Lexicon) -> Sentence:
    """Fill in the valences after all rules, and the cues."""
    entries = sentence.entries
    sentence.valences = [entry.valence for entry in entries]
    _join_phrases(sentence, lexicon)
    changed = any(not _FLAGS.isdisjoint(entry.marks) for entry in entries)
    if any(sentence.valences):
        _emphasise(sentence)
        if changed:
            _boost(sentence)
            _negate(sentence)
            _contrast(sentence)
        _scorn(sentence)
    elif changed:
        _negate(sentence)
    _tell(sentence)
    return sentence


def _join_phrases(sentence: Sentence, lexicon: Lexicon) -> None:
    """Make one word of each set phrase, the longest first, and give it what the phrase says."""
    words, entries, valences = sentence.words, sentence.entries, sentence.valences
    end = 0
    for i, entry in enumerate(entries):
        if i < end or not entry.keys or (found := lexicon.phrase(entries, i)) is None:
            continue
        end, says = found
        words[i:end] = [" ".join(words[i:end])] + [""] * (end - i - 1)
        valences[i:end] = [says.valence] + [0.0] * (end - i - 1)
        entries[i:end] = [Entry(says.valence, says.marks)] + [_SPENT] * (end - i - 1)


_SPENT = Entry(0.0, frozenset())


def _emphasise(sentence: Sentence) -> None:
    """Strengthen words in capitals and words drawn out; weaken those of a tag, and questions not asked."""
    words, valences = sentence.words, sentence.valences
    shouted = sum(1 for word in words if len(word) >= _SHORTEST_CAPS and word.isupper())
    has_caps = 0 < shouted < len(words) / 2
    asked = "?" in sentence.text or "!" in sentence.text
    for i, valence in enumerate(valences):
        if not valence:
            continue
        marks, more = sentence.entries[i].marks, 0.0
        if LONG in marks:
            more += _DRAWN_OUT
        if has_caps and len(words[i]) >= _SHORTEST_CAPS and words[i].isupper():
            more += _CAPS
        if "asks" in marks and not asked:
            valence *= _NOT_ASKED
        if i and words[i - 1] == "#":
            valence *= _IN_TAG
        valences[i] = valence + (more if valence > 0 else -more)


def _boost(sentence: Sentence) -> None:
    """Let "bardzo" and "trochę" change the word they stand before, or close the clause after ("w cholerę")."""
    entries, valences = sentence.entries, sentence.valences
    for i, entry in enumerate(entries):
        marks = entry.marks
        if "raises" not in marks and "lowers" not in marks:
            continue
        at = _boosted(sentence, i)
        if at is None:
            continue
        if valences[i] and at > i:
            valences[i] = 0.0  # "strasznie miły": said for emphasis only
        share = (_RAISED if "raises" in marks else _LOWERED) * (1.1 - abs(at - i) / 10)
        valences[at] += share if valences[at] > 0 else -share


def _boosted(sentence: Sentence, i: int) -> int | None:
    """Return which word a strengthening or weakening word is said of."""
    entries, valences = sentence.entries, sentence.valences
    reach = 1 if valences[i] else _BACK
    for at in range(i + 1, min(i + 1 + reach, len(entries))):
        entry = entries[at]
        if not entry.is_word or "turns" in entry.marks:
            break
        if valences[at] and "raises" not in entry.marks:
            return at
        if valences[at]:
            return at if at == i + 1 else None
    return i - 1 if i and not valences[i] and valences[i - 1] and entries[i - 1].is_word else None


def _negate(sentence: Sentence) -> None:
    """Turn what "nie" is said of: the next words that feel like something, up to a stop or a new clause.

    In Polish several noes are one ("nikt nigdy nie pomógł"). A no that turns something is spent.
    """
    entries, valences, words = sentence.entries, sentence.valences, sentence.words
    noes: list[int] = []
    left = 0
    for i, entry in enumerate(entries):
        if "negates" in entry.marks and i not in sentence.spent:
            if i + 1 < len(words) and words[i + 1].lower() == "tylko":
                sentence.spent.add(i)
                sentence.spent.add(-1)  # "nie tylko ..., ale i ..." turns nothing
                valences[i] = 0.0
                continue
            noes.append(i)
            left = _REACH
        elif left and (entry is COMMA or not entry.is_word):
            # "nie był miły, pomocny ani kompetentny"
            left = 1 if entry is COMMA and i - 1 in sentence.spent else left if entry is QUOTE else 0
            noes = noes if left else []
        elif left and (words[i].lower() in _CLAUSES or "turns" in entry.marks or "yields" in entry.marks):
            left, noes = 0, []
        elif left and valences[i]:
            _turn_one(sentence, i, noes)
            left = 1
        elif left and not (words[i].lower() in _LINKS and i - 1 in sentence.spent):
            left -= 1
        elif left:
            left, sentence.spent = 1, sentence.spent | {i}
        if not left:
            noes = []


def _turn_one(sentence: Sentence, i: int, noes: Sequence[int]) -> None:
    valence = sentence.valences[i]
    sentence.valences[i] = valence * (_NEGATED_PRAISE if valence > 0 else _NEGATED_BLAME)
    for no in noes:
        sentence.valences[no] = 0.0
        sentence.spent.add(no)
    sentence.spent.add(i)


def _contrast(sentence: Sentence) -> None:
    """Weaken what stands before the last "ale", strengthen what follows; weaken what "choć" grants."""
    valences = sentence.valences
    turns = [i for i, entry in enumerate(sentence.entries) if "turns" in entry.marks]
    if turns and -1 not in sentence.spent and any(valences[: turns[-1]]):
        for i, valence in enumerate(valences):
            if valence:
                valences[i] = valence * (_BEFORE_BUT if i < turns[-1] else _AFTER_BUT)
    for i, entry in enumerate(sentence.entries):
        if "yields" in entry.marks:
            for at in range(i + 1, len(valences)):
                if sentence.entries[at] is COMMA:
                    break
                valences[at] *= _YIELDED


def _scorn(sentence: Sentence) -> None:
    """Turn praise that is said of a failure ("super, znowu awaria") or stands in quotation marks alone."""
    entries, valences = sentence.entries, sentence.valences
    for i in list(_praised(sentence)):
        if _is_scorn(sentence, i):
            sentence.tell("irony", sentence.words[i])
            valences[i] = min(_LEAST_SCORN, valences[i] * _SCORNED)
    del entries


def _praised(sentence: Sentence) -> Iterator[int]:
    for i, valence in enumerate(sentence.valences):
        if valence > 0 and sentence.entries[i].is_word and "irony" not in sentence.entries[i].marks:
            yield i


def _is_scorn(sentence: Sentence, i: int) -> bool:
    entries, valences, words = sentence.entries, sentence.valences, sentence.words
    after = range(i + 1, min(i + 1 + _SCORN_REACH, len(entries)))
    if 0 < i < len(entries) - 1 and entries[i - 1] is QUOTE and entries[i + 1] is QUOTE:
        return True
    # Said at the beginning and set off: "Brawo, ...", "No super! ..."
    said = i <= 1 and i + 1 < len(entries) and not entries[i + 1].is_word
    again = False
    for at in after:
        if "turns" in entries[at].marks or "yields" in entries[at].marks:
            return False
        again = again or words[at].lower() in _AGAIN
        if valences[at] < 0 and (again or (said and "fails" in entries[at].marks)):
            return True
    return False


def _tell(sentence: Sentence) -> None:
    """Name what speaks beside the valences."""
    text, words = sentence.text, sentence.words
    for i, entry in enumerate(sentence.entries):
        for mark in entry.marks:
            if mark in _TOLD_BY_WORDS and not (mark == "asks" and "?" not in text and "!" not in text):
                sentence.tell(mark, words[i])
        if entry.valence and not entry.is_word:
            sentence.tell("smiles" if entry.valence > 0 else "frowns", words[i])
        if "negates" in entry.marks and i not in sentence.spent:
            sentence.tell("denies", words[i])
    _tell_form(sentence)


def _tell_form(sentence: Sentence) -> None:
    text, words = sentence.text, sentence.words
    for word in words:
        first = word[:1]
        if first == "@":
            sentence.tell("addressed", word)
        elif first == "#":
            sentence.tell("tags", word)
        elif first.isdigit():
            sentence.tell("numbers", word)
        elif "://" in word or word.startswith("www."):
            sentence.tell("link", word)
        elif (small := word.lower()) in _ONESELF or _I_DID.match(small):
            sentence.tell("oneself", word)
        elif small in _YOU or (len(small) > 5 and _SECOND_PERSON.match(small)):
            sentence.tell("you", word)
    if "?" in text:
        sentence.tell("question", "?")
    if "!" in text:
        sentence.tell("exclaims", "!")
    if _DOTS.search(text):
        sentence.tell("trails", "…")
    if any(entry is QUOTE for entry in sentence.entries):
        sentence.tell("quoted", '"')
    if len(words) > 16:
        sentence.tell("wordy", "")
    if ":" in words and not (sentence.cues.keys() & {"oneself", "you", "exclaims"}):
        sentence.tell("headline", ":")


_TOLD_BY_WORDS = frozenset(
    "asks irony fails complains danger thanks wishes laughs urges reports idiom vulgar diminutive slang".split()
)

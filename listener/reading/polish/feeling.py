"""Polish sentiment in VADER's manner: valences, negation, boosters, set phrases, scorn, and cues.

A sentence is read once, from left to right, into entries of the lexicon; then each rule of Polish
changes the valences of what it concerns (listener/reading/polish/rules.py).
"""

from __future__ import annotations

import re

from listener.reading import signs
from listener.reading.polish.lexicon import FIGURE, TOLD, UNKNOWN, Entry, Lexicon
from listener.reading.polish.rules import AGAIN, AND, CLAUSE, COMMA, LINK, QUOTE, STOP, Sentence, apply
from listener.reading.ratings import RATING, rating
from listener.reading.weighed import Felt, Weighed, emphasis

CUES: tuple[str, ...] = (
    *TOLD, "addressed", "question", "exclaims", "link", "quoted", "tags", "headline", "oneself", "you",
    "denies", "smiles", "frowns", "trails", "numbers", "wordy", "grumbles", "pays", "warmly",
)  # fmt: skip
_REMEMBERED = 20_000
_LONGEST_REMEMBERED = 40
# "9/10 Polaków": a share of people and no rating.
_NO_SHARE = r"(?!\s+(?i:os[oó]b|ludzi|polak|klient|pacjent|kobiet|m[eę][zż]czyzn|dzieci|lekarzy|firm))"
_TOKEN = re.compile(
    rf"https?://\S+|www\.\S+|{signs.EMOTICON}|[^\W\d_]+|{signs.EMOJI}|@\w+|#\w+"
    rf"|{RATING}{_NO_SHARE}|[456]\+(?![\w+])|\d[\d.,:]*"
    r"|[.,;:!?()\"„”“»«\n…|]"
)
# "BrakSłów", "brakSłów", "PKPIntercity": a tag in its words.
_BIG = "A-ZĄĆĘŁŃÓŚŹŻ"
_IN_TAG = re.compile(rf"[{_BIG}]?[^\W\d_{_BIG}]+|[{_BIG}]+(?![^\W\d_{_BIG}])|[{_BIG}]")
_ONESELF = frozenset(
    "ja mi mnie mną mna my nam nas nami mój moj moja moje moją mojej mojego moich moim moimi nasz nasza "
    "nasze jestem jesteśmy jestesmy mam mamy byłem bylem byłam bylam chcę chce muszę musze wiem myślę mysle "
    "czuję czuje mogę moge idę ide robię robie widzę widze lubię lubie wolę wole sobie będę bede".split()
)
_I_DID = re.compile(r".{3,}(?:łem|łam|liśmy|łyśmy)$")
_YOU = frozenset(
    "ty ci ciebie tobie cię cie wy was wam wami wasz wasza wasze waszą waszej waszego waszych twój twoj "
    "twoja twoje twojej twoich macie jesteście jestescie możecie mozecie masz jesteś jestes".split()
)
_YOU_DO = re.compile(r".{3,}(?:łeś|łaś|liście|łyście|[aeiy]cie|jcie)$")
# What people say who grumble; what it cost them; and what they say who are content.
_GRUMBLES = frozenset(
    "tylko jedynie zaledwie nawet dopiero podobno rzekomo niby ponoć ponoc przecież przeciez skoro dziwne "
    "dziwnie jakiś jakis jakaś jakas jakieś jakies oczywiście oczywiscie ciągle ciagle wciąż wciaz nadal "
    "dalej znowu znów znow ledwo łaskawie laskawie zamiast wręcz wrecz powinien powinna powinno powinni "
    "powinny".split()
)
_PAYS = frozenset(
    "zł zl złotych zlotych pln kasa kasę kase kasy pieniądze pieniadze pieniędzy pieniedzy płacę place "
    "płaci płacić placic zapłaciłem zapłaciłam zaplacilam zaplacilem zapłacić zaplacic zapłata kosztuje "
    "kosztowała kosztowało kosztował cena ceny cenę opłata opłaty opłatę skasował skasowała rachunek "
    "faktura".split()
)
_WARMLY = frozenset(
    "bardzo zawsze wszystkim każdemu kazdemu każdym kazdym wszystkich wszystko razem naprawdę naprawde "
    "szczerze serdecznie gorąco goraco".split()
)
_LINKS = frozenset("i oraz ani lub albo czy ni a".split())
# What begins a clause of its own: no "nie" before it is said of what follows.
_CLAUSES = frozenset(
    "że ze żeby zeby bo ponieważ poniewaz więc wiec który ktory która ktora które ktore którzy ktorzy "
    "których ktorych gdy gdyż gdyz kiedy jak jeśli jesli jeżeli jezeli aby dopóki dopoki póki tylko skoro "
    "dlatego czemu dlaczego zamiast".split()
)
_AGAIN = frozenset("znowu znów znow kolejny kolejna kolejne kolejną kolejnego kolejnej ponownie".split())
_EXTRA = {LINK: _LINKS, AND: frozenset(["i", "oraz", "a"]), CLAUSE: _CLAUSES, AGAIN: _AGAIN}
_ADDRESSED, _TAG = Entry(cue="addressed"), Entry(cue="tags")
_NUMBER, _ADDRESS = Entry(keys=(FIGURE,), cue="numbers"), Entry(cue="link", is_word=False)
# Marks of school and stars are figures that a phrase may name: "na_5+", "1_gwiazdka~".
_GRADES = {
    grade: Entry(keys=(FIGURE, grade), cue="numbers")
    for grade in ("1", "2", "3", "4", "5", "6", "4+", "5+", "6+")
}
_FLEETING = frozenset(["addressed", "link", "numbers"])
_STOPS = dict.fromkeys(",|", COMMA) | dict.fromkeys('"„”“»«', QUOTE)


class Polish:
    """Reads with the lexicon; safe to share between threads."""

    def __init__(self) -> None:
        self._lexicon = Lexicon()
        self._entries = _Entries(self._lexicon)

    def weigh(self, text: str) -> Weighed:
        """Return each word, sign and stop of a sentence with its valence, and the cues with their words."""
        sentence = self._read(text)
        # A set of marks has no order; people see the same one each time.
        cues = {cue: sentence.cues[cue] for cue in CUES if cue in sentence.cues}
        return Weighed(sentence.words, sentence.valences, emphasis(text), cues)

    def feel(self, text: str) -> Felt | None:
        """Return what `weigh` does, of the words that weigh something; None where nothing speaks."""
        sentence = self._read(text)
        valences = [valence for valence in sentence.valences if valence]
        cues = {cue: float(len(words)) for cue, words in sentence.cues.items()}
        return Felt(valences, emphasis(text), cues) if valences or cues else None

    def _read(self, text: str) -> Sentence:
        words = _TOKEN.findall(text)
        if "#" in text:
            words = _tags_split(words)
        return apply(Sentence(text, words, list(map(self._entries.__getitem__, words))), self._lexicon)


class _Entries(dict[str, Entry]):
    """The entry of every token as it is written, remembered for those that are met again and again."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def __missing__(self, token: str) -> Entry:
        entry = self._word(token.lower()) if token.isalpha() else _sign(token)
        # Names and addresses are hardly met again.
        if entry.cue not in _FLEETING and len(token) <= _LONGEST_REMEMBERED:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[token] = entry
        return entry

    def _word(self, word: str) -> Entry:
        if len(word) > _LONGEST_REMEMBERED:
            return UNKNOWN
        entry = self._lexicon.entry(word)
        if extra := [mark for mark, words in _EXTRA.items() if word in words]:
            entry = entry._replace(marks=entry.marks.union(extra))
        cue = (
            "oneself" if word in _ONESELF or _I_DID.match(word)
            else "you" if word in _YOU or _YOU_DO.match(word)
            else "grumbles" if word in _GRUMBLES
            else "pays" if word in _PAYS
            else "warmly" if word in _WARMLY
            else ""
        )  # fmt: skip
        return entry._replace(cue=cue) if cue else entry


def _sign(token: str) -> Entry:
    first = token[0]
    if first in "@#":
        return _ADDRESSED if first == "@" else _TAG
    if first.isdigit():
        weight = rating(token) if "/" in token else None
        return (
            Entry(weight, is_word=False) if weight is not None else _GRADES.get(token.rstrip(",.:"), _NUMBER)
        )
    if token.startswith(("http", "www.")):
        return _ADDRESS
    if felt := signs.weight(token):
        return Entry(felt, is_word=False, cue="smiles" if felt > 0 else "frowns")
    return _STOPS.get(token, UNKNOWN if first.isalpha() else STOP)


def _tags_split(words: list[str]) -> list[str]:
    """Return the words with those of each tag in its place, after its sign: #BrakSłów."""
    found: list[str] = []
    for word in words:
        if word[0] == "#":
            found += ["#", *_IN_TAG.findall(word)]
        else:
            found.append(word)
    return found

"""Polish sentiment in VADER's manner: valences, negation, boosters, set phrases, emoji."""

from __future__ import annotations

import re

from listener.reading.lexicon import Entry, Lexicon
from listener.reading.weighed import Felt, Weighed, emphasis
from rules.fold import fold

CUES: tuple[str, ...] = ()
_NEGATED_PRAISE, _NEGATED_BLAME = -0.74, -0.5
_CAPS = 0.733
_SHORTEST_CAPS = 3
_BEFORE_BUT, _AFTER_BUT = 0.5, 1.5
_BACK = 3  # so many words before it may change a word
_SPENT = "_"
_EMOTICONS = {
    ":)": 1.8, ":-)": 1.8, ":))": 2.0, ":D": 2.3, ":-D": 2.3, ";)": 1.2, ";-)": 1.2, ":P": 1.0, ":*": 2.2,
    "<3": 2.6, ":(": -2.0, ":-(": -2.0, ":((": -2.3, ":/": -1.4, ":-/": -1.4, ":|": -0.8, ":'(": -2.3,
}  # fmt: skip
_EMOJI = (
    dict.fromkeys("😀😃😄😁😊🙂☺😉😌🙏👏👌💪🤗🤩🥳🎉🎊✨🌟⭐💯🔥🏆🥇👍🎂🎁", 1.6)
    | dict.fromkeys("😍🥰😘😻❤♥💕💖💗💓💙💚💛💜🧡🖤💞💘😇", 2.6)
    | dict.fromkeys("😂🤣😆😅😎😜😋😺", 1.2)
    | dict.fromkeys("😕🙁☹😟😔😞😒🙄😐😑🤨🤦😬😓😥💔👎😿", -1.8)
    | dict.fromkeys("😢😭😩😫😖😣😰😨😱🥺🤮🤢🤬😡😠👿💩🖕😤", -2.4)
)
_SIGNS = {sign.lower(): Entry(valence, ()) for sign, valence in (_EMOTICONS | _EMOJI).items()}
_STOP = Entry(0.0, ())
_LONGEST_FIRST = sorted(_EMOTICONS, key=len, reverse=True)
_PICTURES = "[\u2300-\u27bf\u2b50\U0001f300-\U0001faff]"
_TOKEN = re.compile(
    rf"[^\W\d_]+|{'|'.join(map(re.escape, _LONGEST_FIRST))}|{_PICTURES}|[.,;:!?()]",
)
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|@\w+")


class Polish:
    """Reads with the lexicon; safe to share between threads."""

    def __init__(self) -> None:
        self._lexicon = Lexicon("polish.tsv")

    def weigh(self, text: str) -> Weighed:
        """Return each word, sign and stop of the text with its valence."""
        if "@" in text or "www." in text or "://" in text:
            text = _ADDRESS.sub(" ", text)
        words = _TOKEN.findall(text)
        lower = [word.lower() for word in words]
        entries = [
            self._lexicon.entry(word) if word[0].isalpha() else _SIGNS.get(word, _STOP) for word in lower
        ]
        valences = [entry.valence for entry in entries]
        for i, entry in enumerate(entries):
            if entry.phrases:
                _set_phrase(i, entry, words, lower, valences)
        felt = [i for i, valence in enumerate(valences) if valence]
        if felt:
            self._change(felt, words, lower, valences)
            self._turn(lower, valences)
        return Weighed(words, valences, emphasis(text))

    def feel(self, text: str) -> Felt | None:
        """Return what `weigh` does, of the words that weigh something; None where there are none."""
        weighed = self.weigh(text)
        valences = [valence for valence in weighed.valences if valence]
        return Felt(valences, weighed.emphasis) if valences else None

    def _change(self, felt: list[int], words: list[str], lower: list[str], valences: list[float]) -> None:
        """Apply capitals, boosters and negations to the words that have a valence, in place."""
        has_caps = 0 < sum(map(_is_shouted, words)) < len(words) / 2
        for i in felt:
            # "strasznie miły": the first of the two is said for emphasis only.
            if lower[i] in self._lexicon.boosters and i + 1 < len(lower) and valences[i + 1]:
                valences[i] = 0.0
                continue
            if not words[i][0].isalpha() or lower[i] in self._lexicon.negations:
                continue
            boost, negating = self._before(i, lower)
            if has_caps and _is_shouted(words[i]):
                boost += _CAPS
            valence = valences[i] + (boost if valences[i] > 0 else -boost)
            if negating is not None:
                valence *= _NEGATED_PRAISE if valence > 0 else _NEGATED_BLAME
                valences[negating] = 0.0
            valences[i] = valence

    def _before(self, i: int, lower: list[str]) -> tuple[float, int | None]:
        """Return how the words before word i, up to a stop, strengthen it, and which of them negates it."""
        boost, negating = 0.0, None
        for at in range(i - 1, max(i - _BACK, 0) - 1, -1):
            word = lower[at]
            if not word[0].isalpha() or word in self._lexicon.turns:
                break
            boost += self._lexicon.boosters.get(word, 0.0) * (1.1 - (i - at) / 10)
            if word in self._lexicon.negations:
                negating = at
        return boost, negating

    def _turn(self, lower: list[str], valences: list[float]) -> None:
        """Halve what stands before the last "ale" and strengthen what stands after it, in place."""
        turns = [i for i, word in enumerate(lower) if word in self._lexicon.turns]
        # "nie tylko miły, ale i fachowy" turns nothing.
        if not turns or _SPENT + "tylko" in lower[: turns[-1]] or not any(valences[: turns[-1]]):
            return
        for i, valence in enumerate(valences):
            valences[i] = valence * (_BEFORE_BUT if i < turns[-1] else _AFTER_BUT)


def _is_shouted(word: str) -> bool:
    return len(word) >= _SHORTEST_CAPS and word.isupper()


def _set_phrase(i: int, entry: Entry, words: list[str], lower: list[str], valences: list[float]) -> None:
    """Where a set phrase begins at word i, make one of its words and give it its valence."""
    for phrase, valence in entry.phrases:
        size = len(phrase)
        if tuple(map(fold, lower[i : i + size])) == phrase:
            valences[i : i + size] = [valence] + [0.0] * (size - 1)
            words[i : i + size] = [" ".join(words[i : i + size])] + [""] * (size - 1)
            # Its own "nie" is spent, and does not negate what follows.
            lower[i : i + size] = [_SPENT + word for word in lower[i : i + size]]
            return

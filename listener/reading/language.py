"""Which language a text is in: py3langid's answers from a model cut down to a few languages.

py3langid keeps 100 MB resident for 140 languages. Only the columns of the languages asked for
stay here, and its automaton, a row of 256 next states each, is folded into shared blocks of 16:
about 10 MB. The arithmetic is the original's (multinomial naive Bayes over byte sequences).
"""

from __future__ import annotations

import ctypes
import gc
import math
import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from listener.reading.plainly import carefully, quickly, says_nothing

UNDETERMINED = "und"
MOST_CHARACTERS = 500
# Known beside the configured ones, so that a text in one of them is not taken for one of ours.
_NEIGHBOURS = "cs de en es fr hr hu it nl pl pt ro sk sv tr"
# Where all of ours are among these, the letters tell the others, and no columns are kept for them.
_LATIN = frozenset(
    "af ca cs cy da de en es et eu fi fr ga gl hr hu id is it lb lt lv ms mt nb nl nn no pl pt ro sk sl sq "
    "sv sw tr vi".split()
)
_SLAVIC = frozenset("bs cs hr sk sl sr".split())
_OTHER_SCRIPTS = "ar el he hi ja ko ru uk zh"
_OTHER_LETTER = re.compile("[\u0370-\u1cff\u1f00-\u1fff\u2d00-\u2dff\u3040-\ud7ff\uf900-\ufaff\ufb1d-\ufefc]")
# With less than this for all our languages a text is foreign: a short post in one of them looks
# foreign easily, but never so clearly. More is asked where no small word speaks for one of ours.
_SURELY_FOREIGN = 0.06
_PROBABLY_FOREIGN = 0.1
# So much likelier makes each plain word its language beside the other of ours, as a logarithm. Posts that
# mix them are by people at home in Polish, who quote English; hardly ever the other way round.
_SPEAKS = {"pl": 3.0, "en": 1.0}
# Hardly an English post has none of the small words; it makes up for so much of a Polish one.
_WITHOUT_ENGLISH = 0.7
_BLOCK = 16
_MOST_REMEMBERED = 30_000
_ADDRESSES = re.compile(r"https?://\S+|www\.\S+|@\w+")
_TAGS = re.compile(r"#\w+")
_WORD = re.compile(r"[^\W\d_]{2}")


class Languages:
    """Tells the configured languages from each other and from everything else.

    Safe to share between threads. Raises ValueError for a language py3langid does not know.
    """

    def __init__(self, languages: Sequence[str]) -> None:
        self._ours = tuple(dict.fromkeys(languages))
        self._is_latin = _LATIN.issuperset(languages)
        others = _NEIGHBOURS if self._is_latin else f"{_NEIGHBOURS} {_OTHER_SCRIPTS}"
        self._model = _model(tuple(dict.fromkeys([*languages, *others.split()])))

    def of(self, text: str) -> str:
        """Return one of the configured languages, or `und` for another one or too little to go by."""
        words = _words(text)
        if words is None:
            return UNDETERMINED
        if (plainly := quickly(words)) in self._ours:
            return plainly
        words = words.lower() if _is_shouted(words) else words
        said = carefully(words)
        if said.plainly in self._ours:
            return said.plainly
        if (self._is_latin and _is_in_another_script(words)) or says_nothing(said):
            return UNDETERMINED
        if said.slavic and not said.polish and not said.sure and _SLAVIC.isdisjoint(self._ours):
            return UNDETERMINED
        shares = self._model.shares(words)
        ours = {language: shares[language] for language in self._ours}
        least = _SURELY_FOREIGN if said.polish or said.english else _PROBABLY_FOREIGN
        if sum(ours.values()) < least:
            return UNDETERMINED
        weights = {"pl": said.polish or (0 if said.english else _WITHOUT_ENGLISH), "en": said.sure}
        return max(
            ours, key=lambda each: math.log(ours[each] + 1e-9) + _SPEAKS.get(each, 0) * weights.get(each, 0)
        )


@lru_cache(maxsize=1)
def _model(languages: tuple[str, ...]) -> Model:
    # It takes more than a second, and each configuration that is read again asks for it.
    return Model(languages)


class Model:
    """py3langid's model for some languages: `shares` is its `rank` with normed probabilities."""

    def __init__(self, languages: Sequence[str]) -> None:
        full = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        unknown = sorted(set(languages) - set(full.nb_classes))
        if unknown:
            raise ValueError(f"py3langid does not know the language {', '.join(unknown)}")
        columns = [i for i, language in enumerate(full.nb_classes) if language in languages]
        self._languages = [full.nb_classes[i] for i in columns]
        self._prior = full.nb_pc[columns]
        self._weights = full.nb_ptc[:, columns].astype(np.float32)
        self._features = array("i", full.tk_output)
        rows = np.asarray(full.tk_row, dtype=np.uint32)
        self._blocks, self._next = _folded(np.asarray(full.tk_nextmove, dtype=np.uint32))
        self._rows = array("I", (rows * (256 // _BLOCK)).astype(np.uint32).tobytes())
        self._steps, self._feature_of = _Remembered(self._step), _Remembered(self._feature)
        del full, rows
        _give_back_memory()

    def shares(self, text: str) -> dict[str, float]:
        """Return the probability of each language, which add up to 1."""
        plain = unicodedata.normalize("NFC", text.lower() if text.isupper() else text)
        data = plain.encode("utf8", errors="surrogatepass")
        size = math.sqrt(len(data) or 1)
        scores: list[float] = self._scores(self._met(data)).tolist()
        highest = max(scores)
        likely = [math.exp((score - highest) / size) for score in scores]
        whole = sum(likely)
        shares = dict.fromkeys(self._languages, 0.0)
        # Some languages have two columns, one for each script.
        for language, share in zip(self._languages, likely, strict=True):
            shares[language] += share / whole
        return shares

    def _met(self, data: bytes) -> Counter[int]:
        """Walk the automaton over the bytes and count the features it meets."""
        steps = self._steps
        state = 0
        met: list[int] = []
        meet = met.append
        for byte in data:
            state = steps[state + byte]
            meet(state)
        counts = Counter(map(self._feature_of.__getitem__, met))
        counts.pop(-1, None)
        return counts

    def _step(self, step: int) -> int:
        """Return the state that follows on a state and a byte; the byte has the last 8 bits, or none has."""
        state, high, low = step >> 8, step >> 4 & 15, step & 15
        following: int = self._next[self._blocks[self._rows[state] + high] + low]
        return following << 8

    def _feature(self, state: int) -> int:
        feature: int = self._features[state >> 8]
        return feature

    def _scores(self, met: Counter[int]) -> NDArray[np.float32]:
        if not met:
            return np.zeros(len(self._languages), dtype=np.float32)
        features = np.fromiter(met.keys(), dtype=np.intp, count=len(met))
        counts = np.fromiter(met.values(), dtype=np.float32, count=len(met))
        scores: NDArray[np.float32] = np.log1p(counts) @ self._weights[features] + self._prior
        return scores


class _Remembered(dict[int, int]):
    """The answers of a function for the numbers that it is asked for again and again, as a rule few."""

    def __init__(self, function: Callable[[int], int]) -> None:
        self._function = function

    def __missing__(self, number: int) -> int:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        answer = self[number] = self._function(number)
        return answer


def _folded(following: NDArray[np.uint32]) -> tuple[array[int], array[int]]:
    """Return where each block of the automaton's table begins, and the distinct blocks."""
    blocks = np.ascontiguousarray(following).reshape(-1, _BLOCK)
    distinct, which = np.unique(blocks.view(f"V{_BLOCK * 4}").ravel(), return_inverse=True)
    starts = (which * _BLOCK).astype(np.uint32)
    return array("I", starts.tobytes()), array("I", distinct.tobytes())


def _words(text: str) -> str | None:
    """Return the beginning of a text without addresses, names and tags; None if no word is in it.

    Where nothing but tags is left, the tags are its words.
    """
    text = text[:MOST_CHARACTERS]
    if "@" in text or "#" in text or "://" in text or "www." in text:
        text = _ADDRESSES.sub(" ", text)
        if "#" in text:
            bare = _TAGS.sub(" ", text)
            text = bare if _WORD.search(bare) else text.replace("#", " ")
    return text if _WORD.search(text) else None


def _is_in_another_script(text: str) -> bool:
    return not text.isascii() and 2 * len(_OTHER_LETTER.findall(text)) > sum(map(str.isalpha, text))


def _is_shouted(text: str) -> bool:
    return 3 * sum(map(str.isupper, text)) > 2 * sum(map(str.isalpha, text))


def _give_back_memory() -> None:
    """Hand freed memory back to the system, where the C library can."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):
        return

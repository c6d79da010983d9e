"""What the team has taught: a small linear layer over the features of the reading and hashed n-grams.

Beside what the lexicon's features and its verdict count here, each word of a text has its say: by itself,
by the runs of 3 to 5 letters in it (so that other forms of a word are known too), and with its neighbour.
They have no table of words: each is a place among 2**BITS, by a checksum that is the same everywhere.
A layer is trained by listener.learning; here is what answers, with nothing but numpy.
"""

from __future__ import annotations

import io
import json
import math
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import sub
from typing import Any

import numpy as np
from numpy.typing import NDArray

from listener.reading.deciding import FEATURES, Logits
from listener.reading.reader import Evidence
from rules.fold import spaced

BITS = 18
TURNS = 5
FORMAT = 1
# How loudly the n-grams of a text speak beside its features, and two words beside one.
LOUD, PAIR = 1.5, 0.7
_MASK = (1 << BITS) - 1
_SHORTEST, _LONGEST = 3, 5  # of a run of letters
_LONGEST_WORD = 30
_MOST_TOKENS = 4000
_MOST_KEPT = 20_000
_LEAST_TOLD = 0.2
_ADDRESS = re.compile(r"https?://\S+|www\.\S+")

Floats = NDArray[np.float32]


class LayerError(Exception):
    """What is kept of a layer is damaged, or of another make."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned of one language: one set of weights for each turn of the training.

    `linear` (turns, 2, 3 + features): what is added to negative and to positive for nothing at all, for the
    two sums of the lexicon, for each feature by name. `grams` (turns, 2, places): for each of `places`.
    """

    features: tuple[str, ...]
    linear: Floats
    places: NDArray[np.uint32]
    grams: Floats

    def turn(self, number: int) -> Weights:
        """Return one turn's weights alone."""
        one = slice(number, number + 1)
        return Weights(self.features, self.linear[one], self.places, self.grams[one])

    def fits(self, language: str) -> bool:
        """Tell whether it speaks of the features that there are today."""
        return self.features == FEATURES.get(language)


class Layer:
    """A version of what was learned; safe to share between threads.

    `languages` are those it speaks of; `outdated` those whose features are others by now.
    """

    def __init__(self, version: int, weights: Mapping[str, Weights]) -> None:
        self.version = version
        self._spoken = {name: _Spoken(each) for name, each in weights.items() if each.fits(name)}
        self.languages = frozenset(self._spoken)
        self.outdated = frozenset(weights) - self.languages

    def logits(self, evidence: Evidence) -> Logits:
        """Return the sums for negative, neutral and positive."""
        both = self._spoken[evidence.language].sums(evidence)
        return (both.real, 0.0, both.imag)

    def because(self, evidence: Evidence, most: int = 5) -> list[dict[str, object]]:
        """Return the words, and pairs of words, that moved the verdict most, the weightiest first.

        `{"learned", "negative", "positive"}`: what each adds to the sums, neutral's being 0.
        """
        moved = self._spoken[evidence.language].moved(evidence.text)
        heaviest = sorted(moved.items(), key=lambda item: (-_swing(item[1]), item[0]))[:most]
        return [
            {"learned": words, "negative": round(both.real, 3), "positive": round(both.imag, 3)}
            for words, both in heaviest
            if _swing(both) >= _LEAST_TOLD
        ]


class _Spoken:
    """One language, ready to answer: a complex number is what is added to negative and to positive."""

    def __init__(self, weights: Weights) -> None:
        linear, grams = weights.linear.mean(axis=0), weights.grams.mean(axis=0)
        # A list answers for one place several times faster than an array does.
        table = [0j] * (1 << BITS)
        for place, both in zip(weights.places.tolist(), (grams[0] + 1j * grams[1]).tolist(), strict=True):
            table[place] = both
        self._at = table.__getitem__
        self._numbers, self._words = _Numbers(), _Words(table)
        bias, negative, positive, *features = (linear[0] + 1j * linear[1]).tolist()
        self._bias, self._negative, self._positive, self._features = bias, negative, positive, features

    def sums(self, evidence: Evidence) -> complex:
        below, _, above = evidence.logits
        both: complex = self._bias + below * self._negative + above * self._positive
        for value, weight in zip(evidence.features, self._features, strict=True):
            if value:
                both += value * weight
        found = tokens(evidence.text)
        if not found:
            return both
        words = dict.fromkeys(found)
        numbers = list(map(self._numbers.__getitem__, found))
        # As `pair` does: an index below 0 counts from the end.
        pairs = set(map(sub, numbers, numbers[1:]))
        grams = sum(map(self._words.__getitem__, words)) + PAIR * sum(map(self._at, pairs))
        return both + grams * (LOUD / math.sqrt(len(words)))

    def moved(self, text: str) -> dict[str, complex]:
        """Return what each word and each pair of words adds."""
        found = tokens(text)
        words = dict.fromkeys(found)
        share = LOUD / math.sqrt(len(words) or 1)
        said = {word: self._words[word] * share for word in words}
        for one, other in pairwise(found):
            place = pair(self._numbers[one], self._numbers[other])
            said[f"{one} {other}"] = PAIR * self._at(place) * share
        return said


class _Numbers(dict[str, int]):
    """The place of a word by itself, remembered."""

    def __missing__(self, word: str) -> int:
        if len(self) >= _MOST_KEPT:
            self.clear()
        number = self[word] = number_of(word)
        return number


class _Words(dict[str, complex]):
    """What a word adds by itself and by the runs of letters in it, remembered."""

    def __init__(self, table: list[complex]) -> None:
        self._at = table.__getitem__

    def __missing__(self, word: str) -> complex:
        if len(self) >= _MOST_KEPT:
            self.clear()
        whole, *runs = word_places(word)
        both = self._at(whole)
        if runs:
            both += sum(map(self._at, runs)) / math.sqrt(len(runs))
        self[word] = both
        return both


def tokens(text: str) -> list[str]:
    """Return the words of a text, folded, without addresses."""
    if "://" in text or "www." in text:
        text = _ADDRESS.sub(" ", text)
    return spaced(text).split()[:_MOST_TOKENS]


def number_of(word: str) -> int:
    """Return the place of a word: a checksum that is the same in every process and every version."""
    return zlib.crc32(word.encode("utf8", "surrogatepass")) & _MASK


def word_places(word: str) -> list[int]:
    """Return the places of a word: first its own, then those of the runs of letters in it."""
    places = [number_of(word)]
    if word.isalpha():
        whole = f"<{word[:_LONGEST_WORD]}>"
        places += [
            number_of(whole[start : start + size] + "_")
            for size in range(_SHORTEST, _LONGEST + 1)
            for start in range(len(whole) - size + 1)
        ]
    return places


def pair(one: int, other: int) -> int:
    """Return the place of two words that stand side by side, by their own."""
    return (one - other) & _MASK


def grams(text: str) -> dict[int, float]:
    """Return how loudly each place speaks in a text, as the training sees it."""
    found = tokens(text)
    words = dict.fromkeys(found)
    share = LOUD / math.sqrt(len(words) or 1)
    said: dict[int, float] = {}
    for word in words:
        whole, *runs = word_places(word)
        said[whole] = said.get(whole, 0.0) + share
        for place in runs:
            said[place] = said.get(place, 0.0) + share / math.sqrt(len(runs))
    for place in {pair(number_of(one), number_of(other)) for one, other in pairwise(found)}:
        said[place] = said.get(place, 0.0) + PAIR * share
    return said


def pack(weights: Mapping[str, Weights]) -> bytes:
    """Return weights as they are stored; the same weights are always the same bytes."""
    about = {name: {"features": each.features} for name, each in sorted(weights.items())}
    head = json.dumps({"format": FORMAT, "bits": BITS, "languages": about})
    arrays: dict[str, NDArray[Any]] = {"about": np.frombuffer(head.encode(), dtype=np.uint8)}
    for name, each in sorted(weights.items()):
        arrays[f"{name}.linear"], arrays[f"{name}.places"] = each.linear, each.places
        arrays[f"{name}.grams"] = each.grams.astype(np.float16)
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **arrays)
    return stream.getvalue()


def unpack(blob: bytes) -> dict[str, Weights]:
    """Return the weights that are stored so. Raises LayerError."""
    try:
        with np.load(io.BytesIO(blob), allow_pickle=False) as arrays:
            about = json.loads(bytes(arrays["about"]))
            if (about["format"], about["bits"]) != (FORMAT, BITS):
                raise LayerError(f"it is of another make: {about['format']}, {about['bits']} bits")
            return {
                str(name): _checked(arrays, str(name), told["features"])
                for name, told in about["languages"].items()
            }
    except LayerError:
        raise
    # A damaged file fails in as many ways as it has bytes.
    except Exception as error:
        raise LayerError(f"it is damaged: {type(error).__name__}: {error}") from error


def _checked(arrays: Mapping[str, NDArray[Any]], name: str, features: Iterable[str]) -> Weights:
    names = tuple(map(str, features))
    linear, places, grams = arrays[f"{name}.linear"], arrays[f"{name}.places"], arrays[f"{name}.grams"]
    shapes = (linear.shape, grams.shape) == ((TURNS, 2, 3 + len(names)), (TURNS, 2, len(places)))
    if not shapes or not np.isfinite(linear).all() or not np.isfinite(grams).all():
        raise LayerError("its numbers are none")
    if places.dtype != np.uint32 or (len(places) and int(places.max()) > _MASK):
        raise LayerError("its places are none")
    return Weights(names, linear.astype(np.float32), places, grams.astype(np.float32))


def layer(version: int, blob: bytes) -> Layer:
    """Return a stored version. Raises LayerError."""
    return Layer(version, unpack(blob))


def rounded(values: Sequence[Any]) -> Floats:
    """Return weights of n-grams as they will be when they were stored and read again."""
    return np.asarray(values, dtype=np.float16).astype(np.float32)


def _swing(both: complex) -> float:
    """Return how far this moves one label from another."""
    return max(both.real, both.imag, 0.0) - min(both.real, both.imag, 0.0)

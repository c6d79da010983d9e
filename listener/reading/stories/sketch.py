"""What a mention is looked up by: keys that two tellings of one story are likely to share.

MinHash over the words (the bands of its signature) finds what is alike as a whole; runs of
words that begin at a marked word find what was cut out of something longer, or quoted in it;
a headline and the addresses have keys of their own. Keys only propose: `judge` decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import islice, repeat
from typing import Any
from zlib import adler32, crc32

from listener.reading.stories import address
from rules.fold import spaced

SEED = 1
LOOKED_AT = 1_500
FEWEST = 4
STEM = 5
# In a short text one other word weighs more: it has more bands, and more of its words are marked.
SHORT_TEXT, HEADLINE = 14, 16
ROWS, BANDS, MORE_BANDS = 3, 3, 12
HEADLINE_ROWS, HEADLINE_BANDS = 2, 8
MOST_RUNS = 12
MOST_LINKS = 3
LONGEST_KEPT, MOST_KEPT = 24, 20_000
# Last letters of stems: a third of all words have one of these, two thirds one of those.
THIRD = frozenset("nisz37ae")
MOST = THIRD | frozenset("codlg1590")


@cache
def _rensa() -> Any:
    # Only what stores mentions needs it.
    import rensa

    return rensa.RMinHash


def hashed(text: str) -> int:
    """Return a key that is the same in every process."""
    written = text.encode("utf-8", "replace")
    return (crc32(written) & 0x7FFFFFFF) << 32 | adler32(written)


def keys(title: str, text: str, links: Sequence[str]) -> list[int]:
    """Return what a mention is looked up by, besides its page; `links` are the addresses it points to."""
    words = _telling(text or title)
    found = [hashed(one) for one in links[:MOST_LINKS] if address.is_page(one)]
    if len(words) < FEWEST:
        return [*found, hashed(" ".join(words))] if words else found
    is_short = len(words) < SHORT_TEXT
    found += _bands(words, MORE_BANDS if is_short else BANDS, ROWS, 1)
    found += _runs(words, MOST if is_short else THIRD)
    # What is posted without a title may be nothing but a headline.
    head = _telling(title) if title and text else words
    if FEWEST <= len(head) < HEADLINE:
        found += _bands(head, HEADLINE_BANDS, HEADLINE_ROWS, 2)
    return found


def _telling(text: str) -> list[str]:
    """Return the words that are no mere joints, without their endings."""
    return list(filter(None, map(_STEMS.__getitem__, spaced(text[:LOOKED_AT]).split())))


class _Stems(dict[str, str]):
    """Words without their endings, mere joints as nothing; those that are met again are remembered."""

    def __missing__(self, word: str) -> str:
        stem = word[:STEM] if len(word) > 3 or word.isdigit() else ""
        if len(word) <= LONGEST_KEPT:
            if len(self) >= MOST_KEPT:
                self.clear()
            self[word] = stem
        return stem


_STEMS = _Stems()


def _bands(words: Iterable[str], bands: int, rows: int, kind: int) -> Iterable[int]:
    sketch = _rensa()(bands * rows, SEED)
    sketch.update(words)
    values = sketch.digest()
    columns = [values[row::rows] for row in range(rows)]
    return map(hash, zip(repeat(kind), range(0, bands * rows, rows), *columns, strict=False))


def _runs(words: Sequence[str], marks: frozenset[str]) -> list[int]:
    """Return keys of the first runs that begin at a marked word: it is marked in every text that holds it."""
    runs = zip(words, words[1:], words[2:], strict=False)
    marked = islice((run for run in runs if run[0][-1] in marks), MOST_RUNS)
    return [crc32(" ".join(run).encode()) | 1 << 33 for run in marked]

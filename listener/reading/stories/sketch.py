"""What a mention is looked up by: keys that two tellings of one story are likely to share.

MinHash over the words (the bands of its signature), the beginnings of sentences for what was
cut or quoted, the headline, and the addresses. Keys only propose; `judge` decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import blake2b
from typing import Any

from listener.reading.stories import address
from rules.fold import spaced

SEED = 1
ROWS = 3
# A few bands find what is nearly equal; short texts, in which one word weighs more, need all.
BANDS, MORE_BANDS, HEADLINE_BANDS = 7, 16, 10
HEADLINE_ROWS = 2
LONG_TEXT = 24
ANCHOR = 5
MOST_ANCHORS = 4
LOOKED_AT = 1_500
MOST_LINKS = 3
FEWEST = 4
STEM = 5

_ANCHOR = re.compile(
    r"(?:\A|[.!?:;…„\"”“«»>–—|)])[^\w]*((?:[^\W_]+[^\w]{1,3}){%d}[^\W_]+)" % (ANCHOR - 1)  # noqa: UP031
)


@cache
def _rensa() -> Any:
    # Only what stores mentions needs it.
    import rensa

    return rensa.RMinHash


def hashed(text: str) -> int:
    """Return a key that is the same in every process."""
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)


def keys(title: str, text: str, page: str, links: Sequence[str]) -> list[int]:
    """Return what a mention is looked up by; `page` and `links` are canonical addresses."""
    said = text or title
    words = _telling(spaced(said[:LOOKED_AT]).split())
    found = [hashed(one) for one in _pages(page, links)]
    if len(words) < FEWEST:
        return [*found, hashed(" ".join(words))] if words else found
    is_long = len(words) >= LONG_TEXT
    found += _bands(words, BANDS if is_long else MORE_BANDS, ROWS, 1)
    found += _anchors(said, MOST_ANCHORS if is_long else 1)
    # What is posted without a title may be nothing but a headline.
    head = _telling(spaced(title).split()) if title else words
    if FEWEST <= len(head) < LONG_TEXT:
        found += _bands(head, HEADLINE_BANDS, HEADLINE_ROWS, 2)
    return found


def _telling(words: Sequence[str]) -> list[str]:
    """Return the words that are no mere joints, without their endings."""
    return [word[:STEM] for word in words if len(word) > 3 or word.isdigit()]


def _pages(page: str, links: Sequence[str]) -> Iterable[str]:
    wanted = [page, *links[:MOST_LINKS]]
    return dict.fromkeys(one for one in wanted if one and address.is_page(one))


def _bands(words: Iterable[str], bands: int, rows: int, kind: int) -> list[int]:
    sketch = _rensa()(bands * rows, SEED)
    sketch.update(words)
    values = sketch.digest()
    return [hash((kind, at, *values[at : at + rows])) for at in range(0, bands * rows, rows)]


def _anchors(text: str, most: int) -> list[int]:
    """Return the beginnings of the first sentences: a cut or quoted copy begins like one of them."""
    found: list[int] = []
    for match in _ANCHOR.finditer(text, 0, LOOKED_AT):
        found.append(hashed(spaced(match[1])))
        if len(found) == most:
            break
    return found

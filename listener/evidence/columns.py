"""The mentions of a window as columns: who wrote, where, how loud, counted however many they are."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from listener.store.written import Written

# Of a larger window the newest mentions are asked, and of those so many are read: the loudest and newest.
MOST_MENTIONS, MOST_TEXTS, LOUDEST = 100_000, 1000, 300
# Behind these addresses stand the sites of others, whose names are the authors.
GATHERED = frozenset({"news.google.com"})
_HOST = re.compile(r"https?://(?:[^/@]*@)?(?:www\.)?([^/:?#@\[\]]+)", re.IGNORECASE)

Numbers = npt.NDArray[np.int64]


class Held:
    """The counted mentions of the minutes [first, last) as columns; a name is a number, 0 is none."""

    def __init__(self, first: int, last: int, news: bool = False) -> None:
        self.first, self.last, self.news = first, last, news
        self.names: list[str] = [""]
        self._codes: dict[str, int] = {"": 0}
        none = np.zeros(0, np.int64)
        self.minutes, self.ids, self.authors, self.sites, self.reach = none, none, none, none, none
        self.negative, self.original = none.astype(bool), none.astype(bool)

    def extend(self, rows: Sequence[Written], last: int) -> None:
        """Take what follows up to `last`."""
        self.last = last
        if not rows:
            return
        minutes, ids, authors, urls, reach, negative, original = zip(*rows, strict=True)
        code = self._code
        self.minutes = np.append(self.minutes, np.array(minutes, np.int64))
        self.ids = np.append(self.ids, np.array(ids, np.int64))
        self.authors = np.append(self.authors, np.array([code(a) for a in authors], np.int64))
        sites = [code(site(url, author)) for url, author in zip(urls, authors, strict=True)]
        self.sites = np.append(self.sites, np.array(sites, np.int64))
        self.reach = np.append(self.reach, np.array(reach, np.int64))
        self.negative = np.append(self.negative, np.array(negative, bool))
        self.original = np.append(self.original, np.array(original, bool))

    def _code(self, name: str) -> int:
        code = self._codes.get(name)
        if code is None:
            code = self._codes[name] = len(self.names)
            self.names.append(name)
        return code

    def within(self, first: int, last: int, *, negative: bool) -> Numbers:
        """Return the places of the mentions of a window."""
        low, high = np.searchsorted(self.minutes, (first, last))
        rows = np.arange(max(low, high - MOST_MENTIONS), high, dtype=np.int64)
        return rows[self.negative[rows]] if negative else rows

    def negative_share(self, first: int, last: int) -> float | None:
        """Return the share of negative mentions in a window, None where it holds none."""
        low, high = np.searchsorted(self.minutes, (first, last))
        return float(self.negative[low:high].mean()) if low < high else None

    def counted(self, rows: Numbers, on: str) -> int:
        """Return how many of these mentions a rule counts; people are counted elsewhere."""
        if on == "authors":
            return 0
        return int(self.original[rows].sum()) if on == "stories" else len(rows)

    def distinct(self, rows: Numbers, codes: Numbers) -> int:
        """Return how many different ones there are; what has no name is one of its own."""
        often = np.bincount(codes[rows], minlength=1)
        return int((often[1:] > 0).sum() + often[0])

    def loud_and_new(self, rows: Numbers) -> Numbers:
        """Return which of the mentions are read: the loudest, and the newest of the others."""
        if len(rows) <= MOST_TEXTS:
            return rows
        reach = self.reach[rows]
        # The whole need not be sorted to know the loudest; of those as loud as each other the newest count.
        quietest = np.partition(reach, len(rows) - LOUDEST)[len(rows) - LOUDEST]
        read = reach > quietest
        read[np.flatnonzero(reach == quietest)[int(read.sum()) - LOUDEST :]] = True
        read[np.flatnonzero(~read)[LOUDEST - MOST_TEXTS :]] = True
        return np.asarray(rows[read], np.int64)


def site(url: str, author: str) -> str:
    """Return whose page an address is: its host, or the publisher where it only leads there."""
    found = _HOST.match(url)
    host = found[1].lower() if found else ""
    return author.casefold() or host if host in GATHERED else host


def most(codes: Numbers) -> tuple[int, int]:
    """Return which name stands there most often, and how often; 0 where there is none."""
    often = np.bincount(codes, minlength=1)
    often[0] = 0
    code = int(often.argmax())
    return code, int(often[code])

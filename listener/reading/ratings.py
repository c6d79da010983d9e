"""Ratings in figures, the same in every language: 10/10, 4.5/5, 2/10."""

from __future__ import annotations

import re

# More than ten out of ten is praise too, but 11/10 and 12/10 are days of a year; and a part of a thread has
# its number in parentheses.
RATING = r"(?<![\w/.,(+])(?:\d(?:[.,]\d)?|10|[1-9]0{1,2})/(?:10|5)(?![\w/%]|[.,]\d)"
_RATING = re.compile(RATING)
# From which share on: what it weighs.
_WEIGHTS = ((0.9, 3.0), (0.8, 2.2), (0.7, 1.2), (0.6, 0.0), (0.5, -0.8), (0.4, -1.8), (0.0, -2.8))


def rating(text: str) -> float | None:
    """Return what a rating weighs; None for what is none, as 24/7 and 9/5."""
    if _RATING.fullmatch(text) is None:
        return None
    given, _, most = text.replace(",", ".").partition("/")
    share = float(given) / float(most)
    if share > 1 and (most == "5" or share < 2):
        return None
    return next(weight for least, weight in _WEIGHTS if share >= least)

"""Where sentences end, in English and Polish, in one pass over the text."""

from __future__ import annotations

import re

MOST_CHARACTERS = 600
# Both kinds of end in one. What has to follow the stops is looked at later: the search must not go back.
_END = re.compile(r"\n+|[.!?…]+[\"'”»)\]]*")
# Those ends that white space follows: begun at the first stop of several, and never gone back in.
_END_IN_LINE = re.compile(r"[.!?…](?<![.!?…]{2})[.!?…]*+[\"'”»)\]]*+(?=\s)")
_WORD_BEFORE = re.compile(r"(\w[\w.]*)\.$")
_SHORTENED = (
    "mr mrs ms dr prof st inc ltd co corp vs e.g i.e etc no dept approx u.s u.k a.m p.m jr sr gen sen rep "
    "gov np m.in itd itp tzw tzn tj ul al pl os nr godz min mgr inż hab św ks im r ok tys mln mld zł str tel "
    "wg woj pow gm red sp z o.o ub jw por zob ds ww lek med płk"
)
_ABBREVIATIONS = frozenset(_SHORTENED.split())
# The longest of them; no need to look farther back for a word.
_LOOK_BACK = 12


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, without the white space around them.

    A stop after an abbreviation, an initial or a number, or before a small letter, ends none.
    What runs on without a stop is cut at a space, at the latest after MOST_CHARACTERS.
    """
    found: list[str] = []
    begin = 0
    for stop, end in _stops(text):
        if text[stop] == "\n" or _ends(text, stop, end):
            found.append(text[begin:end].strip())
            begin = end
    found.append(text[begin:].strip())
    if len(text) <= MOST_CHARACTERS:
        return list(filter(None, found))
    return [part for sentence in found if sentence for part in _cut(sentence)]


def _stops(text: str) -> list[tuple[int, int]]:
    """Return where lines end, and where stops stand that white space follows."""
    if "\n" not in text:
        return [match.span() for match in _END_IN_LINE.finditer(text)]
    ends = [match.span() for match in _END.finditer(text)]
    return [(stop, end) for stop, end in ends if text[stop] == "\n" or text[end : end + 1].isspace()]


def _ends(text: str, stop: int, end: int) -> bool:
    """Tell whether the stops between two positions end a sentence."""
    following = text[end + 1 : end + 2]
    if following.isspace():
        following = text[end : end + _LOOK_BACK].lstrip()[:1]
    if following.islower():
        return False
    if end - stop != 1 or text[stop] != ".":
        return True
    word = text[max(0, stop - _LOOK_BACK) : stop].rpartition(" ")[2]
    if not word.isalpha():
        before = _WORD_BEFORE.search(text, max(0, stop - _LOOK_BACK), end)
        word = before[1] if before else ""
    word = word.lower()
    return word not in _ABBREVIATIONS and not (len(word) == 1 and word.isalpha())


def _cut(sentence: str) -> list[str]:
    """Return a sentence in parts that are not too long."""
    if len(sentence) <= MOST_CHARACTERS:
        return [sentence]
    parts: list[str] = []
    begin = 0
    while len(sentence) - begin > MOST_CHARACTERS:
        space = sentence.rfind(" ", begin + 1, begin + MOST_CHARACTERS)
        end = space if space > 0 else begin + MOST_CHARACTERS
        parts.append(sentence[begin:end].strip())
        begin = end
    return [part for part in [*parts, sentence[begin:].strip()] if part]

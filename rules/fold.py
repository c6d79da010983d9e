"""One spelling for all: case, diacritics and punctuation taken out of a text.

`spaced` is what queries are asked of: lower-case letters and digits without marks, and a
single space for every other character. It works character by character, so that any two
texts that look alike fold alike, wherever the letters stand.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_ASCII = {
    code: chr(code).lower() if chr(code) in string.ascii_letters + string.digits else " "
    for code in range(128)
}
# Bytes are many times faster to go through than characters.
_BYTES = "".join(_ASCII.values()).encode().ljust(256)
# Letters that Unicode does not decompose, though people type them without their stroke.
_STROKES = {
    "ł": "l", "đ": "d", "ø": "o", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th",
}  # fmt: skip
_LOWER = {ord(letter): letter.lower() for letter in string.ascii_uppercase}
# Beyond so many different letters one pass through a table beats a replacement for each.
_FEW_LETTERS = 16


def spaced(text: str) -> str:
    """Return the letters and digits of a text, folded, with a space for all else."""
    if text.isascii():
        return text.encode().translate(_BYTES).decode()
    table = {letter: _plain(letter) for letter in set(_NOT_ASCII.findall(text))}
    if len(table) > _FEW_LETTERS or not all(plain.isascii() for plain in table.values()):
        return _spaced_by_table(text, table)
    for letter, plain in table.items():
        text = text.replace(letter, plain)
    return text.encode().translate(_BYTES).decode()


def fold(text: str) -> str:
    """Return a text in lower case and without diacritics, its punctuation kept."""
    if text.isascii():
        return text.lower()
    table = {letter: _bare(letter) for letter in set(_NOT_ASCII.findall(text))}
    if len(table) > _FEW_LETTERS or not all(bare.isascii() for bare in table.values()):
        return text.translate(_LOWER | {ord(letter): bare for letter, bare in table.items()})
    for letter, bare in table.items():
        text = text.replace(letter, bare)
    return text.lower()


def origins(text: str) -> Sequence[int]:
    """Return for each character of `spaced(text)`, and for its end, the index in `text` it came from."""
    if all(len(_plain(letter)) == 1 for letter in set(_NOT_ASCII.findall(text))):
        return range(len(text) + 1)
    found: list[int] = []
    for index, letter in enumerate(text):
        found.extend([index] * (1 if letter.isascii() else len(_plain(letter))))
    return [*found, len(text)]


def _spaced_by_table(text: str, table: dict[str, str]) -> str:
    codes = {ord(letter): plain for letter, plain in table.items()}
    return text.translate(_ASCII | codes)


@lru_cache(maxsize=8192)
def _plain(letter: str) -> str:
    """Return what one character becomes: letters and digits, one space, or nothing (marks, joiners)."""
    if unicodedata.category(letter)[0] == "M" or unicodedata.category(letter) == "Cf":
        return ""
    # A trade mark sign would decompose to letters and grow onto the name before it.
    if not letter.isalnum():
        return " "
    return "".join(part if part.isalnum() else " " for part in _bare(letter))


@lru_cache(maxsize=8192)
def _bare(letter: str) -> str:
    parts = unicodedata.normalize("NFKD", letter.casefold())
    kept = "".join(part for part in parts if unicodedata.category(part)[0] != "M")
    return "".join(_STROKES.get(part, part) for part in kept.casefold())

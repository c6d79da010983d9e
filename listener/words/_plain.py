"""A stranger's words and addresses, made harmless before anything is done with them."""

from __future__ import annotations

import unicodedata
from urllib.parse import urlsplit

MOST_URL = 2000
# Marks that turn the direction of writing: with them a text can show other letters than it holds.
TURNS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain(text: str, most: int = 300) -> str:
    """Return the text on one line, without control characters, at most `most` characters long."""
    line = " ".join("".join(_harmless(char) for char in text[: most * 4 + 1000]).split())
    return cut(line, most)


def cut(text: str, most: int) -> str:
    """Return the text, its end replaced by … where it is longer than `most` characters."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def safe_url(url: str) -> str:
    """Return the address if it is a plain http(s) link, otherwise an empty string."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return ""
    clean = len(url) <= MOST_URL and not any(char.isspace() or char in "<>\"'|`\\" for char in url)
    return url if clean and url.isprintable() and parts.scheme in ("http", "https") and host else ""


def _harmless(char: str) -> str:
    if char.isspace():
        return " "
    if char in TURNS or unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn"):
        return ""
    return char
